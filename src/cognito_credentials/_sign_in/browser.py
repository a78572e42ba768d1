"""Sign-in with a browser: the authorization code flow with PKCE and a redirect to this machine.

See RFC 6749 section 4.1, RFC 7636, RFC 8252 and OpenID Connect Core 3.1.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from cognito_credentials._core.login_providers import is_user_pool
from cognito_credentials._external_text import HiddenText, hide
from cognito_credentials._sign_in.client import import_login_module
from cognito_credentials._sign_in.providers import (
    accepts_any_port,
    authorization_parameters,
    callback_url_to_register,
    default_scope,
    redirect_host,
)
from cognito_credentials._sign_in.redirect_listener import (
    DEFAULT_PATH,
    TIMEOUT_HINT,
    RedirectListener,
)
from cognito_credentials.errors import LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = [
    "DEFAULT_PATH",
    "AuthorizationRequest",
    "sign_in_by_paste",
    "sign_in_by_redirect",
]

PORT_ADVICE = (
    "The port changes with each sign-in. To choose a fixed port, pass --redirect-port, or set "
    "cognito_redirect_port in the profile or AWS_COGNITO_REDIRECT_PORT."
)
UNUSED_PORT = 1  # The port is privileged, so a program is unlikely to listen on it.
DOMAIN_HINT = (
    "Add a domain to the user pool, which then provides sign-in pages, or pass --password."
)
UNSUPPORTED_HINT = "Check the issuer, or sign in with another device: pass --device."
RETRY_HINT = "Sign in again, and use only the new browser window."


class CallbackUrl:
    """URL on this machine to which the issuer redirects the browser.

    Args:
        provider_name: Login provider name of the issuer, which determines the host name.
        port: Registered port; 0 for a port that changes with each sign-in.
        path: Registered path.
    """

    def __init__(self, provider_name: str, port: int, path: str) -> None:
        self.provider_name = provider_name
        self.port = port
        self.path = path

    def with_port(self, port: int) -> str:
        """Return the URL with the registered port, or with `port` if no port is registered."""
        return f"http://{redirect_host(self.provider_name)}:{self.port or port}{self.path}"

    def to_register(self, port: int) -> str:
        """Return the URL to register with the issuer; "" if none is required."""
        return callback_url_to_register(self.provider_name, self.with_port(port))

    def announcement(self, port: int) -> str:
        """Return lines about the callback URL to register; "" if no URL must be registered."""
        url = self.to_register(port)
        lines = [f"Register exactly this callback URL with the issuer: {url}"] if url else []
        return "\n".join([*lines, *self._port_advice()])

    def timeout_hint(self, port: int) -> str:
        """Return the hint for a redirect that did not arrive in time."""
        url = self.to_register(port)
        if not url:
            return TIMEOUT_HINT
        advice = (
            "If the browser showed an error about a redirect or callback URL, register exactly "
            f"{url} with the issuer."
        )
        return " ".join([TIMEOUT_HINT, advice, *self._port_advice()])

    def _port_advice(self) -> tuple[str, ...]:
        return () if self.port or accepts_any_port(self.provider_name) else (PORT_ADVICE,)


class AuthorizationRequest:
    """Authorization request for one sign-in; also validates the redirect.

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
            query: Query string of the URL to which the browser was redirected.

        Raises:
            LoginTokenError: If the redirect belongs to another sign-in, or the issuer or the user
                rejected the sign-in.
        """
        query = HiddenText(query)
        parameters = hide({name: values[0] for name, values in parse_qs(query).items()})
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
            raise LoginTokenError(  # See RFC 9207.
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
    announce: Callable[[str], None] = lambda _registration: None,
    port: int = 0,
    path: str = DEFAULT_PATH,
    scope: str | None = None,
    timeout: float,
) -> Session:
    """Sign in with a browser on this machine.

    Args:
        client: Client of the issuer.
        show: Function that receives the URL that the browser must open.
        announce: Function that receives lines about the callback URL to register with the issuer.
            Called before `show` if a URL must be registered.
        port: Registered port of the callback URL; 0 selects a free port.
        path: Registered path of the callback URL.
        scope: Requested scope; None for the default scope of the issuer.
        timeout: Time to wait for the redirect, in seconds.

    Raises:
        ConfigurationError: If the port is not available.
        RequestTimeoutError: If the redirect does not arrive in time.
        LoginTokenError: If the issuer or the user rejects the sign-in.
    """
    callback = CallbackUrl(client.provider_name, port, path)
    with RedirectListener(port, path) as listener:
        request = AuthorizationRequest(client, callback.with_port(listener.port), scope)
        listener.state = request.state
        if text := callback.announcement(listener.port):
            announce(text)
        show(request.url)
        redirect = listener.wait(timeout, callback.timeout_hint(listener.port))
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
    announce: Callable[[str], None] = lambda _registration: None,
    port: int = 0,
    path: str = DEFAULT_PATH,
    scope: str | None = None,
) -> Session:
    """Sign in with a browser on any machine; the user pastes the redirect URL.

    No program listens at the redirect URI on the user's machine, so the browser shows an error
    page. The address bar still contains the redirect URL, which the user copies.

    Args:
        client: Client of the issuer.
        show: Function that receives the URL that the browser must open.
        ask: Function that returns the URL that the user pasted.
        offer_retry: Function that receives a description of the problem if the pasted text is not a
            redirect URL, and returns True to ask again.
        announce: Function that receives lines about the callback URL to register with the issuer.
            Called before `show` if a URL must be registered.
        port: Registered port of the callback URL; 0 if any port may be used.
        path: Registered path of the callback URL.
        scope: Requested scope; None for the default scope of the issuer.

    Raises:
        LoginTokenError: If the issuer or the user rejects the sign-in, or the pasted URL belongs to
            another sign-in.
    """
    # Use a port on which no program is listening, because such a program would receive the
    # authorization code.
    callback = CallbackUrl(client.provider_name, port or UNUSED_PORT, path)
    redirect_uri = callback.with_port(UNUSED_PORT)
    request = AuthorizationRequest(client, redirect_uri, scope)
    if text := callback.announcement(UNUSED_PORT):
        announce(text)
    show(request.url)
    while not (query := _find_query(ask())):
        problem = (
            "the pasted text is not the full URL to which the browser was redirected; the URL "
            f"begins with {redirect_uri}?"
        )
        if not offer_retry(problem[0].upper() + problem[1:]):
            raise LoginTokenError(
                problem,
                provider_name=client.provider_name,
                hint="Sign in again, and copy the full URL from the address bar, not only the "
                "code.",
            )
    return request.create_session(query)


def _find_query(text: str) -> str:
    """Return the query of a redirect URL; "" if the text is not such a URL."""
    text = text.strip().strip("\"'<>")
    query = (text.partition("?")[2] if "?" in text else text).partition("#")[0]
    return HiddenText(query) if "state" in parse_qs(query) else ""
