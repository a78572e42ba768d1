"""Signed requests with httpx2: OpenSearch, AppSync, API Gateway, Bedrock AgentCore, MCP over HTTP.

    import httpx2

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.httpx2 import auth

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    client = httpx2.Client(auth=auth(provider, service="execute-api"))
    client.get("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod/items")

With `httpx2.AsyncClient`, pass a provider from `cognito_credentials.aio`. Each request is signed
with credentials from the provider's cache, so the client can be used for any length of time.
"""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials.integrations._libraries import require_library

__all__ = ["auth"]


def auth(provider: t.Any, *, service: str, region: str | None = None) -> t.Httpx2Auth:
    """Create an `httpx2.Auth` that signs requests with Signature Version 4.

    Like `cognito_credentials.integrations.httpx.auth`, but for httpx2 clients.

    Args:
        provider: A provider, a cache, or the object that `user(...)` of a broker returns; sync for
            `httpx2.Client`, async for `httpx2.AsyncClient`. With a provider, the cache that its
            `cached()` returns is used. The caller must close the object. A `ProviderConfig` works
            with both clients.
        service: Name of the service in the signature: `es` for OpenSearch Service, `aoss` for
            OpenSearch Serverless, `appsync`, `execute-api` for API Gateway, `bedrock-agentcore`,
            `lambda` for function URLs, `s3`.
        region: Region of the endpoint; by default, the region of the identity pool.

    Raises:
        ConfigurationError: If httpx2 is not installed or an argument is invalid.
    """
    with require_library("httpx2", extra="httpx2", minimum="2"):
        import httpx2

        from cognito_credentials.integrations._httpx_auth import create_auth
    signer: t.Httpx2Auth = create_auth(httpx2, provider, service=service, region=region)
    return signer
