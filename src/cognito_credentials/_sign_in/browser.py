"""Sign-in with a browser: the authorization code flow with PKCE and a redirect to this machine.

See RFC 6749 section 4.1, RFC 7636, RFC 8252 and OpenID Connect Core 3.1.
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
from cognito_credentials._core.login_providers import is_user_pool
from cognito_credentials._sign_in.client import import_login_module
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

__all__ = ["AuthorizationRequest", "RedirectListener", "sign_in_by_paste", "sign_in_by_redirect"]

REDIRECT_PATH = "/callback"
UNUSED_PORT = 1  # a privileged port, on which probably no program listens
PAGE_TIMEOUT_SECONDS = 60.0
PAGE_TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}}
</style><h1>{title}</h1><p>{text}</p></html>
"""
DOMAIN_HINT = (
    "Add a domain, which provides the sign-in pages, to the user pool, or pass --password."
)
UNSUPPORTED_HINT = "Check the issuer, or sign in with another device: pass --device."
RETRY_HINT = "Sign in again, and use only the window that opens then."


class AuthorizationRequest:
    """Authorization request of one sign-in; validates the response.

    Attributes:
        url: URL of the sign-in page, which the browser must open.
        state: Value that the redirect must repeat.
    """

    def __init__(self, client: Client, redirect_uri: str, scope: str | None) -> None:
        generate = import_login_module("authlib.common.security").generate_token
        self.client = client
        self.redirect_uri = redirect_uri
        self.state, self._nonce, self._verifier = generate(32), generate(32), generate(64)
        provider_name = client.provider_name
        scope = scope or default_scope(provider_name, client.metadata)
        self.url: str = client.oauth_client(
            redirect_uri=redirect_uri,
            scope=scope,
            code_challenge_method="S256",
        ).create_authorization_url(
            client.endpoint(
                "authorization_endpoint",
                DOMAIN_HINT if is_user_pool(provider_name) else UNSUPPORTED_HINT,
            ),
            state=self.state,
            code_verifier=self._verifier,
            nonce=self._nonce,
            **authorization_parameters(provider_name, scope),
        )[0]

    def create_session(self, query: str) -> Session:
        """Exchange the authorization code in a redirect for a session.

        Args:
            query: Query string of the URL that the browser was redirected to.

        Raises:
            LoginTokenError: If the redirect belongs to another sign-in, or the issuer or the user
                rejected the sign-in.
        """
        parameters = {name: values[0] for name, values in parse_qs(query).items()}
        client = self.client
        # The state is checked first, because the other parameters may belong to another sign-in.
        if parameters.get("state") != self.state:
            raise LoginTokenError(
                "the redirect belongs to another sign-in (the state does not match)",
                provider_name=client.provider_name,
                hint=RETRY_HINT,
            )
        issuer = client.metadata["issuer"]
        requires_issuer = client.metadata.get("authorization_response_iss_parameter_supported")
        if parameters.get("iss", "" if requires_issuer else issuer) != issuer:
            raise LoginTokenError(  # RFC 9207
                "the redirect comes from another issuer",
                provider_name=client.provider_name,
                hint=RETRY_HINT,
            )
        if "error" in parameters:
            text = parameters.get("error_description")
            raise client.issuer_error(parameters["error"], text, [self.state], "Sign in again.")
        if "code" not in parameters:
            raise LoginTokenError(
                "the redirect contains no authorization code",
                provider_name=client.provider_name,
                hint="Sign in again.",
            )
        tokens = client.request_tokens(
            "authorization_code",
            hint="Sign in again. If the error persists, check the client ID, and register the redirect "
            f"URI {self.redirect_uri} with the issuer.",
            code=parameters["code"],
            redirect_uri=self.redirect_uri,
            code_verifier=self._verifier,
        )
        return client.create_session(tokens, method="oauth", nonce=self._nonce)


def sign_in_by_redirect(
    client: Client,
    *,
    show: Callable[[str], None],
    port: int = 0,
    scope: str | None = None,
    timeout: float,
) -> Session:
    """Sign in with a browser on this machine.

    Args:
        client: Client of the issuer.
        show: Function that receives the URL that the browser must open.
        port: Port of the redirect URI; 0 selects a free port.
        scope: Requested scope; None for the default scope of the issuer.
        timeout: Time to wait for the redirect, in seconds.

    Raises:
        ConfigurationError: If the port is not available.
        RequestTimeoutError: If the redirect does not arrive in time.
        LoginTokenError: If the issuer or the user rejects the sign-in.
    """
    with RedirectListener(port) as listener:
        host = redirect_host(client.provider_name)
        redirect_uri = f"http://{host}:{listener.port}{REDIRECT_PATH}"
        request = AuthorizationRequest(client, redirect_uri, scope)
        listener.state = request.state
        show(request.url)
        redirect = listener.wait(timeout)
        try:
            session = request.create_session(redirect.query)
        except BaseException as error:
            text = getattr(error, "message", "") or "The sign-in was interrupted"
            redirect.respond(
                "You are not signed in", f"{text.rstrip('.')}. Return to the terminal."
            )
            raise
        redirect.respond("You are signed in", "You can close this window.")
        return session


