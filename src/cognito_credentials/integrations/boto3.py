"""Credentials for boto3.

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.boto3 import session

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    s3 = session(provider).client("s3")

A client reads the provider's cache for each request that it signs, so it can be used for any length of
time and in any number of threads. Nothing is fetched before the first request. A presigned URL expires
with the credentials that signed it: `presign` returns a URL with its expiration.

Without a provider, the functions read the identity pool from the session's profile, as the command
`cognito-credentials` does:

    from cognito_credentials.integrations.boto3 import Session

    s3 = Session(profile_name="game").client("s3")
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._sync.provider import CognitoCredentialProvider
from cognito_credentials._sync.user_credentials import UserCredentials
from cognito_credentials.integrations._libraries import require_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.integrations._boto3_sessions import BotocoreSession, Session

__all__ = [
    "BotocoreSession",
    "PresignedUrl",
    "Session",
    "credential_provider",
    "credentials",
    "install",
    "presign",
    "session",
]


def session(
    provider: CognitoCredentialProvider
    | CredentialsCache
    | UserCredentials
    | cognito_credentials.ProviderConfig
    | None = None,
    **kwargs: Any,
) -> t.Boto3Session:
    """Create a boto3 session whose clients and resources use the provider's credentials.

    The provider's credentials take precedence over credentials in the environment and in profiles.
    All other settings come from the usual sources of boto3; if none of them sets a region, the
    region of the identity pool is used.

    Sessions share the service models that boto3 loads. Unless `botocore_session` is passed,
    creating a session and a client is therefore much faster, and uses much less memory, than with a
    plain `boto3.Session`.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. With a provider, the cache that its `cached()` returns is used. The session
            does not close the provider; the caller must. If None, the session's profile names the
            identity pool; see `install`.
        **kwargs: Arguments of `boto3.Session`, such as `region_name`, `profile_name` and
            `botocore_session`.

    Raises:
        ConfigurationError: If boto3 is not installed, the provider is async or closed, the
            arguments include credentials, or there is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    with require_library("boto3", extra="boto3", minimum="1.34"):
        import boto3
        import botocore  # noqa: F401  # pyright: ignore[reportUnusedImport]

        from cognito_credentials.integrations import _botocore
        from cognito_credentials.integrations._botocore_sessions import create_session
    botocore_session = kwargs.pop("botocore_session", None)
    if botocore_session is None:
        botocore_session = create_session()
    boto3_session = boto3.Session(botocore_session=botocore_session, **kwargs)
    _botocore.install_with_region(boto3_session, provider)
    return boto3_session


def install(
    session: t.Boto3Session | t.BotocoreSession,
    provider: CognitoCredentialProvider
    | CredentialsCache
    | UserCredentials
    | cognito_credentials.ProviderConfig
    | None = None,
) -> None:
    """Make an existing session use the provider's credentials, for all clients created afterwards.

    The provider is placed first in the session's credential chain, ahead of the environment and the
    profiles. The region of the session does not change. To affect `boto3.client(...)` and
    `boto3.resource(...)`, install the provider into a botocore session and pass this session to
    `boto3.setup_default_session(botocore_session=...)`.

    Without a provider, the identity pool and the logins come from keys of the session's profile
    (`cognito_identity_pool_id`, `cognito_logins` and so on), or from the environment if the session
    names no profile, as with the command `cognito-credentials`. The user whom `cognito-credentials
    login` signed in is used, and credentials are shared with the command and with other processes
    through the command's store. In this case, the region of the identity pool is used if no other
    source sets a region.

    Args:
        session: The boto3 or botocore session.
        provider: A provider, a `ProviderConfig`, a cache, the object that `user(...)` of a broker
            returns, or None.

    Raises:
        ConfigurationError: If botocore is not installed, the provider or the session is async, the
            provider is closed, the session already has credentials (its clients would continue to
            use them), or there is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    with require_library("botocore", extra="boto3", minimum="1.34"):
        from cognito_credentials.integrations import _botocore
    if provider is None:
        _botocore.install_with_region(session, None)
    else:
        _botocore.install(session, _botocore.create_provider(provider))


def credentials(
    provider: CognitoCredentialProvider
    | CredentialsCache
    | UserCredentials
    | cognito_credentials.ProviderConfig,
) -> t.BotocoreCredentials:
    """Return a credentials object of botocore, for libraries that accept such an object.

    The object reads the provider's cache for each signature. Thread-safe.

    Args:
        provider: See `session`.

    Raises:
        ConfigurationError: If botocore is not installed, or the provider is async or closed.
    """
    with require_library("botocore", extra="boto3", minimum="1.34"):
        from cognito_credentials.integrations import _botocore
    return _botocore.CognitoCredentials(_botocore.get_cache(provider))


def credential_provider(
    provider: CognitoCredentialProvider
    | CredentialsCache
    | UserCredentials
    | cognito_credentials.ProviderConfig,
) -> t.BotocoreCredentialProvider:
    """Return a botocore `CredentialProvider` whose `load()` returns `credentials(provider)`.

    Args:
        provider: See `session`.

    Raises:
        ConfigurationError: If botocore is not installed, or the provider is async or closed.
    """
    with require_library("botocore", extra="boto3", minimum="1.34"):
        from cognito_credentials.integrations import _botocore
    return _botocore.create_provider(provider)


class PresignedUrl(str):
    """A presigned URL. Whoever has the URL may send the request until `expiration`.

    Attributes:
        expiration: Time after which the service rejects the URL, as an aware UTC datetime: the end
            of `expires_in`, or the expiration of the credentials if that is earlier.
    """

    __slots__ = ("expiration",)

    expiration: datetime


def presign(
    client: t.BotocoreClient,
    operation_name: str,
    params: dict[str, Any] | None = None,
    *,
    expires_in: int = 3600,
    min_remaining: float = 0,
    http_method: str | None = None,
) -> PresignedUrl:
    """Create a presigned URL that is valid for at least `min_remaining` seconds.

    A presigned URL expires with the credentials that signed it, regardless of `ExpiresIn`. This
    function fetches new credentials if the credentials in the provider's cache expire too early,
    and reports how long the URL is valid.

    Args:
        client: A client of a session that uses this library's credentials.
        operation_name: Name of the client's method, such as `get_object`.
        params: Arguments of the method.
        expires_in: Maximum number of seconds until the URL expires.
        min_remaining: Seconds for which the URL must be valid; at most `expires_in`, and at most the
            lifetime of credentials, which is one hour in the enhanced flow.
        http_method: HTTP method, if it differs from the operation's method.

    Raises:
        ConfigurationError: If the client uses other credentials, `min_remaining` is invalid, or new
            credentials, or a broker's credentials, are valid for less than `min_remaining` seconds.
        CognitoCredentialsError: If there are no valid credentials and the fetch failed.
    """
    from cognito_credentials.integrations._presigning import create_presigned_url

    url, expiration = create_presigned_url(
        client, operation_name, params or {}, expires_in, min_remaining, http_method
    )
    presigned = PresignedUrl(url)
    presigned.expiration = expiration
    return presigned


def __getattr__(name: str) -> object:
    # Import the classes on first use, because they derive from classes of boto3 and botocore.
    if name not in ("BotocoreSession", "Session"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with require_library("boto3", extra="boto3", minimum="1.34"):
        from cognito_credentials.integrations import _boto3_sessions
    return getattr(_boto3_sessions, name)
