"""`logout`: the session ends, here and at the issuer, and with it the credentials that are stored."""

from __future__ import annotations

import json
import sys

from cognito_credentials.cli.program import PROGRAM
from cognito_credentials.cli.reporting.exit_status import FAILED
from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials._sign_in.sessions import Sessions, Whose

DESCRIPTION = """\
Sign out: end the session at the issuer, where it lets that be done, and remove it from this machine
together with the user's stored credentials.

Credentials that a program has already got stay good until they end, within the hour. Where nobody is
signed in, it says so, and the exit status is 0 all the same. If a refresh token could not be revoked,
the session is removed from this machine, the token is named on standard error, and the exit status
is 1.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--all", action="store_true", help="everybody who is signed in here")
    add_selection(parser)


def run(options: Namespace) -> int:
    """Sign out."""
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.cli.settings.sessions import whose_of
    from cognito_credentials.clock import SystemClock

    selection = Selection(options)
    if options.all:
        _refuse_shared_options(selection)
    sessions = Sessions()
    is_revoked = True
    everyone = sessions.everyone() if options.all else [whose_of(selection)]
    for whose in everyone:
        # A process that renews the session meanwhile would bring it back.
        with sessions.held(whose, SystemClock()):
            is_revoked &= _sign_out(selection, sessions, whose)
    if not everyone:
        Output(sys.stdout).line("Nobody was signed in.")
    return 0 if is_revoked else FAILED


def _refuse_shared_options(selection: Selection) -> None:
    """Refuse a secret for all sessions: a secret belongs to one issuer and client ID."""
    is_option = selection.places.get("client_secret") == "option"
    if is_option and not {"issuer", "client_id"} <= selection.values.keys():
        raise ConfigurationError(
            "option --client-secret is given without the issuer and the client ID that it belongs to",
            hint="Give --issuer and --client-id as well, or a --profile that has them.",
        )


def _sign_out(selection: Selection, sessions: Sessions, whose: Whose) -> bool:
    """Revoke and remove a session; return False if its refresh token remains valid."""
    from cognito_credentials._sign_in.renewal import revoked
    from cognito_credentials.cli.settings.sessions import application_of, client_of, shown_name
    from cognito_credentials.errors import CognitoCredentialsError

    out = Output(sys.stdout)
    session = sessions.find(whose)
    if session is None:
        sessions.remove(whose)
        out.line(f"Nobody was signed in at {whose.shown}.")
        for other in sessions.everyone():
            out.line(f"Somebody else is, at {other.shown}: {_logout_command(other)}")
        return True
    problem = "the issuer does not revoke refresh tokens, or rejected the request"
    is_revoked = not session.refresh_token
    try:
        if not is_revoked:
            application = application_of(selection, session)
            is_revoked = revoked(client_of(selection, application, whose.user), session)
    except CognitoCredentialsError as error:
        is_revoked, problem = False, error.message
    sessions.remove(whose)
    _remove_credentials(session.digests)
    name = shown_name(session)
    if is_revoked:
        out.line(f"Signed out {name} at {whose.issuer}.")
    else:
        out.line(f"Removed the session of {name} at {whose.issuer} from this machine.")
        Output(sys.stderr).line(
            f"The refresh token of {name} at {whose.issuer} was not revoked: {problem.rstrip('.')}. "
            "It may still be valid there."
        )
    return is_revoked


def _logout_command(whose: Whose) -> str:
    import shlex

    words = [PROGRAM, "logout", "--issuer", whose.issuer, "--client-id", whose.client_id]
    return shlex.join([*words, *(["--user", whose.user] if whose.user else [])])


def _remove_credentials(digests: tuple[str, ...]) -> None:
    """Remove the credentials that the service gave for one of these tokens."""
    from cognito_credentials.stores import FileStore

    store = FileStore()
    for key in store.list_keys():
        if not key.startswith("credentials:"):
            continue
        try:
            accepted = json.loads(store.get(key) or b"{}").get("accepted", ())
        except (ValueError, AttributeError):
            continue
        if set(accepted) & set(digests):
            store.delete(key)
