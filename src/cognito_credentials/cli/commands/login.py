"""`login`: sign in once; from then on `process`, `exec` and the others have the user's login."""

from __future__ import annotations

import sys

from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session, Sessions

DESCRIPTION = """\
Sign in, and stay signed in: the session is kept, and renewed by itself for as long as the issuer
lets it be.

  cognito-credentials login --profile game
  cognito-credentials login --issuer https://accounts.google.com --client-id ID
  cognito-credentials login --issuer us-east-1_Example --client-id ID --username ann

The browser does it, unless one of --no-browser, --device and --password says otherwise; --username
means --password.
"""

LONGEST = 24 * 3600.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--no-browser",
        action="store_true",
        help="only print the address; paste the one that a browser elsewhere ends at",
    )
    ways.add_argument("--device", action="store_true", help="show a code to type on another device")
    ways.add_argument(
        "--password",
        action="store_true",
        help="user pools: user name and password, which is asked for or read from standard input",
    )
    parser.add_argument(
        "--username", metavar="NAME", help="who signs in with a password; implies --password"
    )
    parser.add_argument("--scope", metavar="WORDS", help="what to ask for; openid must be in it")
    parser.add_argument(
        "--redirect-port",
        type=int,
        default=0,
        metavar="PORT",
        help="the port that the browser comes back to, where the issuer wants a fixed one",
    )
    parser.add_argument(
        "--timeout", type=float, default=300, metavar="SECONDS", help="how long to wait: 300"
    )
    parser.add_argument(
        "--store",
        choices=("keychain", "file"),
        help="where the session is kept: the system's keychain, or files that only you can read",
    )
    add_selection(parser)


def run(options: Namespace) -> int:
    """Sign in, and keep the session."""
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.cli.settings.sessions import (
        client_of,
        selected_application,
        shown_name,
        whose_of,
    )

    _check_way(options)
    if not 0 < options.timeout <= LONGEST:
        raise ConfigurationError(
            f"--timeout is {options.timeout:g}: it must be more than 0, and a day at most",
            hint="Give the seconds to wait, as in --timeout 300, or leave it out.",
        )
    selection = Selection(options)
    whose = whose_of(selection)
    sessions = Sessions()
    client = client_of(selection, selected_application(selection), whose.user)
    place = _place(sessions, options.store)
    session = _signed_in(client, options)
    with sessions.held(whose, client.clock):
        sessions.save(session, place)
    where = "the keychain" if place == "keychain" else f"a file in {sessions.path}"
    Output(sys.stdout).line(
        f"Signed in as {shown_name(session)} at {whose.issuer}.\n"
        f"The session is in {where}. {_how_long(session, client)}"
    )
    return 0


def _check_way(options: Namespace) -> None:
    """Choose --password for a user name, and refuse options that the way in has no use for."""
    if options.username and not (options.device or options.no_browser):
        options.password = True
    way = next((way for way in ("password", "device", "no_browser") if getattr(options, way)), "")
    useless = {
        "password": ("scope", "redirect_port"),
        "device": ("username", "redirect_port"),
        "no_browser": ("username",),
    }
    for name in useless.get(way, ()):
        if getattr(options, name):
            raise ConfigurationError(
                f"--{name.replace('_', '-')} does not go with --{way.replace('_', '-')}",
                hint="Leave one of the two out.",
            )


def _signed_in(client: Client, options: Namespace) -> Session:
    if options.password:
        from cognito_credentials._sign_in import user_pool
        from cognito_credentials._sign_in.renewal import USER_POOL
        from cognito_credentials.cli.terminal.prompts import Prompts

        api = user_pool.Api(client)
        prompts = Prompts()
        username = options.username or prompts.line("User name")
        return client.session(user_pool.sign_in(api, username, prompts), method=USER_POOL)
    if options.device:
        from cognito_credentials._sign_in import device

        return device.sign_in(client, show=_show_code, scope=options.scope, timeout=options.timeout)
    from cognito_credentials._sign_in import browser

    if options.no_browser:
        from cognito_credentials.cli.terminal.prompts import Prompts

        return browser.sign_in_by_paste(
            client,
            show=_show_address,
            ask=lambda: Prompts().line("Address"),
            port=options.redirect_port,
            scope=options.scope,
        )
    return browser.sign_in_by_redirect(
        client,
        show=_open_browser,
        port=options.redirect_port,
        scope=options.scope,
        timeout=options.timeout,
    )


def _place(sessions: Sessions, wanted: str | None) -> str:
    try:
        return sessions.choose_place(wanted)
    except ConfigurationError as error:
        if wanted is not None:
            raise
        error.hint = "--store file keeps the session in a file that only you can read."
        from cognito_credentials.cli.terminal.prompts import Prompts

        question = (
            f"There is no keychain to keep the session in: {error.message}. Keep it in "
            f"{sessions.path}, in a file that only you can read?"
        )
        if Prompts().confirm(question, error=error):
            return "file"
        raise


def _open_browser(url: str) -> None:
    import threading

    _tell(f"Sign in with the browser. If none opens, go to:\n\n  {url}\n\nWaiting for it …")
    # Some return only when the user leaves them (w3m, what BROWSER names): nobody would answer them.
    threading.Thread(target=_start_browser, args=(url,), daemon=True).start()


def _start_browser(url: str) -> None:
    import webbrowser
    from contextlib import suppress

    with suppress(webbrowser.Error, OSError, ValueError):  # the address is shown
        webbrowser.open(url)


def _show_address(url: str) -> None:
    _tell(
        f"Sign in with a browser anywhere, at:\n\n  {url}\n\n"
        "It will end at an address of its own machine that it cannot open. Copy that one here."
    )


def _show_code(address: str, code: str, whole_address: str) -> None:
    more = f"\nor go to {_shown(whole_address)}" if whole_address else ""
    _tell(f"Go to {_shown(address)} and type this code:\n\n  {_shown(code)}\n{more}\nWaiting …")


def _how_long(session: Session, client: Client) -> str:
    import datetime

    end = datetime.datetime.fromtimestamp(session.expires_at).astimezone()
    if session.refresh_token:
        return f"It is renewed by itself; the first ID token ends at {end:%H:%M}."
    asked = "offline_access" in (client.metadata.get("scopes_supported") or ())
    more = " (with the scope offline_access it may give something)" if asked else ""
    return f"It ends on {end:%d %B at %H:%M}: the issuer gave nothing to renew it with{more}."


def _shown(text: str) -> str:
    from cognito_credentials._sign_in.client import quoted

    return quoted(text, ())


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
