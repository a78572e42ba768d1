"""Credentials objects for botocore, which boto3, aiobotocore and aioboto3 are built on.

The classes do not derive from botocore's `RefreshableCredentials`, which would be a second cache
with its own refresh windows: ten minutes before the expiration, every thread would wait for a
refresh, or raise an error although the credentials are still valid. The objects store only the
credentials that they returned last, and the cache refreshes the credentials.

The other modules import this module inside their functions, because it imports botocore.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from botocore.credentials import CredentialProvider, ReadOnlyCredentials
from botocore.credentials import Credentials as BotocoreCredentials

from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError
from cognito_credentials.integrations._botocore_errors import as_retrieval_error
from cognito_credentials.integrations._providers import sync_cache
from cognito_credentials.integrations._rejections import RejectionHandlers

if TYPE_CHECKING:
    from datetime import datetime
    from typing import NoReturn, Self, TypeAlias

    import botocore.session

    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.user_credentials import UserCredentials
    from cognito_credentials.credentials import Credentials

    Cache: TypeAlias = CredentialsCache | UserCredentials
    AsyncCache: TypeAlias = AsyncCredentialsCache | AsyncUserCredentials

METHOD = "cognito-identity"
ASYNC_ALTERNATIVE = "cognito_credentials.integrations.aiobotocore or .aioboto3"

# In botocore 1.34, `ReadOnlyCredentials` has no field account_id.
FIELD_COUNT = len(ReadOnlyCredentials._fields)


# The advisory refresh window of botocore's refreshable credentials.
ADVISORY_REFRESH_SECONDS = 15 * 60


class BaseCognitoCredentials(BotocoreCredentials):
    """Base of the sync and async credentials.

    `get_frozen_credentials` returns the same object until the cache has refreshed the credentials.
    A copy uses the same cache. Like botocore's refreshable credentials, the objects cannot be
    pickled or deep-copied, because the cache holds open connections and a clock.
    """

    method = METHOD

    # This method does not call `__init__` of the botocore class, which would copy the values.
    def __init__(self, cache: Cache | AsyncCache) -> None:
        self.cache = cache
        # Threads replace this tuple as a whole, so that no thread combines the keys from one fetch
        # with the expiration from another fetch.
        self._last: tuple[Credentials | None, ReadOnlyCredentials | None] = (None, None)

    def _freeze(self, credentials: Credentials) -> ReadOnlyCredentials:
        last, frozen = self._last
        if last is not credentials or frozen is None:
            values = (
                credentials.access_key_id,
                credentials.secret_access_key,
                credentials.session_token,
                credentials.account_id,
            )
            frozen = ReadOnlyCredentials(*values[:FIELD_COUNT])
            self._last = credentials, frozen
        return frozen

    @property
    def last_access_key_id(self) -> str | None:
        """The access key ID that was returned last; None before the first fetch."""
        _, frozen = self._last
        return None if frozen is None else frozen.access_key

    def refresh_needed(self, refresh_in: float | None = None) -> bool:
        """Return True if the last returned credentials expire soon, or if none were returned yet.

        The cache refreshes the credentials itself, so no caller has to act on the result.

        Args:
            refresh_in: Seconds before the expiration; if None, 15 minutes, as in botocore.
        """
        last, _ = self._last
        if last is None:
            return True
        window = ADVISORY_REFRESH_SECONDS if refresh_in is None else refresh_in
        return last.remaining.total_seconds() < window

    @property
    def _expiry_time(self) -> datetime | None:
        # polars and `aws configure export-credentials` read this private attribute of botocore after
        # the keys, so it must be the expiration of the keys that were returned last.
        last, _ = self._last
        return None if last is None else last.expiration

    def __copy__(self) -> Self:
        copied = type(self)(self.cache)
        copied._last = self._last  # noqa: SLF001 - defined in this class
        return copied

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or deep-copied, because it belongs to a cache. "
            "Send a ProviderConfig to the other process, and create a session there."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} from {self.cache!r}>"


class CognitoCredentials(BaseCognitoCredentials):
    """Credentials for boto3. Safe to use from any thread; reading fresh credentials takes no lock.

    A refresh may happen between the reads of two attributes. Call `get_frozen_credentials()` to
    read several attributes together. As in botocore, a value that is assigned to an attribute lasts
    until the next refresh, and is not used for signatures.
    """

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache)
        self._get = cache.get
        self._assigned: dict[str, tuple[Credentials | None, str | None]] = {}

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return valid credentials; wait if the cache has to fetch them.

        Raises:
            CognitoCredentialsError: If the fetch failed. The error is also a
                `botocore.exceptions.CredentialRetrievalError`.
        """
        try:
            credentials = self._get()
        except CognitoCredentialsError as error:
            raise as_retrieval_error(error) from error.__cause__
        return self._freeze(credentials)

    def _read(self, name: str) -> Any:
        self.get_frozen_credentials()
        credentials, _ = self._last
        assigned_to, value = self._assigned.get(name, (None, None))
        return value if assigned_to is credentials else getattr(credentials, name)

    def _assign(self, name: str, value: str | None) -> None:
        self._assigned[name] = (self._last[0], value)

    @property
    def access_key(self) -> str:
        return cast("str", self._read("access_key_id"))

    @access_key.setter
    def access_key(self, value: str) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._assign("access_key_id", value)

    @property
    def secret_key(self) -> str:
        return cast("str", self._read("secret_access_key"))

    @secret_key.setter
    def secret_key(self, value: str) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._assign("secret_access_key", value)

    @property
    def token(self) -> str:
        return cast("str", self._read("session_token"))

    @token.setter
    def token(self, value: str) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._assign("session_token", value)

    @property
    def account_id(self) -> str | None:
        return cast("str | None", self._read("account_id"))

    @account_id.setter
    def account_id(self, value: str | None) -> None:
        self._assign("account_id", value)


