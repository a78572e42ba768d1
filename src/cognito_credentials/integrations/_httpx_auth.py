"""The `Auth` classes that sign requests for httpx and httpx2, which have the same interface.

`integrations.httpx` and `integrations.httpx2` import this module on first use.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from functools import cache
from typing import TYPE_CHECKING, Any

from cognito_credentials._external_text import HiddenBytes
from cognito_credentials.integrations._providers import any_cache, async_cache, sync_cache
from cognito_credentials.integrations._request_signing import (
    REJECTION_STATUSES,
    SECURITY_TOKEN,
    RequestSigner,
    get_origin,
    is_token_rejected,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    import httpx

    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.user_credentials import UserCredentials
    from cognito_credentials.credentials import Credentials

    SyncCache: TypeAlias = CredentialsCache | UserCredentials
    AsyncCache: TypeAlias = AsyncCredentialsCache | AsyncUserCredentials

# Each redirect that the client follows within the origin requires a new signature.
MAX_SIGNATURES = 5


class TokenOnlyInTransport:
    """Mixin for the headers of a signed request; only the transport sees the session token.

    The client copies the headers into a redirected request, except `Authorization` if the host
    differs. The copy does not contain the session token, so no other host receives the token.
    """

    def __init__(self, headers: httpx.Headers, session_token: str) -> None:
        self._session_token = HiddenBytes(session_token.encode())
        super().__init__(headers)  # type: ignore[call-arg]

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = super().raw  # type: ignore[misc]
        return [*headers, (SECURITY_TOKEN.encode(), self._session_token)]


class SigningFlows:
    """Mixin for `httpx.Auth` that signs each request with the provider's current credentials.

    Thread-safe. A sync provider works with `Client`, an async provider with `AsyncClient`.
    """

    def __init__(self, library: Any, provider: Any, signer: RequestSigner) -> None:
        self._library = library
        self._provider = provider
        self._signer = signer
        self._sync_cache: SyncCache | None = None
        self._async_cache: AsyncCache | None = None

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        cache = self._sync_cache
        if cache is None:
            cache = self._sync_cache = sync_cache(self._provider, alternative="AsyncClient")
        exchange = Exchange(self._library, self._signer, request)
        if exchange.must_read:
            request.read()
        credentials = cache.get()
        while True:
            response = yield exchange.sign(credentials)
            if response.status_code not in REJECTION_STATUSES:
                return
            if exchange.is_token_rejected(response, response.read()):
                cache.mark_rejected(credentials.access_key_id)
                credentials = cache.get()
            if not exchange.should_repeat(response, credentials):
                return

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        cache = self._async_cache
        if cache is None:
            cache = self._async_cache = async_cache(self._provider, alternative="Client")
        exchange = Exchange(self._library, self._signer, request)
        if exchange.must_read:
            await request.aread()
        credentials = await cache.get()
        while True:
            response = yield exchange.sign(credentials)
            if response.status_code not in REJECTION_STATUSES:
                return
            if exchange.is_token_rejected(response, await response.aread()):
                cache.mark_rejected(credentials.access_key_id)
                credentials = await cache.get()
            if not exchange.should_repeat(response, credentials):
                return

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._signer!r} from {self._provider!r}>"


class Exchange:
    """State of one request: its current credentials, and the number of signatures."""

    def __init__(self, library: Any, signer: RequestSigner, request: httpx.Request) -> None:
        self._library = library
        self._signer = signer
        self._request = request
        self._origin = get_origin(str(request.url))
        self._credentials: Credentials | None = None
        self._signatures = 0
        self._is_rejected = False

    @property
    def must_read(self) -> bool:
        """Whether the body must be read into memory, because the signature covers the body."""
        url = str(self._request.url)
        return not self._is_in_memory and not self._signer.allows_unsigned_payload(url)

    @property
    def _is_in_memory(self) -> bool:
        return isinstance(self._request.stream, self._library.ByteStream)

    def sign(self, credentials: Credentials) -> httpx.Request:
        """Return the request, signed with the credentials."""
        request = self._request
        self._credentials = credentials
        self._signatures += 1
        request.url = self._library.URL(self._signer.encode_url(str(request.url)))
        headers = self._library.Headers(request.headers)
        added = self._signer.sign(
            credentials,
            request.method,
            str(request.url),
            headers.multi_items(),
            request.read() if self._is_in_memory else None,
        )
        session_token = added.pop(SECURITY_TOKEN)
        headers.update(added)
        headers.pop(SECURITY_TOKEN, None)
        signed_headers, _ = _create_classes(self._library)
        request.headers = signed_headers(headers, session_token)
        return request

    def is_token_rejected(self, response: httpx.Response, body: bytes) -> bool:
        """Return True if the service rejected the session token. Later calls return False."""
        if self._is_rejected or response.request is not self._request:
            return False
        self._is_rejected = is_token_rejected(response.headers.get("x-amzn-errortype"), body)
        return self._is_rejected

    def should_repeat(self, response: httpx.Response, credentials: Credentials) -> bool:
        """Return True if the request should be signed again after a rejection."""
        if self._signatures >= MAX_SIGNATURES:
            return False
        redirected = response.request
        if redirected is not self._request:
            # The client has followed a redirect, so the redirected request has no valid signature.
            self._request = redirected
            return get_origin(str(redirected.url)) == self._origin
        return credentials != self._credentials and self._is_in_memory


@cache
def _create_classes(library: Any) -> tuple[Any, Any]:
    """Return the classes for the headers and for the `Auth` of httpx or httpx2."""
    return (
        type("SignedHeaders", (TokenOnlyInTransport, library.Headers), {}),
        type("SigV4Auth", (SigningFlows, library.Auth), {}),
    )


def create_auth(library: Any, provider: Any, *, service: str, region: str | None) -> Any:
    """Return an `Auth` for httpx or httpx2; see `integrations.httpx.auth`."""
    region = region or any_cache(provider).provider.region
    _, auth = _create_classes(library)
    return auth(library, provider, RequestSigner(service, region))
