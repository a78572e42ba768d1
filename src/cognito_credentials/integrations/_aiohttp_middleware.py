"""The aiohttp client middleware that signs requests.

`integrations.aiohttp` imports this module on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yarl import URL

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._request_signing import (
    REJECTION_STATUSES,
    RequestSigner,
    get_origin,
    is_token_rejected,
)

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials.credentials import Credentials


class SigV4Middleware:
    """Middleware that signs each request to one origin with the provider's current credentials.

    aiohttp also calls the middleware for each redirect, and does not copy the headers that the
    middleware added to the first request.
    """

    def __init__(
        self,
        cache: AsyncCredentialsCache | AsyncUserCredentials,
        signer: RequestSigner,
        endpoint_url: str,
    ) -> None:
        self._cache = cache
        self._signer = signer
        self._origin = get_origin(endpoint_url)

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        if get_origin(str(request.url)) != self._origin:
            return await handler(request)
        credentials = await self._cache.get()
        can_repeat = await self._sign(request, credentials)
        response = await handler(request)
        if response.status not in REJECTION_STATUSES:
            return response
        error_type = response.headers.get("x-amzn-errortype")
        if not is_token_rejected(error_type, await response.read()):
            return response
        self._cache.mark_rejected(credentials.access_key_id)
        renewed = await self._cache.get()
        if not can_repeat or renewed == credentials:
            return response
        await self._sign(request, renewed)
        return await handler(request)

    async def _sign(self, request: ClientRequest, credentials: Credentials) -> bool:
        """Add the headers that sign a request; return True if the request can be repeated.

        Raises:
            ConfigurationError: If aiohttp would compress the body after the signature.
        """
        if request.compress:
            raise ConfigurationError(
                "a compressed body cannot be signed, because aiohttp compresses the body afterwards",
                hint="Compress the body yourself, and set the header Content-Encoding.",
            )
        request.url = URL(self._signer.encode_url(str(request.url)), encoded=True)
        is_signed = not self._signer.allows_unsigned_payload(str(request.url))
        body = request.body
        content: bytes | None = None
        if isinstance(body, bytes):
            content = body
        elif is_signed or isinstance(getattr(body, "_value", None), bytes):
            content = await body.as_bytes()
        added = self._signer.sign(
            credentials, request.method, str(request.url), request.headers.items(), content
        )
        request.headers.update(added)
        return content is not None

    def __repr__(self) -> str:
        origin = "://".join(self._origin)
        return f"<{type(self).__name__} {self._signer!r} for {origin} from {self._cache!r}>"
