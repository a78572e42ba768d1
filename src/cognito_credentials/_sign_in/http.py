"""HTTP client for sign-in, which adapts the transports of the library to Authlib."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from cognito_credentials._core import logs
from cognito_credentials._core.hints import Hint
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._external_text import HiddenBytes, HiddenText, hide
from cognito_credentials.errors import CognitoCredentialsError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import HttpResponse, Transport

__all__ = ["HttpClient", "JsonResponse", "create_transport"]


def create_transport(config: ResolvedConfig) -> Transport:
    """Return a transport for requests to any issuer.

    If proxies are configured, the transport selects the proxy for the URL of each request.
    """
    from cognito_credentials.transports._tls import TlsSettings

    options: dict[str, Any] = {
        "connect_timeout": config.connect_timeout,
        "request_timeout": config.request_timeout,
        "tls": TlsSettings.from_config(config),
    }
    if config.proxies:
        from cognito_credentials.transports.via_urllib3 import Urllib3Transport

        return Urllib3Transport(proxies=config.proxies, **options)
    from cognito_credentials.transports.direct import DirectTransport

    return DirectTransport(**options)


class JsonResponse:
    """Response from an issuer, with the attributes of a `requests` response that Authlib uses."""

    __slots__ = ("_body", "headers", "status_code", "url")

    def __init__(self, response: HttpResponse, url: str) -> None:
        self._body = response.body
        self.headers: dict[str, str] = response.headers
        self.status_code: int = response.status
        self.url: str = url

    @property
    def is_error(self) -> bool:
        """True if the status is 400 or higher."""
        return self.status_code >= HTTPStatus.BAD_REQUEST

    def json(self) -> Any:
        """Return the parsed JSON body.

        Raises:
            ValueError: If the body is not JSON.
        """
        try:
            return json.loads(self._body)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None

    def raise_for_status(self) -> None:
        """Raise MalformedResponseError for a response that is not a valid OAuth response.

        Authlib calls this method for server errors and for responses that are not JSON objects.
        """
        host = urlsplit(self.url).netloc
        raise MalformedResponseError(
            f"{host} sent an unexpected response with HTTP status {self.status_code}",
            hint="Try again. If the error persists, check the URL of the issuer.",
        )

    def json_object(self, *, accept_errors: bool = False) -> dict[str, Any]:
        """Return the JSON object of the response.

        Args:
            accept_errors: Whether to return the object even if the HTTP status is an error.

        Raises:
            MalformedResponseError: If the body is not a JSON object, or if the status is an error
                and `accept_errors` is False.
        """
        if self.is_error and not accept_errors:
            self.raise_for_status()
        try:
            document = self.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            self.raise_for_status()
        return document  # type: ignore[no-any-return]  # pyright: ignore[reportUnknownVariableType]


class HttpClient:
    """HTTP client with the methods that Authlib calls on a `requests` session.

    Args:
        transport: Transport for the requests.
        user_agent: User-Agent header of the requests.
        url_setting: The option that determines the URLs of the requests, for hints.
    """

    def __init__(
        self, transport: Transport, user_agent: str, *, url_setting: str = "--issuer"
    ) -> None:
        self.transport = transport
        self._user_agent = user_agent
        # The transports' hints name the settings of identity pools, so replace these names with the
        # setting of the issuer.
        self._wordings: dict[str, str] = dict.fromkeys(
            ("endpoint_url", "host_setting"), url_setting
        )

    def get(self, url: str) -> JsonResponse:
        """Request a JSON document."""
        return self._send("GET", url, {"Accept": "application/json"}, b"")

    def post(
        self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any = None
    ) -> JsonResponse:
        """Post a form.

        Args:
            url: URL of the request.
            data: Fields of the form.
            headers: Headers of the request.
            auth: Authlib object that adds the client ID and the client secret to the request.
        """
        data = hide(data)
        body = HiddenText(urlencode(data))
        if auth is not None:
            url, headers, body = hide(auth.prepare("POST", url, dict(headers), body))
        return self._send("POST", url, headers, HiddenBytes(body.encode()))

    def post_json(
        self, url: str, headers: dict[str, str], document: dict[str, Any]
    ) -> JsonResponse:
        """Post a JSON document."""
        document = hide(document)
        return self._send("POST", url, headers, HiddenBytes(json.dumps(document).encode()))

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> JsonResponse:
        headers = {**headers, "User-Agent": self._user_agent}
        # The log omits the query, which may contain personal data.
        address = url.partition("?")[0]
        operation = headers.get("X-Amz-Target", "").partition(".")[2]
        request = f"{method} {address}" + (f" {operation}" if operation else "")
        started = time.monotonic()
        try:
            with logs.Wait(f"a response from {address}"):
                response = self.transport.send(HttpRequest(method, url, headers, body))
        except CognitoCredentialsError as error:
            logs.debug(
                "%s: failed (%s) after %.0f ms",
                request,
                error.reason,
                1000 * (time.monotonic() - started),
            )
            if isinstance(error.hint, Hint):
                error.hint = error.hint.render_for_command(self._wordings)
            raise
        milliseconds = 1000 * (time.monotonic() - started)
        logs.debug("%s: HTTP %d in %.0f ms", request, response.status, milliseconds)
        return JsonResponse(response, url)
