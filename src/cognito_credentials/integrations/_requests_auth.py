"""An `AuthBase` of requests that signs each request.

`integrations.requests` imports this module on first use.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import requests
from requests.auth import AuthBase
from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._request_signing import (
    AUTHORIZATION,
    REJECTION_STATUSES,
    SECURITY_TOKEN,
    RequestSigner,
    get_origin,
    is_token_rejected,
)

if TYPE_CHECKING:
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.user_credentials import UserCredentials
    from cognito_credentials.credentials import Credentials

BLOCK_BYTES = 1024 * 1024


class SigV4Auth(AuthBase):
    """`AuthBase` that signs each request with the provider's current credentials. Thread-safe."""

    def __init__(self, cache: CredentialsCache | UserCredentials, signer: RequestSigner) -> None:
        self.cache = cache
        self.signer = signer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url = self.signer.encode_url(request.url or "")
        exchange = Exchange(self, get_origin(request.url))
        exchange.sign(request, self.cache.get())
        request.register_hook("response", exchange.handle_response)
        return request

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.signer!r} from {self.cache!r}>"


class Exchange:
    """State of one request and its redirects; each redirect is a copy of the first request."""

    def __init__(self, auth: SigV4Auth, origin: tuple[str, str]) -> None:
        self._auth = auth
        self._origin = origin
        self._credentials: Credentials | None = None

    def sign(self, request: requests.PreparedRequest, credentials: Credentials) -> None:
        """Add the headers that sign a request."""
        signer = self._auth.signer
        url = request.url = signer.encode_url(request.url or "")
        added = signer.sign(
            credentials,
            request.method or "GET",
            url,
            ((name, _as_text(value)) for name, value in request.headers.items()),
            read_body(request.body, can_stream=signer.allows_unsigned_payload(url)),
        )
        request.headers.update(added)
        self._credentials = credentials

    def handle_response(self, response: requests.Response, **options: Any) -> requests.Response:
        """Sign a redirect, or repeat a request whose session token was rejected.

        Args:
            response: The response to the request, or to a redirect.
            **options: The arguments of `requests.adapters.BaseAdapter.send`.
        """
        if response.is_redirect:
            _remove_signature(response.request)
            return response
        if response.status_code not in REJECTION_STATUSES:
            return response
        if get_origin(response.url) != self._origin:
            return response
        cache = self._auth.cache
        if AUTHORIZATION not in response.request.headers:
            response = self._repeat(response, cache.get(), options)
        error_type = response.headers.get("x-amzn-errortype")
        if (
            response.status_code in REJECTION_STATUSES
            and self._credentials is not None
            and is_token_rejected(error_type, response.content)
        ):
            cache.mark_rejected(self._credentials.access_key_id)
            credentials = cache.get()
            if credentials != self._credentials:
                response = self._repeat(response, credentials, options)
        return response

    def _repeat(
        self, response: requests.Response, credentials: Credentials, options: dict[str, Any]
    ) -> requests.Response:
        """Sign and send the request again; return the first response if the body cannot be rewound."""
        request = response.request.copy()
        if hasattr(request.body, "read"):
            try:
                rewind_body(request)
            except UnrewindableBodyError:
                return response
        self.sign(request, credentials)
        _remove_signature(response.request)
        _ = response.content  # The connection can be reused only after the body has been read.
        response.close()
        repeated: requests.Response = response.connection.send(request, **options)
        repeated.history.append(response)
        repeated.request = request
        return repeated


def _remove_signature(request: requests.PreparedRequest) -> None:
    """Remove the secrets, which would otherwise be copied into redirects to any origin."""
    for name in (AUTHORIZATION, SECURITY_TOKEN):
        request.headers.pop(name, None)


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def read_body(body: Any, *, can_stream: bool) -> bytes | str | None:
    """Return the body or its hash; None if the body is a stream that need not be signed.

    Raises:
        ConfigurationError: If the body is a stream that can be read only once.
    """
    if body is None:
        return b""
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    if can_stream:
        return None
    if not (hasattr(body, "read") and hasattr(body, "seek")):
        raise ConfigurationError(
            f"a body of type {type(body).__name__} cannot be signed, because it can be read only once",
            hint="Pass bytes or a file that is opened in binary mode.",
        )
    digest, position = hashlib.sha256(), body.tell()
    while block := body.read(BLOCK_BYTES):
        digest.update(block)
    body.seek(position)
    return digest.hexdigest()
