"""Cached credentials for tasks."""

from __future__ import annotations

from collections.abc import Callable

from cognito_credentials import _typing as t
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._base.cache import BaseCache, check_provider
from cognito_credentials._base.checks import check_store
from cognito_credentials._base.jitter import random_jitter
from cognito_credentials._validation import check_argument_names
from cognito_credentials.credentials import Credentials
from cognito_credentials.policy import RefreshPolicy

__all__ = ["AsyncCredentialsCache"]


class AsyncCredentialsCache(BaseCache):
    """Cache of one provider's credentials that refreshes them before they expire.

    Well before the credentials expire, a single refresh runs in the background, and no caller waits
    for it. If the refresh fails, the cached credentials continue to be used, one warning is logged,
    and the next attempt follows 5 to 10 minutes later. In the last minute, callers wait for the
    refresh. After the credentials have expired, callers also wait for the refresh; if it fails,
    each caller raises its own copy of the error.

    Concurrent tasks share a fetch, which continues if a caller is canceled. A cache can be used in
    one event loop after another, and retains its credentials. Event loops that run at the same time
    do not share a fetch: if two of them make a guest's first call at the same time, each of them
    creates an identity. Make the first call before the second event loop starts, or pass a store.

    A cache belongs to one user, like a boto3 session: if a supplier returns the token of another user,
    the cached credentials of the first user are returned until the next refresh. Create a cache for
    each user, use a broker, or call `invalidate` when the user signs out.

    Args:
        provider: Provider that fetches the credentials.
        policy: Determines when credentials are refreshed; None means `RefreshPolicy()`.
        store: A store through which processes or hosts share credentials, so that only one of them
            fetches; see `cognito_credentials.stores`. The store also retains the identity ID,
            unless the provider has an identity ID cache. If the store is unavailable, each process
            fetches on its own.
        random: Function that returns a random number of at least 0 and less than 1, for the jitter.

    Raises:
        ConfigurationError: If an argument is invalid.
    """

    __module__ = "cognito_credentials.aio"

    @check_argument_names
    def __init__(
        self,
        provider: AsyncCognitoCredentialProvider,
        policy: RefreshPolicy | None = None,
        *,
        store: t.AnyStore | None = None,
        random: Callable[[], float] = random_jitter,
    ) -> None:
        check_provider(provider, is_async=True)
        check_store(store, is_async=True)
        super().__init__(provider, policy, store, random)
        self.provider: AsyncCognitoCredentialProvider = provider

    async def get(self, min_remaining: float = 0.0) -> Credentials:
        """Return valid credentials.

        Args:
            min_remaining: Seconds for which the credentials must still be valid, for example before
                signing a URL. If the cached credentials expire sooner, the call waits for new
                credentials.

        Raises:
            ExpiredOnArrivalError: If the fetched credentials expired before the call could return
                them; the next call fetches again.
            ConfigurationError: If the cache is closed, `min_remaining` is invalid, or new
                credentials are valid for less than `min_remaining` seconds.
            CognitoCredentialsError: If there are no valid credentials and the fetch failed.
        """
        fresh = self._get_fresh()
        if fresh is not None and not min_remaining:
            return fresh
        credentials: Credentials = await self._driver.call(self._refresher.get(min_remaining))
        return credentials

    async def aclose(self) -> None:
        """Close the cache and discard its credentials; `get` then raises an error."""
        self._state.close()
