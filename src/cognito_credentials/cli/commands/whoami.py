"""`whoami`: who the credentials are of, what they may be, and for how long."""

from __future__ import annotations

import json
import sys
import time

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.cli.commands.process import enter_chain, fetched
from cognito_credentials.cli.identities.recorded_logins import RecordingSelection
from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step
from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.terminal.output import Output, format_duration
from cognito_credentials.errors import CognitoCredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

DESCRIPTION = """\
Show whose credentials these are: identity, pool, role, account, logins, and the time left.

They are the credentials that process and export give, from the store of this machine or new. Role
and account are what AWS STS says, which is asked where boto3 is installed.
"""

NOTHING = "-"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--json", action="store_true", help="as JSON, for a program")
    add_selection(parser)


def run(options: Namespace) -> int:
    """Print who it is."""
    facts = found(RecordingSelection(options))
    if options.json:
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
        return 0
    out = Output(sys.stdout)
    out.table(rows_of(facts, out))
    return 0


def found(selection: RecordingSelection) -> dict[str, Any]:
    """Return what is known of the credentials, as JSON; no secret is among it."""
    from cognito_credentials import from_cognito_identity
    from cognito_credentials._core import endpoints
    from cognito_credentials.cli.identities.stored import list_stored_entries
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

    store = FileStore()  # one, which says once what is wrong with a file
    stored = {entry.access_key_id for entry in list_stored_entries(store, SystemClock())}
    enter_chain(selection.name)
    credentials = fetched(selection, store)
    role, unknown, account = None, None, credentials.account_id
    client_config = selection.client_config()
    try:
        from cognito_credentials.cli.identities.caller_identity import get_caller_identity

        with from_cognito_identity(credentials.identity_id, client_config=client_config) as runner:
            arn, account = get_caller_identity(runner, credentials, client_config)
        role = role_of(arn)
    except CognitoCredentialsError as error:
        unknown = describe_error_and_next_step(error)  # the credentials are good all the same
    key_id = credentials.access_key_id
    return {
        "identity_id": credentials.identity_id,
        "identity_pool_id": selection.values.get("identity_pool_id"),
        "region": endpoints.get_region(credentials.identity_id),
        "role": role,
        "account": account,
        "role_unknown": unknown,
        "logins": [
            {
                "key": key,
                "subject": shortened(subject),
                "expiration": None if expiry is None else iso_timestamp(expiry),
            }
            for key, subject, expiry in selection.recorded_logins()
        ],
        "access_key_id": f"{key_id[:4]}…{key_id[-4:]}",
        "expiration": iso_timestamp(credentials.expiration.timestamp()),
        "seconds_left": int(credentials.remaining.total_seconds()),
        "is_from_store": credentials.access_key_id in stored,
    }


def rows_of(facts: dict[str, Any], out: Output) -> Iterator[tuple[str, str]]:
    """Give the rows of the table."""
    why = out.dim(f"{NOTHING} ({facts['role_unknown']})")
    yield "identity", facts["identity_id"]
    yield "pool", facts["identity_pool_id"] or NOTHING
    yield "region", facts["region"]
    yield "role", facts["role"] or why
    yield "account", facts["account"] or why
    for login in facts["logins"]:
        yield "login", _login(login, out)
    if not facts["logins"]:
        yield "login", f"{NOTHING} (a guest)"
    yield "access key", facts["access_key_id"]
    origin = "from the store" if facts["is_from_store"] else "new from the service"
    left = format_duration(facts["seconds_left"])
    yield "time left", f"{out.good(left)}, until {facts['expiration']}, {origin}"


def role_of(arn: str) -> str:
    """Return the name of the role that a session has: `…:assumed-role/NAME/SESSION`."""
    parts = arn.split("/")
    return parts[1] if parts[0].endswith(":assumed-role") and parts[1:] else arn


def shortened(subject: str | None) -> str | None:
    """Return enough of a subject to know one's own by."""
    return subject if subject is None or len(subject) <= 8 else f"{subject[:8]}…"  # noqa: PLR2004


def _login(login: dict[str, str | None], out: Output) -> str:
    subject = f" ({login['subject']})" if login["subject"] else ""
    ends = login["expiration"]
    text = f"{login['key']}{subject}"
    if ends is None:
        return text
    is_over = ends <= iso_timestamp(time.time())
    return f"{text}, token {out.bad('ended') if is_over else 'ends'} {ends}"