class AioCognitoCredentials(BaseCognitoCredentials):
    """Credentials for aiobotocore: `CognitoCredentials` with async methods instead of attributes."""

    def __init__(self, cache: AsyncCache) -> None:
        super().__init__(cache)
        self._get = cache.get

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:  # type: ignore[override]
        """Return valid credentials; wait if the cache has to fetch them.

        Raises:
            CognitoCredentialsError: If the fetch failed. The error is also a
                `botocore.exceptions.CredentialRetrievalError`.
        """
        try:
            credentials = await self._get()
        except CognitoCredentialsError as error:
            raise as_retrieval_error(error) from error.__cause__
        return self._freeze(credentials)

    async def get_access_key(self) -> str | None:
        return (await self.get_frozen_credentials()).access_key

    async def get_secret_key(self) -> str | None:
        return (await self.get_frozen_credentials()).secret_key

    async def get_token(self) -> str | None:
        return (await self.get_frozen_credentials()).token

    async def get_account_id(self) -> str | None:
        await self.get_frozen_credentials()
        credentials, _ = self._last
        return None if credentials is None else credentials.account_id

    def __getattr__(self, name: str) -> NoReturn:
        hint = ""
        if name in ("access_key", "secret_key", "token", "account_id"):
            hint = f". Await get_{name}(), or get_frozen_credentials() for all values"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")


class CognitoProvider(CredentialProvider):
    """Provider for the credential chain of a session; always returns credentials."""

    METHOD = METHOD
    CANONICAL_NAME = (
        "customCognitoIdentity"  # botocore reserves names that do not begin with `custom`
    )

    def __init__(self, credentials: CognitoCredentials) -> None:
        super().__init__()
        self.credentials = credentials

    def load(self) -> CognitoCredentials:
        return self.credentials


class AioCognitoProvider(CredentialProvider):
    """Async version of `CognitoProvider`."""

    METHOD = CognitoProvider.METHOD
    CANONICAL_NAME = CognitoProvider.CANONICAL_NAME

    def __init__(self, credentials: AioCognitoCredentials) -> None:
        super().__init__()
        self.credentials = credentials

    async def load(self) -> AioCognitoCredentials:
        return self.credentials


