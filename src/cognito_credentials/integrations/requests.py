"""Signed requests with requests: OpenSearch, AppSync, API Gateway, Lambda function URLs.

    import requests

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.requests import auth

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    session = requests.Session()
    session.auth = auth(provider, service="execute-api")
    session.get("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod/items")

Each request is signed with credentials from the provider's cache, so the session can be used for
any length of time.
"""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials.integrations._libraries import require_library

__all__ = ["auth"]


def auth(provider: t.Any, *, service: str, region: str | None = None) -> t.RequestsAuth:
    """Create an `AuthBase` of requests that signs requests with Signature Version 4.

    The signature covers the body, so the body must be bytes, text or a seekable file. Only a stream
    for S3 over HTTPS is sent unsigned. If the service rejects the session token, the request is
    repeated once with new credentials.

    A redirect within the origin is signed again; a redirect to another origin is not signed, and
    receives no session token.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. With a provider, the cache that its `cached()` returns is used. The caller must
            close the object.
        service: Name of the service in the signature: `es` for OpenSearch Service, `aoss` for
            OpenSearch Serverless, `appsync`, `execute-api` for API Gateway, `bedrock-agentcore`,
            `lambda` for function URLs, `s3`.
        region: Region of the endpoint; by default, the region of the identity pool.

    Raises:
        ConfigurationError: If requests is not installed, the provider is async, or an argument is
            invalid.
    """
    with require_library("requests", extra="requests", minimum="2.31"):
        from cognito_credentials.integrations._requests_auth import SigV4Auth
    from cognito_credentials.integrations._providers import sync_cache
    from cognito_credentials.integrations._request_signing import RequestSigner

    cache = sync_cache(provider, alternative="cognito_credentials.integrations.httpx or .aiohttp")
    return SigV4Auth(cache, RequestSigner(service, region or cache.provider.region))
