"""The `doctor` check of stored credentials, which AWS may no longer accept.

Other subcommands use stored credentials until shortly before their expiration. They do not notice
that an administrator has revoked the credentials, or that an emulator was restarted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials.cli.settings.names import client_config
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import CognitoCredentialsError

if TYPE_CHECKING:
    from cognito_credentials import Credentials
    from cognito_credentials.cli.checks.configuration import CheckedConfiguration
    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.stores import FileStore

__all__ = ["check_stored_credentials"]

CHECK = "stored keys"
REPLACE_STORED_CREDENTIALS = (
    "To replace the stored credentials, run cognito-credentials whoami with the same options. The "
    "credentials were revoked, or the emulator that issued them was restarted."
)


def check_stored_credentials(
    report: Report, configuration: CheckedConfiguration, store: FileStore, identity_id: str
) -> None:
    """Check that AWS STS accepts the stored credentials of an identity, if there are any."""
    from cognito_credentials.cli.identities.caller_identity import get_caller_identity, is_rejection

    config = client_config(configuration.settings.connection)
    stored = _list_credentials(store, identity_id)
    try:
        for credentials in stored:
            get_caller_identity(configuration.provider, credentials, config)
    except CognitoCredentialsError as error:
        if is_rejection(error):
            text = "AWS STS rejects the stored credentials"
            report.add_failure(CHECK, text, REPLACE_STORED_CREDENTIALS)
        else:
            report.add_skip(CHECK, f"GetCallerIdentity failed ({error.reason})")
        return
    if stored:
        report.add_pass(CHECK, "AWS STS accepts the stored credentials")


def _list_credentials(store: FileStore, identity_id: str) -> list[Credentials]:
    from cognito_credentials.cli.identities.stored import (
        CREDENTIALS,
        list_stored_entries,
        load_credentials,
    )

    clock = SystemClock()
    found = [
        load_credentials(store, entry, clock)
        for entry in list_stored_entries(store, clock)
        if entry.kind == CREDENTIALS
        and entry.identity_id == identity_id
        and (entry.seconds_left or 0.0) > 0
    ]
    return [credentials for credentials in found if credentials is not None]