def get_cache(provider: Any) -> Cache:
    """Return the cache of a sync provider; see `sync_cache`."""
    return sync_cache(provider, alternative=ASYNC_ALTERNATIVE)


def create_provider(provider: Any) -> CognitoProvider:
    """Return the botocore provider for a sync provider; see `sync_cache`."""
    return CognitoProvider(CognitoCredentials(get_cache(provider)))


def install_with_region(session: Any, provider: Any) -> None:
    """Install `provider`, or else a provider for the session's profile, and set the default region.

    Raises:
        ConfigurationError: If the provider is async, the profile names no identity pool, or
            `install` raises the error.
    """
    inner = check_session(session, is_async=False)
    if provider is not None:
        cache = get_cache(provider)
    else:
        from cognito_credentials.integrations._profiles import create_profile_cache

        cache = create_profile_cache(inner)
    install(session, CognitoProvider(CognitoCredentials(cache)))
    set_default_region(inner, cache.provider.region)


def install(session: Any, provider: CognitoProvider | AioCognitoProvider) -> None:
    """Put the provider first in the credential chain of a boto3 or botocore session.

    If a service rejects credentials, the session's clients report the rejection to the provider's
    cache.

    Raises:
        ConfigurationError: If the argument is not a session, the session and the provider are not
            both sync or both async, or the session already has credentials.
    """
    inner = check_session(session, is_async=iscoroutinefunction(provider.load))
    # botocore resolves the credentials of a session once; only this private attribute shows the
    # result.
    if inner._credentials is not None:  # type: ignore[attr-defined]  # noqa: SLF001
        raise ConfigurationError(
            "session already has credentials, which its clients would continue to use",
            hint="Create the session without keys and install the provider before the session is "
            "used, or create the session with session() of the integration.",
        )
    inner.get_component("credential_provider").providers.insert(0, provider)
    RejectionHandlers(provider.credentials).register(inner)


def install_profile(session: Any) -> None:
    """Install a provider for the profile of an async session, and set the default region.

    Raises:
        ConfigurationError: If the profile names no identity pool, or `install` raises the error.
    """
    from cognito_credentials.integrations._async_views import AsyncView
    from cognito_credentials.integrations._profiles import create_profile_cache

    inner = check_session(session, is_async=True)
    # The command's settings and store are sync, so the cache is wrapped.
    cache: Any = AsyncView(create_profile_cache(inner))
    install(session, AioCognitoProvider(AioCognitoCredentials(cache)))
    set_default_region(inner, cache.provider.region)


def check_session(session: Any, *, is_async: bool) -> botocore.session.Session:
    """Check that a session is sync or async, and return its botocore session.

    Raises:
        ConfigurationError: If the argument is not a session of the right kind, sync or async.
    """
    inner: botocore.session.Session = getattr(session, "_session", session)
    if not hasattr(inner, "get_component"):
        raise ConfigurationError(
            f"session must be a boto3 or botocore session, not {type(session).__name__}",
            hint="Pass a session such as boto3.Session(), or call session(provider) to create one.",
        )
    is_async_session = iscoroutinefunction(inner.get_credentials)
    if is_async_session != is_async:
        kinds = ("an async session", "a sync provider")
        if not is_async_session:
            kinds = ("a sync session", "an async provider")
        raise ConfigurationError(
            f"{kinds[0]} cannot use {kinds[1]}",
            hint="Use integrations.boto3 with sync sessions and providers, and "
            "integrations.aiobotocore or integrations.aioboto3 with async sessions and providers.",
        )
    return inner


def set_default_region(session: botocore.session.Session, region: str) -> None:
    """Set the region of a session unless an argument, the environment or a profile sets it."""
    if session.get_config_variable("region") is None:
        session.set_config_variable("region", region)
