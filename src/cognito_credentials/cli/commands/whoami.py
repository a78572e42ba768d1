"""`whoami`: show the identity, role and remaining time of the current credentials."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cognito_credentials._core import logs
from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.cli.commands.process import enter_chain, fetch_credentials
from cognito_credentials.cli.identities.recorded_logins import LoginRecorder
from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.exec_settings import import_settings
from cognito_credentials.cli.settings.names import client_config
from cognito_credentials.cli.settings.providers import build_logins, check, open_store
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.output import Output, format_duration
from cognito_credentials.cli.terminal.writing import write_document
from cognito_credentials.errors import CognitoCredentialsError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

    from cognito_credentials.cli.identities.recorded_logins import RecordedLogin
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.credentials import Credentials

DESCRIPTION = """\
Show the current identity, identity pool, role, account, logins and remaining time.

The command uses the same credentials as process and export: stored credentials, or newly fetched
credentials. It gets the role and the account from AWS STS, which requires boto3. If AWS STS rejects
stored credentials, the command replaces the credentials.
"""

EMPTY_CELL = "-"
MAX_SUBJECT_CHARACTERS = 8


@dataclass
class LoginReport:
    """The result for a login; `--json` prints these fields."""

    key: str
    subject: str | None
    expiration: str | None


@dataclass
class IdentityReport:
    """Report on the current credentials, without secrets, with the fields that `--json` prints."""

    identity_id: str
    identity_pool_id: str | None
    region: str
    role: str | None
    account: str | None
    role_unknown: str | None  # The reason why AWS STS returned neither role nor account.
    logins: list[LoginReport]
    access_key_id: str
    expiration: str
    seconds_left: int
    is_from_store: bool


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Print the report."""
    import_settings(options, os.environ)
    report = create_report(load_settings(options))
    if options.json:
        write_document(json.dumps(asdict(report), indent=2))
    else:
        out = Output(sys.stdout)
        out.table(list_rows(report, out))
    return 0


def create_report(settings: Settings) -> IdentityReport:
    """Get credentials, and return a report on them."""
    from cognito_credentials._core import endpoints
    from cognito_credentials.cli.identities.caller_identity import is_rejection
    from cognito_credentials.cli.identities.stored import (
        CREDENTIALS,
        delete_entry,
        list_stored_entries,
    )
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

    # Use one instance for all accesses, so that it warns about each unreadable file only once.
    store = open_store()
    entries = list_stored_entries(store, SystemClock()) if isinstance(store, FileStore) else []
    stored = {entry.access_key_id: entry for entry in entries if entry.kind == CREDENTIALS}
    enter_chain(settings.display_name)
    check(settings)
    recorder = LoginRecorder()
    logins = recorder.wrap(build_logins(settings))
    config = client_config(settings.connection)
    credentials = fetch_credentials(settings, store, logins)
    role, account, problem = get_role(credentials, config)
    entry = stored.get(credentials.access_key_id)
    if entry is not None and is_rejection(problem) and isinstance(store, FileStore):
        logs.debug("AWS STS rejected the stored credentials; fetching new credentials")
        delete_entry(store, entry)
        credentials = fetch_credentials(settings, store, logins)
        role, account, problem = get_role(credentials, config)
    key_id = credentials.access_key_id
    return IdentityReport(
        identity_id=credentials.identity_id,
        identity_pool_id=settings.values.get("identity_pool_id"),
        region=endpoints.get_region(credentials.identity_id),
        role=role,
        account=account,
        role_unknown=None if problem is None else describe_error_and_next_step(problem),
        logins=[report_login(login) for login in recorder.list_logins()],
        access_key_id=f"{key_id[:4]}…{key_id[-4:]}",
        expiration=iso_timestamp(credentials.expiration.timestamp()),
        seconds_left=int(credentials.remaining.total_seconds()),
        is_from_store=credentials.access_key_id in stored,
    )


def get_role(
    credentials: Credentials, config: dict[str, Any]
) -> tuple[str | None, str | None, CognitoCredentialsError | None]:
    """Return the role and the account from AWS STS, or the error; then the role is None."""
    from cognito_credentials import from_cognito_identity
    from cognito_credentials.cli.identities.caller_identity import get_caller_identity

    try:
        with from_cognito_identity(credentials.identity_id, client_config=config) as provider:
            arn, account = get_caller_identity(provider, credentials, config)
    except CognitoCredentialsError as error:  # The rest of the report does not need AWS STS.
        return None, credentials.account_id, error
    return parse_role(arn), account, None


def parse_role(arn: str) -> str:
    """Return the role name in the ARN of a role session (`…:assumed-role/NAME/SESSION`)."""
    parts = arn.split("/")
    return parts[1] if parts[0].endswith(":assumed-role") and parts[1:] else arn


def report_login(login: RecordedLogin) -> LoginReport:
    """Return a report on a login, with its subject shortened."""
    subject, expires_at = login.subject, login.expires_at
    if subject is not None and len(subject) > MAX_SUBJECT_CHARACTERS:
        subject = f"{subject[:MAX_SUBJECT_CHARACTERS]}…"
    expiration = None if expires_at is None else iso_timestamp(expires_at)
    return LoginReport(login.provider_name, subject, expiration)


def list_rows(report: IdentityReport, out: Output) -> Iterator[tuple[str, str]]:
    """Yield the rows of the table."""
    unknown = out.dim(f"{EMPTY_CELL} ({report.role_unknown})")
    yield "identity", report.identity_id
    yield "identity pool", report.identity_pool_id or EMPTY_CELL
    yield "region", report.region
    yield "role", report.role or unknown
    yield "account", report.account or out.dim(EMPTY_CELL)
    for login in report.logins:
        yield "login", format_login(login, out)
    if not report.logins:
        yield "login", f"{EMPTY_CELL} (guest)"
    yield "access key", report.access_key_id
    time_left = out.good(format_duration(report.seconds_left))
    origin = "from the store" if report.is_from_store else "newly fetched"
    yield "time left", f"{time_left} (until {report.expiration}), {origin}"


def format_login(login: LoginReport, out: Output) -> str:
    """Return a login provider name with the token's subject and expiration, if they are known."""
    text = f"{login.key} ({login.subject})" if login.subject else login.key
    if login.expiration is None:
        return text
    is_expired = login.expiration <= iso_timestamp(time.time())
    return f"{text}, token {out.bad('expired') if is_expired else 'expires'} {login.expiration}"
