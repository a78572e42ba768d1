"""`logout`: revoke a refresh token, and remove its session and cached credentials here."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.reporting.exit_status import FAILED
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials._sign_in.sessions import Session, SessionKey, Sessions
    from cognito_credentials.cli.settings.resolution import Settings, SignIn

DESCRIPTION = """\
Sign out: revoke the refresh token at the issuer, and remove the session and the user's cached
credentials from this machine.

Credentials that programs have already received stay valid until they expire. If no user is signed in,
the exit status is 0. If a refresh token cannot be revoked, the session is still removed, a message is
printed on standard error, and the exit status is 1.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--all", action="store_true", help="end every session on this machine")
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Sign out."""
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.cli.settings.sessions import session_key
    from cognito_credentials.clock import SystemClock

    settings = load_settings(options)
    if options.all:
        _reject_shared_secret(settings)
    sign_in = settings.sign_in
    sessions = Sessions()
    is_revoked = True
    errors: list[CognitoCredentialsError] = []
    keys = sessions.list_keys() if options.all else [session_key(sign_in)]
    for key in keys:
        try:
            # Without the lock, a process that is refreshing the session would store it again.
            with sessions.lock(key, SystemClock()):
                is_revoked &= _sign_out(sign_in, sessions, key)
        except CognitoCredentialsError as error:
            # The loop continues, so that the other sessions are ended as well.
            if options.all:
                _report_failure(key, error)
            errors.append(error)
    if errors:
        raise errors[0]
    if not keys:
        Output(sys.stdout).line("No user is signed in.")
    return 0 if is_revoked else FAILED


def _report_failure(key: SessionKey, error: CognitoCredentialsError) -> None:
    Output(sys.stderr).line(
        f"The session at {key.description} was not ended: {error.message.rstrip('.')}."
    )


def _reject_shared_secret(settings: Settings) -> None:
    """Reject the option --client-secret unless the settings name an issuer and a client ID."""
    is_option = settings.places.get("client_secret") == "option"
    if is_option and not {"issuer", "client_id"} <= settings.values.keys():
        raise ConfigurationError(
            "option --client-secret requires the issuer and the client ID to which the secret belongs",
            hint="Pass --issuer and --client-id as well, or a --profile that sets both.",
        )


def _sign_out(sign_in: SignIn, sessions: Sessions, key: SessionKey) -> bool:
    """Revoke and remove a session; return False if its refresh token may still be valid."""
    from cognito_credentials.cli.settings.sessions import describe_user

    out = Output(sys.stdout)
    session = sessions.find(key)
    if session is None:
        sessions.remove(key)
        out.line(f"No user is signed in at {key.description}.")
        for other in sessions.list_keys():
            out.line(f"To sign out at {other.description}, run: {_logout_command(other)}")
        return True
    problem = _revoke(sign_in, session)
    sessions.remove(key)
    _delete_credentials(session.digests)
    user = describe_user(session)
    if not problem:
        out.line(f"Signed out {user} at {key.issuer}.")
        return True
    out.line(f"Removed the session of {user} at {key.issuer} from this machine.")
    Output(sys.stderr).line(
        f"The refresh token for {user} at {key.issuer} may still be valid, because it was not "
        f"revoked: {problem.rstrip('.')}."
    )
    return False


def _revoke(sign_in: SignIn, session: Session) -> str:
    """Revoke a session's refresh token; return the reason why it may still be valid, or ""."""
    from cognito_credentials._sign_in.refresh import revoke_session
    from cognito_credentials.cli.settings.sessions import build_client, find_application

    if not session.refresh_token:
        return ""
    try:
        application = find_application(sign_in, session)
        if revoke_session(build_client(sign_in, application, session.key.user), session):
            return ""
    except CognitoCredentialsError as error:
        return error.message
    return "the issuer does not support revocation, or rejected the request"


def _logout_command(key: SessionKey) -> str:
    words = [PROGRAM, "logout", "--issuer", key.issuer, "--client-id", key.client_id]
    return shlex.join([*words, *(["--user", key.user] if key.user else [])])


def _delete_credentials(digests: tuple[str, ...]) -> None:
    """Delete the cached credentials that were fetched with the session's tokens."""
    from cognito_credentials._core import records
    from cognito_credentials.cli.identities.stored import CREDENTIALS
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

    store, clock = FileStore(), SystemClock()
    for key in store.list_keys():
        value = store.get(key) if key.startswith(f"{CREDENTIALS}:") else None
        if value is None:
            continue
        with suppress(records.UnreadableRecordError):
            accepted = records.decode(key, value, now=clock.now).accepted
            if not set(digests).isdisjoint(accepted):
                store.delete(key)
