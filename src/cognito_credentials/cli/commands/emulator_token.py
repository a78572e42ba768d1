"""`emulator token`: mint a login token with a running emulator."""

from __future__ import annotations

import json
import os
from http import HTTPStatus

from cognito_credentials.cli.terminal.writing import write_document
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

USAGE = "cognito-credentials emulator token --provider NAME --sub USER [options]"
DESCRIPTION = """\
Print a login token that the identity pools of a running emulator accept.

  cognito-credentials emulator token --provider accounts.google.com --sub ann > token
  cognito-credentials process --identity-pool-id ID --login accounts.google.com=@token

The login provider need not exist, but an identity pool must trust it. The variables AWS_ENDPOINT_URL
and COGNITO_EMULATOR_TOKEN, which the emulator prints when it starts, must be set.
"""

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
DEFAULT_LIFETIME_SECONDS = 3600.0
CONNECT_TIMEOUT_SECONDS = 5.0
REQUEST_TIMEOUT_SECONDS = 30.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--provider",
        required=True,
        metavar="NAME",
        help="login provider name, as in the identity pool",
    )
    parser.add_argument(
        "--sub", required=True, metavar="USER", help="user at the login provider (sub claim)"
    )
    parser.add_argument(
        "--audience",
        metavar="ID",
        help="client ID (aud claim; default: the client ID that identity pools accept, if there is "
        "only one)",
    )
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="additional claim, whose value is JSON or a string; can be repeated",
    )
    parser.add_argument(
        "--lifetime",
        type=float,
        default=DEFAULT_LIFETIME_SECONDS,
        metavar="SECONDS",
        help=f"lifetime of the token (default: {DEFAULT_LIFETIME_SECONDS:g}); a token with a "
        "negative lifetime has expired",
    )


def run(options: Namespace) -> int:
    """Print a token."""
    fields: dict[str, Any] = {
        "provider_name": options.provider,
        "subject": options.sub,
        "claims": parse_claims(options.claim),
        "lifetime": options.lifetime,
    }
    if options.audience is not None:
        fields["audience"] = options.audience
    write_document(_request_token(fields))
    return 0


def parse_claims(words: Sequence[str]) -> dict[str, Any]:
    """Return the claims in arguments of the form `NAME=VALUE`.

    Raises:
        ConfigurationError: If an argument has no name or no equals sign.
    """
    claims: dict[str, Any] = {}
    for word in words:
        name, separator, text = word.partition("=")
        if not name or not separator:
            raise ConfigurationError(
                "option --claim must have the form NAME=VALUE",
                hint="Pass the name of the claim, an equals sign and the value, for example "
                "--claim email=ann@example.com.",
            )
        try:
            claims[name] = json.loads(text)
        except (ValueError, RecursionError):
            claims[name] = text
    return claims


def _request_token(fields: dict[str, Any]) -> str:
    from cognito_credentials._config.validators import endpoint
    from cognito_credentials.emulator.control.access import TOKEN_VARIABLE
    from cognito_credentials.emulator.control.routes import PREFIX
    from cognito_credentials.ports import HttpRequest
    from cognito_credentials.transports.direct import DirectTransport

    for variable in (ENDPOINT_VARIABLE, TOKEN_VARIABLE):
        if not os.environ.get(variable):
            raise ConfigurationError(
                f"the environment variable {variable} is not set",
                hint="Set the variables that `cognito-credentials emulator` prints when it starts.",
            )
    base = endpoint(os.environ[ENDPOINT_VARIABLE], ENDPOINT_VARIABLE).rstrip("/")
    headers = {
        "Authorization": f"Bearer {os.environ[TOKEN_VARIABLE]}",
        "Content-Type": "application/json",
    }
    request = HttpRequest("POST", f"{base}{PREFIX}/tokens", headers, json.dumps(fields).encode())
    transport = DirectTransport(
        connect_timeout=CONNECT_TIMEOUT_SECONDS, request_timeout=REQUEST_TIMEOUT_SECONDS
    )
    try:
        response = transport.send(request)
    finally:
        transport.close()
    return _read_token(response.status, response.body)


def _read_token(status: int, body: bytes) -> str:
    try:
        document: Any = json.loads(body)
        if status == HTTPStatus.OK:
            return str(document["token"])
        message = str(document["error"])
    except (ValueError, RecursionError, LookupError, TypeError):
        raise ConfigurationError(
            f"the server at {ENDPOINT_VARIABLE} is not an emulator (status {status})",
            hint="Start `cognito-credentials emulator`, and set the variables that it prints.",
        ) from None
    raise ConfigurationError(
        f"the emulator rejected the request: {message}",
        hint="Correct the options; `cognito-credentials emulator token --help` describes them.",
    )
