"""HTTP for signing in: the library's transports, as Authlib and the user pools' API want them."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode, urlsplit

from cognito_credentials._core import logs
from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    MalformedResponseError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import HttpResponse, Transport

__all__ = ["Answer", "Http", "checked_url", "transport_of"]

LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def transport_of(resolved: ResolvedConfig) -> Transport:
    """Return a transport for any issuer; which hosts a proxy is for, it finds out itself."""
    from cognito_credentials.transports._tls import TlsSettings

    options: dict[str, Any] = {
        "connect_timeout": resolved.connect_timeout,
        "request_timeout": resolved.request_timeout,
        "tls": TlsSettings.from_config(resolved),
    }
    if resolved.proxies:
        from cognito_credentials.transports.via_urllib3 import Urllib3Transport

        return Urllib3Transport(proxies=resolved.proxies, **options)
    from cognito_credentials.transports.direct import DirectTransport

    return DirectTransport(**options)


def checked_url(url: object, what: str) -> str:
    """Return an address that tokens and keys may be got from: https, or http on this machine.

    Raises:
        ConfigurationError: It is no such address.
    """
    text = url if isinstance(url, str) else ""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        host = ""
        parts = urlsplit("")
    if "@" in parts.netloc:
        raise ConfigurationError(f"{what} has a user name or a password in its address")
    if not host or parts.fragment:
        raise ConfigurationError(f"{what} is {text!r}, which is no address")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ConfigurationError(
            f"{what} is {text!r}: it must begin with https://",
            hint="Without TLS anybody on the way can sign in as you; http is for this machine alone.",
        )
    return text


class Answer:
    """What Authlib needs of an answer."""

    __slots__ = ("_body", "status_code", "url")

    def __init__(self, response: HttpResponse, url: str) -> None:
        self._body = response.body
        self.status_code = response.status
        self.url = url

    def json(self) -> Any:
        """Return the body's JSON; raises `ValueError` where it is none."""
        try:
            return json.loads(self._body)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None

    def raise_for_status(self) -> None:
        """Refuse an answer that is none of OAuth's: a gateway's page, for one."""
        host = urlsplit(self.url).netloc
        raise MalformedResponseError(
            f"{host} answered with HTTP {self.status_code}, and not with what was asked for",
            hint="Try again; if it stays so, check the issuer's address.",
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON object that it is.

        Raises:
            MalformedResponseError: It is none, or an error.
        """
        if self.status_code >= 400:  # noqa: PLR2004
            self.raise_for_status()
        return self.any_document()

    def any_document(self) -> dict[str, Any]:
        """Return the JSON object that it is, an error or not."""
        try:
            document = self.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            self.raise_for_status()
        return document  # type: ignore[no-any-return]  # pyright: ignore[reportUnknownVariableType]


class Http:
    """Send through a transport; has the `post` of a session of `requests`, which Authlib calls."""

    def __init__(self, transport: Transport, user_agent: str) -> None:
        self.transport = transport
        self._user_agent = user_agent

    def get(self, url: str) -> Answer:
        """Get a public document."""
        return self._send("GET", url, {"Accept": "application/json"}, b"")

    def post(
        self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any = None
    ) -> Answer:
        """Post a form; `auth` is Authlib's, and adds who the client is."""
        body = urlencode(data)
        if auth is not None:
            url, headers, body = auth.prepare("POST", url, dict(headers), body)
        return self._send("POST", url, headers, body.encode())

    def post_json(self, url: str, headers: dict[str, str], document: dict[str, Any]) -> Answer:
        """Post JSON, as AWS's own protocol has it."""
        return self._send("POST", url, headers, json.dumps(document).encode())

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        headers = {**headers, "User-Agent": self._user_agent}
        # Without its query, where others may have put what identifies somebody.
        address = url.partition("?")[0]
        operation = headers.get("X-Amz-Target", "").partition(".")[2]
        called = f"{method} {address}" + (f" {operation}" if operation else "")
        sent = time.monotonic()
        try:
            with logs.Wait(f"an answer from {address}"):
                response = self.transport.send(HttpRequest(method, url, headers, body))
        except CognitoCredentialsError as error:
            logs.debug("%s: %s in %.0f ms", called, error.reason, 1000 * (time.monotonic() - sent))
            raise
        milliseconds = 1000 * (time.monotonic() - sent)
        logs.debug("%s: HTTP %d in %.0f ms", called, response.status, milliseconds)
        return Answer(response, url)
