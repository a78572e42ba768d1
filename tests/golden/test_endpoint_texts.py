"""Wording of the errors and responses of the container credentials endpoint."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from golden import assert_golden, error_texts
from harness import IDENTITY, POOL
from serving import call_endpoint

from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials._endpoint.served_credentials import ServedIdentity, ServedUsers
from cognito_credentials._endpoint.server import Endpoint
from cognito_credentials._endpoint.token_file import replace_token
from cognito_credentials.cli.dispatch import create_parser
from cognito_credentials.cli.endpoint import passed_listener
from cognito_credentials.cli.endpoint.child_process import run_program
from cognito_credentials.cli.endpoint.served_identities import build_served_users
from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step
from cognito_credentials.cli.settings.resolution import Settings, load_settings
from cognito_credentials.errors import ConfigurationError, LoginTokenError, RefreshTimeoutError

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-of-this-test-0123456789"


class FailingCredentials:
    """Fake of `ServedCredentials` whose fetches fail."""

    def __init__(self, error: Any) -> None:
        self.error = error

    def get(self, _timeout_seconds: float) -> Any:
        raise self.error

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        pass


TIMEOUT = RefreshTimeoutError("the refresh takes longer than 1.2 s")
LOGIN_TOKEN = LoginTokenError(
    "the supplier failed", provider_name="accounts.google.com", hint="Check the supplier."
)


def serve(error: Any = TIMEOUT, **options: Any) -> Endpoint:
    return Endpoint(
        ServedIdentity(FailingCredentials(error)),
        TOKEN,
        open_listener(**options, prefix="--"),
        describe_error=describe_error_and_next_step,
    )


def take_passed_listener(
    address: str, variables: dict[str, str] | None = None, **options: Any
) -> None:
    """Call `take_passed_listener` with a socket at this address, as if systemd had passed it."""
    environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", **(variables or {})}
    with socket.socket() as passed, pytest.MonkeyPatch.context() as patch:
        passed.bind((address, 0))
        passed.listen()
        patch.setattr(passed_listener, "FIRST_PASSED_DESCRIPTOR", os.dup(passed.fileno()))
        try:
            passed_listener.take_passed_listener(
                options.get("host", "127.0.0.1"), options.get("port", 0), environment
            )
        except ConfigurationError as error:
            error.message = error.message.replace(str(passed.getsockname()[1]), "PORT")
            raise
        finally:
            with suppress(OSError):  # The socket is still open if too many sockets were passed.
                os.close(passed_listener.FIRST_PASSED_DESCRIPTOR)


def occupy_port() -> None:
    with serve() as first:
        port = int(first.url.split(":")[2].partition("/")[0])
        try:
            serve(port=port)
        except Exception as error:
            error.message = error.message.replace(str(port), "PORT")  # type: ignore[attr-defined]
            raise


def select(*words: str) -> Settings:
    return load_settings(create_parser("serve").parse_args(words))


def test_error_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    environment = dict(os.environ)
    for name, mode in (("text", 0o600), ("open", 0o644), ("short", 0o600)):
        (tmp_path / name).touch(mode)
        (tmp_path / name).write_text("short")
    cases = {
        "exec: missing program": lambda: run_program(["nonesuch"], {"PATH": ""}),
        "exec: file without permission": lambda: run_program(["./text"], environment),
        "serve: host that is not loopback": lambda: serve(host="0.0.0.0"),
        "serve: port out of range": lambda: serve(port=70000),
        "serve: port in use": occupy_port,
        "serve: passed sockets": lambda: take_passed_listener("127.0.0.1", {"LISTEN_FDS": "2"}),
        "serve: passed socket that is not loopback": lambda: take_passed_listener("0.0.0.0"),
        "serve: the port differs from the port of the passed socket": lambda: take_passed_listener(
            "127.0.0.1", port=1
        ),
        "serve: per-user with an identity": lambda: build_served_users(
            select("--identity-pool-id", POOL, "--user", "ada")
        ),
        "serve: per-user with an identity ID": lambda: build_served_users(
            select("--identity-id", IDENTITY)
        ),
        "token file: readable by other users": lambda: replace_token("open", TOKEN),
        "token file: other contents": lambda: replace_token("short", TOKEN),
        "token file: below a file": lambda: replace_token("short/token", TOKEN),
    }
    assert_golden("endpoint_errors", error_texts(cases))


def test_response_texts():
    blocks = []

    def add(title: str, endpoint: Endpoint, **request: Any) -> None:
        url = request.pop("url", endpoint.url)
        response = call_endpoint(url, request.pop("token", TOKEN), **request)
        lines = [f"## {title}", f"HTTP {response.status} {response.document['code']}"]
        blocks.append("\n".join([*lines, response.document["message"]]))

    with serve() as endpoint:
        add("no token", endpoint, token=None)
        add("another host", endpoint, Host="evil.example")
        add("another method", endpoint, method="POST")
        add("another path", endpoint, url=endpoint.url.replace("/credentials", "/other"))
        add("request that is too large", endpoint, Accept="a" * 17_000)
        add("timeout", endpoint)
    with serve(LOGIN_TOKEN) as endpoint:
        add("library error", endpoint)
    users = ServedUsers(lambda _name: FailingCredentials(TIMEOUT))  # type: ignore[arg-type, return-value]
    with Endpoint(users, TOKEN, describe_error=describe_error_and_next_step) as endpoint:
        add("another path of an endpoint for several users", endpoint)
    assert_golden("endpoint_responses", "\n\n".join(blocks) + "\n")
