"""Signed requests with aiohttp: OpenSearch, AppSync, API Gateway, Lambda function URLs.

    import aiohttp

    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.aiohttp import middleware

    url = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        signer = middleware(provider, service="execute-api", endpoint_url=url)
        async with aiohttp.ClientSession(middlewares=[signer]) as session:
            await session.get(f"{url}/prod/items")

Each request is signed with credentials from the provider's cache, so the session can be used for
any length of time.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from cognito_credentials import _typing as t
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import require_library

__all__ = ["middleware"]


def middleware(
    provider: t.Any, *, service: str, endpoint_url: str, region: str | None = None
) -> t.AiohttpMiddleware:
    """Create a client middleware that signs requests with Signature Version 4.

    The signature covers the body, so a streamed body is read into memory first. Only a streamed
    body for S3 over HTTPS is sent unsigned. If the service rejects the session token, the request is
    repeated once with new credentials.

    Args:
        provider: An async provider, a `ProviderConfig`, an async cache, or the object that
            `user(...)` of an async broker returns. With a provider, the cache that its `cached()`
            returns is used. The caller must close the object.
        service: Name of the service in the signature: `es` for OpenSearch Service, `aoss` for
            OpenSearch Serverless, `appsync`, `execute-api` for API Gateway, `bedrock-agentcore`,
            `lambda` for function URLs, `s3`.
        endpoint_url: URL of the service. Requests and redirects to other origins are not signed,
            and receive no session token.
        region: Region of the endpoint; by default, the region of the identity pool.

    Raises:
        ConfigurationError: If aiohttp is not installed or is older than 3.12.14, the provider is sync,
            or an argument is invalid.
    """
    minimum = "3.12.14"  # The extra also accepts older versions.
    with require_library("aiohttp", extra="aio", others=f'"aiohttp>={minimum}"', minimum=minimum):
        from cognito_credentials.integrations._aiohttp_middleware import SigV4Middleware
    from cognito_credentials.integrations._providers import async_cache
    from cognito_credentials.integrations._request_signing import RequestSigner

    cache = async_cache(provider, alternative="cognito_credentials.integrations.requests")
    if urlsplit(endpoint_url).scheme not in ("http", "https"):
        raise ConfigurationError(
            f"endpoint_url must be a URL, not {format_value(endpoint_url)}",
            hint="Pass the URL of the service, such as https://search.us-east-1.es.amazonaws.com.",
        )
    signer = RequestSigner(service, region or cache.provider.region)
    return SigV4Middleware(cache, signer, endpoint_url)
