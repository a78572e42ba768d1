"""Signed requests with httpx: OpenSearch, AppSync, API Gateway, Bedrock AgentCore, MCP over HTTP.

    import httpx

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.httpx import auth

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    client = httpx.Client(auth=auth(provider, service="execute-api"))
    client.get("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod/items")

With `httpx.AsyncClient`, pass a provider from `cognito_credentials.aio`. Each request is signed
with credentials from the provider's cache, so the client can be used for any length of time.
"""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials.integrations._libraries import require_library

__all__ = ["auth"]


def auth(provider: t.Any, *, service: str, region: str | None = None) -> t.HttpxAuth:
    """Create an `httpx.Auth` that signs requests with Signature Version 4.

    The signature covers the body, so httpx reads a streamed body into memory first. Only a streamed
    body for S3 over HTTPS is sent unsigned. If the service rejects the session token, the request is
    repeated once with new credentials.

    A redirect within the origin is signed again; a redirect to another origin is not signed, and
    receives no session token. Hooks see all headers of a signature except the session token.

    Args:
        provider: A provider, a cache, or the object that `user(...)` of a broker returns; sync for
            `httpx.Client`, async for `httpx.AsyncClient`. With a provider, the cache that its
            `cached()` returns is used. The caller must close the object. A `ProviderConfig` works
            with both clients.
        service: Name of the service in the signature: `es` for OpenSearch Service, `aoss` for
            OpenSearch Serverless, `appsync`, `execute-api` for API Gateway, `bedrock-agentcore`,
            `lambda` for function URLs, `s3`.
        region: Region of the endpoint; by default, the region of the identity pool.

    Raises:
        ConfigurationError: If httpx is not installed or an argument is invalid.
    """
    with require_library("httpx", extra="httpx", minimum="0.25"):
        import httpx

        from cognito_credentials.integrations._httpx_auth import create_auth
    signer: t.HttpxAuth = create_auth(httpx, provider, service=service, region=region)
    return signer