def sign_in_by_paste(
    client: Client,
    *,
    show: Callable[[str], None],
    ask: Callable[[], str],
    offer_retry: Callable[[str], bool] = lambda _problem: False,
    port: int = 0,
    scope: str | None = None,
) -> Session:
    """Sign in with a browser on any machine; the user pastes the redirect URL.

    No server listens at the redirect URI, so the browser shows an error page, and the URL remains
    in the address bar.

    Args:
        client: Client of the issuer.
        show: Function that receives the URL that the browser must open.
        ask: Function that returns the URL that the user pasted.
        offer_retry: Function that receives the problem if the text is not a redirect URL, and returns
            whether to ask again.
        port: Port of the redirect URI, if the issuer requires a registered port; otherwise 0.
        scope: Requested scope; None for the default scope of the issuer.

    Raises:
        LoginTokenError: If the issuer or the user rejects the sign-in, or the pasted URL belongs to
            another sign-in.
    """
    # A program that listens on the port would receive the authorization code.
    host = redirect_host(client.provider_name)
    redirect_uri = f"http://{host}:{port or UNUSED_PORT}{REDIRECT_PATH}"
    request = AuthorizationRequest(client, redirect_uri, scope)
    show(request.url)
    while not (query := _find_query(ask())):
        problem = (
            "the pasted text is not the whole URL that the browser was redirected to, which begins with "
            f"{redirect_uri}?"
        )
        if not offer_retry(problem[0].upper() + problem[1:]):
            raise LoginTokenError(
                problem,
                provider_name=client.provider_name,
                hint="Sign in again, and copy the whole URL from the address bar, not only the code.",
            )
    return request.create_session(query)


def _find_query(text: str) -> str:
    """Return the query of a redirect URL; "" if the text is not such a URL."""
    text = text.strip().strip("\"'<>")
    query = (text.partition("?")[2] if "?" in text else text).partition("#")[0]
    return query if "state" in parse_qs(query) else ""


def render_page(title: str, text: str) -> str:
    """Return an HTML page for the browser."""
    return PAGE_TEMPLATE.format(title=html.escape(title), text=html.escape(text))


class Redirect:
    """Request of the browser to the redirect URI; the response is a page for the user.

    Attributes:
        query: Query string of the request.
    """

    def __init__(self, query: str) -> None:
        self.query = query
        self._page = ""
        self._is_ready, self._is_sent = threading.Event(), threading.Event()

    def respond(self, title: str, text: str) -> None:
        """Set the page, and wait up to two seconds until it has been sent."""
        self._page = render_page(title, text)
        self._is_ready.set()
        self._is_sent.wait(2)

    def serve(self, handler: _Handler) -> None:
        """Wait for the page, and send it."""
        self._is_ready.wait(PAGE_TIMEOUT_SECONDS)
        try:
            handler.send_page(200, self._page)
        finally:
            self._is_sent.set()


class RedirectListener(socketserver.ThreadingTCPServer):
    """HTTP server on loopback that accepts one redirect with the expected `state`.

    Each connection has a thread, because browsers open connections that they may never use.
    Requests without the expected `state` do not end the wait, because they may come from other
    programs, from web pages that scan ports, or from a restored tab of an earlier sign-in.

    Raises (when created):
        ConfigurationError: If the port is not available.
    """

    # On Windows, the option would let two programs share the port.
    allow_reuse_address = os.name != "nt"
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.state: str | None = None
        self.redirects: queue.Queue[Redirect] = queue.Queue(1)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "ports are numbers from 0 to 65535"
            raise ConfigurationError(
                f"cannot listen on port {port} of this machine: {reason}",
                hint="Pass --redirect-port with another port that is registered with the issuer.",
            ) from error
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def wait(self, timeout: float) -> Redirect:
        """Wait for the redirect, and return it.

        Raises:
            RequestTimeoutError: If no redirect arrives within `timeout` seconds.
        """
        try:
            with logs.Wait("the redirect of the browser"):
                redirect = self.redirects.get(timeout=timeout)
        except queue.Empty:
            pass
        else:
            logs.debug("Received the redirect of the browser")
            return redirect
        raise RequestTimeoutError(
            f"the sign-in in the browser was not completed within {timeout:g} seconds",
            hint="Sign in again. On a machine without a browser, pass --no-browser or --device.",
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of connections that the browser closes."""


class _Handler(BaseHTTPRequestHandler):
    timeout = PAGE_TIMEOUT_SECONDS

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != REDIRECT_PATH:
            self.send_page(404, "")
            return
        listener: Any = self.server
        if parse_qs(url.query).get("state") != [listener.state]:
            text = render_page("This is another sign-in", "Continue in the newest window.")
            self.send_page(400, text)
            return
        redirect = Redirect(url.query)
        try:
            listener.redirects.put_nowait(redirect)
        except queue.Full:
            self.send_page(409, "")
            return
        redirect.serve(self)

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

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - name in the base class
        """Log nothing, because the URL contains the authorization code."""
