"""`login`: sign in once, so that the other subcommands can use the session's login token."""

from __future__ import annotations

import sys

from cognito_credentials._validation import check_number
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.writing import write_line
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session, SessionKey, Sessions
    from cognito_credentials.cli.settings.resolution import Settings

DESCRIPTION = """\
Sign in with an OpenID Connect issuer or a user pool. The session is stored on this machine and
refreshed automatically until the issuer ends it.

  cognito-credentials login --profile game
  cognito-credentials login --issuer https://accounts.google.com --client-id ID
  cognito-credentials login --issuer us-east-1_Example --client-id ID --username ann

The sign-in page opens in a browser unless --no-browser, --device or --password is given.
"""

MAX_TIMEOUT_SECONDS = 24 * 3600
# Maps each sign-in method to the options that do not apply to it.
INAPPLICABLE_OPTIONS: dict[str, tuple[str, ...]] = {
    "password": ("scope", "redirect_port", "redirect_path"),
    "device": ("username", "redirect_port", "redirect_path"),
    "no_browser": ("username",),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    methods = parser.add_mutually_exclusive_group()
    methods.add_argument(
        "--no-browser",
        action="store_true",
        help="print the URL of the sign-in page for a browser on any machine, and ask for the URL "
        "to which the browser is redirected",
    )
    methods.add_argument(
        "--device", action="store_true", help="show a code to enter on another device"
    )
    methods.add_argument(
        "--password",
        action="store_true",
        help="sign in to a user pool with a user name and password, which are read from the "
        "terminal or from standard input",
    )
    parser.add_argument(
        "--username", metavar="NAME", help="user name in the user pool; implies --password"
    )
    parser.add_argument(
        "--scope",
        metavar="SCOPES",
        help="scopes to request, separated by spaces; must include openid",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=300,
        metavar="SECONDS",
        help="time to wait for the user (default: 300)",
    )
    parser.add_argument(
        "--store",
        choices=("keychain", "file"),
        help="where to store the session: the system's keychain, or a file that only you can read",
    )
    add_setting_options(parser, with_sign_in=True)


def run(options: Namespace) -> int:
    """Sign in, and store the session."""
    from cognito_credentials._sign_in.client import require_packages
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.cli.settings.sessions import (
        build_client,
        describe_user,
        selected_application,
        session_key,
    )

    _check_method(options)
    check_number(
        "option --timeout",
        options.timeout,
        above=0,
        at_most=MAX_TIMEOUT_SECONDS,
        unit="seconds",
        hint="Pass a number of seconds, for example --timeout 300, or omit the option.",
    )
    settings = load_settings(options)
    sign_in = settings.sign_in
    key = session_key(sign_in)
    sessions = Sessions()
    client = build_client(sign_in, selected_application(sign_in), key.user)
    # Check the packages before the first prompt, so that no input is lost if a package is missing.
    require_packages("joserfc", "pycognito" if options.password else "authlib")
    place = _choose_place(sessions, options.store)
    session = _sign_in(client, options, settings)
    if not options.password:
        _confirm_other_user(_find_previous(sessions, key), session)
    with sessions.lock(key, client.clock):
        sessions.save(session, place)
    location = "the keychain" if place == "keychain" else f"a file in {sessions.path}"
    out = Output(sys.stdout)
    out.line(f"Signed in as {describe_user(session)} at {key.issuer}.")
    out.line(f"The session is stored in {location}. {describe_lifetime(session, client)}")
    return 0


def _check_method(options: Namespace) -> None:
    """Choose --password if only a user name is given, and reject options that do not apply."""
    if options.username and not (options.device or options.no_browser):
        options.password = True
    for method, names in INAPPLICABLE_OPTIONS.items():
        for name in names if getattr(options, method) else ():
            if getattr(options, name):
                raise ConfigurationError(
                    f"options {_option_name(name)} and {_option_name(method)} cannot be used together",
                    hint="Omit one of the two options.",
                )


def _option_name(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _sign_in(client: Client, options: Namespace, settings: Settings) -> Session:
    if options.password:
        from cognito_credentials._sign_in import user_pool
        from cognito_credentials._sign_in.refresh import USER_POOL
        from cognito_credentials.cli.terminal.prompts import Prompts

        api = user_pool.UserPoolApi(client)
        prompts = Prompts()
        username = options.username or prompts.line("User name")
        return client.create_session(
            user_pool.sign_in_with_password(api, username, prompts), method=USER_POOL
        )
    if options.device:
        from cognito_credentials._sign_in import device

        return device.sign_in_with_device_code(
            client, show=show_code, scope=options.scope, timeout=options.timeout
        )
    from cognito_credentials._sign_in import browser

    port = settings.checked("redirect_port", 0)
    path = settings.checked("redirect_path", browser.DEFAULT_PATH)
    if options.no_browser:
        from cognito_credentials.cli.terminal.prompts import Prompts

        prompts = Prompts()
        return browser.sign_in_by_paste(
            client,
            announce=_announce_callback,
            show=show_url,
            ask=lambda: prompts.line("Redirect URL"),
            offer_retry=lambda problem: prompts.offer_retry("redirect URL", problem),
            port=port,
            path=path,
            scope=options.scope,
        )
    from cognito_credentials.cli.endpoint.sign_in_page import make_page_opener

    with make_page_opener() as open_page:
        return browser.sign_in_by_redirect(
            client,
            announce=_announce_callback,
            show=open_page,
            port=port,
            path=path,
            scope=options.scope,
            timeout=options.timeout,
        )


def _find_previous(sessions: Sessions, key: SessionKey) -> Session | None:
    """Return the session that this sign-in replaces; None if there is none or it cannot be read."""
    try:
        return sessions.find(key)
    except ConfigurationError:
        return None


def _confirm_other_user(previous: Session | None, session: Session) -> None:
    """Ask before the session of one user replaces the session of another user.

    Another person may have completed the sign-in, for example after reading the URL or the code on
    the screen. A sign-in with a password needs no confirmation, because the user entered the user
    name.

    Raises:
        ConfigurationError: If the user declines, or if standard input is not a terminal.
    """
    from cognito_credentials.cli.settings.sessions import describe_user
    from cognito_credentials.cli.terminal.prompts import Prompts

    if previous is None or previous.subject == session.subject:
        return
    old, new = describe_user(previous), describe_user(session)
    if old == new:
        new = f"another user named {new}"
    error = ConfigurationError(
        f"the sign-in was completed by {new}, but {old} was signed in before",
        hint="To change the user, sign out first with the logout subcommand. If you have not signed in as "
        f"{new}, another person has completed the sign-in; sign in again.",
    )
    if not Prompts().confirm(
        f"The sign-in was completed by {new}. Before, {old} was signed in.",
        f"Continue as {new}?",
        error=error,
    ):
        raise error


def _choose_place(sessions: Sessions, requested: str | None) -> str:
    """Return the location for the session; without a keychain, ask for consent to use a file.

    Raises:
        ConfigurationError: If there is no keychain, and the user does not agree to the use of a
            file.
    """
    try:
        return sessions.choose_location(requested)
    except ConfigurationError as error:
        if requested is not None:
            raise
        from cognito_credentials.cli.terminal.prompts import Prompts

        question = (
            f"No keychain is available: {error.message}. Store the session in a file in "
            f"{sessions.path} that only you can read?"
        )
        if Prompts().confirm(question, error=error):
            return "file"
        raise


def _announce_callback(registration: str) -> None:
    _print(*registration.splitlines(), "")


def show_url(url: str) -> None:
    """Print the URL of the sign-in page, and instructions for the redirect URL."""
    _print(
        "Open this page in a browser on any machine:",
        "",
        f"  {url}",
        "",
        "After the sign-in, the browser is redirected to a URL that it cannot load. Copy that URL "
        "from the address bar and paste it here.",
    )


def show_code(url: str, code: str, complete_url: str) -> None:
    """Print the device code's URL, and the code to enter there."""
    alternative = [f"or go to {complete_url}", ""] if complete_url else []
    _print(
        f"Go to {url} and enter this code:",
        "",
        f"  {code}",
        "",
        *alternative,
        "Waiting for the sign-in …",
    )


def describe_lifetime(session: Session, client: Client) -> str:
    """Return a sentence that states how long the session or its first ID token is valid."""
    import datetime

    end = datetime.datetime.fromtimestamp(session.expires_at).astimezone()
    if session.refresh_token:
        return f"The session is refreshed automatically; the first ID token expires at {end:%H:%M}."
    is_supported = "offline_access" in (client.metadata.get("scopes_supported") or ())
    advice = " (to request one, try the scope offline_access)" if is_supported else ""
    return (
        f"The session expires on {end:%d %B at %H:%M}, because the issuer returned no refresh "
        f"token{advice}."
    )


def _print(*lines: str) -> None:
    for line in lines:
        write_line(sys.stderr, line)
