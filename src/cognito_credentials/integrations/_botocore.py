"""The credentials objects that botocore's signers read, and their way into a botocore session.

boto3, aiobotocore and aioboto3 all stand on botocore. Its `RefreshableCredentials` are of no use
here: they would be a second cache with windows of their own, in which every thread waits (or
fails, though the credentials still work) from ten minutes before the end. These objects hold
nothing but the last generation that they handed out; when to renew is the cache's business.

Importing this module imports botocore: only the functions of the modules beside it do.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from botocore.credentials import CredentialProvider, ReadOnlyCredentials
from botocore.credentials import Credentials as BotocoreCredentials

from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime
    from typing import NoReturn, TypeAlias

    import botocore.session

    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.user_credentials import UserCredentials
    from cognito_credentials.credentials import Credentials

    Cache: TypeAlias = CredentialsCache | UserCredentials
    AsyncCache: TypeAlias = AsyncCredentialsCache | AsyncUserCredentials

METHOD = "cognito-identity"

# botocore 1.34 has no account_id here yet.
FIELDS = len(ReadOnlyCredentials._fields)


class CachedCredentials(BotocoreCredentials):
    """What both sides share.

    `get_frozen_credentials` gives key, secret and token of one generation, as one object that
    stays the same until the next generation. Cannot be pickled or copied, like botocore's own
    refreshing credentials: it is tied to a cache, its connections and its clock. What may be
    pickled is the value that the cache's `get` returns.
    """

    method = METHOD

    # botocore's own __init__ is not called: it would copy one generation's values.
    def __init__(self, cache: Cache | AsyncCache) -> None:
        self._cache = cache
        # One tuple, replaced whole: threads must never see the keys of one and the time of another.
        self._last: tuple[Credentials | None, ReadOnlyCredentials | None] = (None, None)

    def _freeze(self, credentials: Credentials) -> ReadOnlyCredentials:
        generation, frozen = self._last
        if generation is not credentials or frozen is None:
            values = (
                credentials.access_key_id,
                credentials.secret_access_key,
                credentials.session_token,
                credentials.account_id,
            )
            frozen = ReadOnlyCredentials(*values[:FIELDS])
            self._last = credentials, frozen
        return frozen

    @property
    def _expiry_time(self) -> datetime | None:
        # Private to botocore, but read by polars and by `aws configure export-credentials`, after
        # the keys: so it is the time of the keys that were handed out last.
        generation, _ = self._last
        return None if generation is None else generation.expiration

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it is tied to a cache. Pickle the "
            "credentials that the cache's get() returns, or make a session in the other process."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} from {self._cache!r}>"


class CognitoCredentials(CachedCredentials):
    """What boto3 gets. Any thread may read it; a read of fresh credentials takes no lock.

    The attributes are read one by one and may straddle a renewal: take
    `get_frozen_credentials()` for more than one of them.
    """

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache)
        self._get = cache.get

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return credentials that are valid now; waits where the cache has to fetch."""
        return self._freeze(self._get())

    @property
    def access_key(self) -> str:  # type: ignore[override]
        return self._get().access_key_id

    @property
    def secret_key(self) -> str:  # type: ignore[override]
        return self._get().secret_access_key

    @property
    def token(self) -> str:  # type: ignore[override]
        return self._get().session_token

    @property
    def account_id(self) -> str | None:
        return self._get().account_id


class AioCognitoCredentials(CachedCredentials):
    """What aiobotocore gets: as `CognitoCredentials`, awaited. Has no plain attributes to read."""

    def __init__(self, cache: AsyncCache) -> None:
        super().__init__(cache)
        self._get = cache.get

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:  # type: ignore[override]
        """Return credentials that are valid now; waits where the cache has to fetch."""
        return self._freeze(await self._get())

    async def get_access_key(self) -> str:
        return (await self._get()).access_key_id

    async def get_secret_key(self) -> str:
        return (await self._get()).secret_access_key

    async def get_token(self) -> str:
        return (await self._get()).session_token

    async def get_account_id(self) -> str | None:
        return (await self._get()).account_id

    def __getattr__(self, name: str) -> NoReturn:
        hint = ""
        if name in ("access_key", "secret_key", "token", "account_id"):
            hint = f": await get_{name}(), or get_frozen_credentials() for all of one generation"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")


class CognitoProvider(CredentialProvider):
    """The first link of a session's chain: always has credentials, so that no other is asked."""

    METHOD = METHOD
    CANONICAL_NAME = "customCognitoIdentity"  # botocore's rule for names that are not its own

    def __init__(self, credentials: CognitoCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> CognitoCredentials:
        return self._credentials


class AioCognitoProvider(CredentialProvider):
    """The awaited twin of `CognitoProvider`."""

    METHOD = CognitoProvider.METHOD
    CANONICAL_NAME = CognitoProvider.CANONICAL_NAME

    def __init__(self, credentials: AioCognitoCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    async def load(self) -> AioCognitoCredentials:
        return self._credentials


def install(session: Any, provider: CognitoProvider | AioCognitoProvider) -> None:
    """Put the provider before all others of a botocore session, or of one that wraps one.

    Raises:
        ConfigurationError: The session is of the other kind, or has its credentials already.
    """
    inner: botocore.session.Session = getattr(session, "_session", session)
    if not hasattr(inner, "get_component"):
        raise ConfigurationError(
            f"session is of type {type(session).__name__}, not a botocore session"
        )
    is_async = iscoroutinefunction(inner.get_credentials)
    if is_async != iscoroutinefunction(provider.load):
        raise ConfigurationError(
            f"the session is {'asynchronous' if is_async else 'not asynchronous'}, "
            f"and the provider is {'not' if is_async else 'so'}",
            hint="Plain providers belong to integrations.boto3, those of cognito_credentials.aio "
            "to integrations.aiobotocore and integrations.aioboto3.",
        )
    # botocore resolves once and keeps the answer; there is no public way to ask whether it has.
    if inner._credentials is not None:  # type: ignore[attr-defined]  # noqa: SLF001
        raise ConfigurationError(
            "the session has credentials already, and its clients go on with them",
            hint="Install the provider before anything else uses the session, and make the "
            "session without keys; or use the integration's session() to make one.",
        )
    inner.get_component("credential_provider").providers.insert(0, provider)


def default_region(session: botocore.session.Session, region: str) -> None:
    """Give the session a region where neither its maker, the environment nor a profile does."""
    if session.get_config_variable("region") is None:
        session.set_config_variable("region", region)
