"""Signing in with a browser: an authorization code with PKCE, sent back to a port of this machine.

RFC 6749 section 4.1, RFC 7636, RFC 8252 and OpenID Connect Core 3.1.
"""

from __future__ import annotations

import html
import os
import queue
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from cognito_credentials._core import logs
from cognito_credentials._sign_in.client import authlib, quoted
from cognito_credentials._sign_in.providers import (
    authorization_parameters,
    default_scope,
    redirect_host,
)
from cognito_credentials.errors import ConfigurationError, LoginTokenError, RequestTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = ["Redirect", "SignIn", "sign_in_by_paste", "sign_in_by_redirect"]

PATH = "/callback"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}}
</style><h1>{title}</h1><p>{text}</p></html>
"""
NEEDS_DOMAIN = (
    "A user pool has sign-in pages once it has a domain; --password does without (it uses SRP)."
)


class SignIn:
    """One attempt: where to send the browser, and what may come back."""

    def __init__(self, client: Client, redirect_uri: str, scope: str | None) -> None:
        generate = authlib("authlib.common.security").generate_token
        self.client = client
        self.redirect_uri = redirect_uri
        self.state, self._nonce, self._verifier = generate(32), generate(32), generate(64)
        key = client.provider_name
        scope = scope or default_scope(key, client.metadata)
        self.url: str = client.oauth(
            redirect_uri=redirect_uri,
            scope=scope,
            code_challenge_method="S256",
        ).create_authorization_url(
            client.endpoint("authorization_endpoint", NEEDS_DOMAIN),
            state=self.state,
            code_verifier=self._verifier,
            nonce=self._nonce,
            **authorization_parameters(key, scope),
        )[0]

    def session(self, query: str) -> Session:
        """Return the session that the query of the redirected address gives.

        Raises:
            LoginTokenError: It is of another attempt, or the issuer or the user refused.
        """
        found = {name: values[0] for name, values in parse_qs(query).items()}
        client = self.client
        # Before all else: what belongs to another attempt says nothing about this one.
        if found.get("state") != self.state:
            raise LoginTokenError(
                "the browser came back from another sign-in (its state is not this one's)",
                provider_name=client.provider_name,
                hint="Sign in again, in the window that opens then.",
            )
        issuer = client.metadata["issuer"]
        says_so = client.metadata.get("authorization_response_iss_parameter_supported")
        if found.get("iss", "" if says_so else issuer) != issuer:
            raise LoginTokenError(  # RFC 9207
                "the browser came back from another issuer",
                provider_name=client.provider_name,
                hint="Sign in again, in the window that opens then.",
            )
        if "error" in found:
            raise client.refusal(
                found["error"], found.get("error_description"), [self.state], "Sign in again."
            )
        if "code" not in found:
            raise LoginTokenError(
                "the browser came back without a code",
                provider_name=client.provider_name,
                hint="Sign in again.",
            )
        tokens = client.tokens(
            "authorization_code",
            hint="Sign in again; check the client id and its redirect address, "
            f"{quoted(self.redirect_uri, ())}.",
            code=found["code"],
            redirect_uri=self.redirect_uri,
            code_verifier=self._verifier,
        )
        return client.session(tokens, method="oauth", nonce=self._nonce)


def sign_in_by_redirect(
    client: Client,
    *,
    show: Callable[[str], None],
    port: int = 0,
    scope: str | None = None,
    timeout: float,
) -> Session:
    """Wait for the browser to come back; `show` gets the address that it must be sent to.

    Raises:
        ConfigurationError: The port is not free.
        RequestTimeoutError: The browser did not come back within `timeout` seconds.
        LoginTokenError: The issuer or the user refused.
    """
    with Redirect(port) as redirect:
        host = redirect_host(client.provider_name)
        attempt = SignIn(client, f"http://{host}:{redirect.port}{PATH}", scope)
        redirect.state = attempt.state
        show(attempt.url)
        visit = redirect.wait(timeout)
        try:
            session = attempt.session(visit.query)
        except BaseException as error:
            text = getattr(error, "message", "") or "It was interrupted."
            visit.answer("You are not signed in", f"{text} Go back to the terminal.")
            raise
        visit.answer("You are signed in", "You can close this window.")
        return session


def sign_in_by_paste(
    client: Client,
    *,
    show: Callable[[str], None],
    ask: Callable[[], str],
    port: int = 0,
    scope: str | None = None,
) -> Session:
    """Let a browser on another machine sign in; `ask` returns the address that it ended at.

    Nothing listens there, so that the browser shows an error, and that address.

    Raises:
        LoginTokenError: The issuer or the user refused, or what was pasted is of another attempt.
    """
    # A port that any other program has would be sent the code: 1 is nobody's.
    host = redirect_host(client.provider_name)
    attempt = SignIn(client, f"http://{host}:{port or 1}{PATH}", scope)
    show(attempt.url)
    return attempt.session(urlsplit(ask().strip()).query)


def page(title: str, text: str) -> str:
    """Return a page for the browser."""
    return PAGE.format(title=html.escape(title), text=html.escape(text))


class Visit:
    """The browser, come back: the query it brought, and the page that it waits for."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._page = ""
        self._is_answered, self._is_sent = threading.Event(), threading.Event()

    def answer(self, title: str, text: str) -> None:
        """Show a page; returns when it is sent, or after two seconds."""
        self._page = page(title, text)
        self._is_answered.set()
        self._is_sent.wait(2)

    def serve(self, handler: _Handler) -> None:
        """Send the page when it is there."""
        self._is_answered.wait(60)
        try:
            handler.send_page(200, self._page)
        finally:
            self._is_sent.set()


class Redirect(socketserver.ThreadingTCPServer):
    """Listen on a port of this machine for one visit of the browser, which brings `state`.

    Browsers open connections ahead that they may never use, hence a thread for each. Whatever else
    visits says nothing about this sign-in, and ends it not: another program, a page that guesses
    ports, a tab of an earlier sign-in that the browser opens once more.

    Raises (when made): ConfigurationError: The port is not free.
    """

    allow_reuse_address = os.name != "nt"  # where it would mean that two may listen
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.state: str | None = None
        self.visits: queue.Queue[Visit] = queue.Queue(1)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "there is no such port"
            raise ConfigurationError(
                f"port {port} of this machine cannot be listened to: {reason}",
                hint="Give another --redirect-port, one that the issuer knows, too.",
            ) from error
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def wait(self, timeout: float) -> Visit:
        """Return the first visit; raises `RequestTimeoutError` after so many seconds."""
        try:
            with logs.Wait("the browser to come back"):
                visit = self.visits.get(timeout=timeout)
        except queue.Empty:
            pass
        else:
            logs.debug("The browser came back")
            return visit
        raise RequestTimeoutError(
            f"the browser did not come back within {timeout:g} seconds",
            hint="Sign in again; --no-browser and --device are for machines without a browser.",
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is nobody's error."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 60

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != PATH:
            self.send_page(404, "")
            return
        redirect: Any = self.server
        if parse_qs(address.query).get("state") != [redirect.state]:
            self.send_page(400, page("This is another sign-in", "Go on in the newest window."))
            return
        visit = Visit(address.query)
        try:
            redirect.visits.put_nowait(visit)
        except queue.Full:
            self.send_page(409, "")
            return
        visit.serve(self)

    def send_page(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response_only(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Log nothing: the address holds the code."""
