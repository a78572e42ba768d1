"""Credentials that are always ready, for tasks; the awaited twin of `_sync/cache.py`."""

from __future__ import annotations

import random
from collections.abc import Callable

from cognito_credentials import _typing as t
from cognito_credentials._aio.flight import Flights
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._base.cache import RefreshState, enough, lives
from cognito_credentials._base.provider import check_provider
from cognito_credentials._core.freshness import Decision
from cognito_credentials.credentials import Credentials, time_of
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.policy import RefreshPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.shared_fetch import SharedFetch

__all__ = ["AsyncCredentialsCache"]

FLIGHT = "credentials"


class AsyncCredentialsCache:
    """Hold a provider's credentials and renew them before they expire.

    Well before the end, one refresh runs in a background task and nobody waits for it; should it
    fail, the credentials at hand go on, one warning is logged, and the next try comes 5 to 10
    minutes later. In the last minute callers wait for the one refresh. Once nothing valid is left,
    a failure is raised, in each waiting caller as an error of its own.

    May be used from any number of tasks: all share one fetch, which no caller's cancellation ends.
    May be used from one event loop after another; what it holds is the same in all of them. Loops
    that run side by side share no fetch: where two make a guest's first call at once, each makes an
    identity. Make that call before the second loop begins, or give a store.

    Args:
        provider: Where the credentials come from.
        policy: When to renew them.
        store: Where processes, or hosts, share them, so that one fetches for all; see
            `cognito_credentials.stores`. It keeps the identity id as well, unless the provider has
            a cache for it; where the provider's caches have several stores, each does. A store that
            is down costs the sharing and nothing else.
        random: Draws the jitter, from 0 up to 1.

    Raises:
        ConfigurationError: An argument is wrong; the message names it.
    """

    __module__ = "cognito_credentials.aio"

    def __init__(
        self,
        provider: AsyncCognitoCredentialProvider,
        policy: RefreshPolicy | None = None,
        *,
        store: t.AnyStore | None = None,
        random: Callable[[], float] = random.random,
    ) -> None:
        check_provider(provider, is_awaited=True)
        self.provider = provider
        self._holding = RefreshState(
            clock=provider.clock,
            service_now=provider.service_now,
            policy=RefreshPolicy.of(policy, provider.credential_lifetime),
            random=random,
        )
        self._shared_fetch: SharedFetch | None = None
        longest_flight = provider.longest_fetch
        if store is not None:
            from cognito_credentials._core.shared_fetch import LONGEST_SHARING

            self._shared_fetch = provider.through(store, policy)
            longest_flight += LONGEST_SHARING
        self._flights = Flights(longest_flight)
        self._closed = False

    async def get(self, min_remaining: float = 0.0) -> Credentials:
        """Return credentials that are valid now.

        Args:
            min_remaining: Seconds that they must still be good for, before signing a URL for
                example; where less is left, the call waits for new ones.

        Raises:
            ExpiredOnArrivalError: If the fetched credentials expired before the cache or the
                caller had them; the next call fetches.
            CognitoCredentialsError: There are none, and none could be fetched; or, with
                `min_remaining`, none that live so long.
        """
        credentials = self._holding.fresh()
        if credentials is not None and not min_remaining:
            return credentials
        return await self._get(min_remaining)

    def peek(self) -> Credentials | None:
        """Return the credentials at hand, if they are valid; never fetches."""
        return self._holding.peek()

    def invalidate(self, rejected: Credentials | None = None) -> None:
        """Throw away what is held, or under way, so that the next `get` fetches.

        With `rejected`, only if it is what is held: a caller whose credentials were refused must
        not throw away the newer ones that another caller has fetched since.
        """
        self._holding.invalidate(rejected)

    async def aclose(self) -> None:
        """Forget the credentials; `get` raises from now on. The provider stays open."""
        self._closed = True
        self._holding.invalidate(None)

    async def _get(self, min_remaining: float) -> Credentials:
        if self._closed:
            raise ConfigurationError("this cache is closed, or its provider is: make another")
        epoch = self._holding.epoch
        background = flight = FLIGHT, epoch, 0.0
        if self._shared_fetch is not None and min_remaining:
            # What others have fetched may be enough for a caller that does not ask for so much.
            flight = FLIGHT, epoch, min_remaining
        decision, credentials = self._holding.look(
            in_flight=self._flights.in_flight(background), min_remaining=min_remaining
        )
        if decision is Decision.SERVE_AND_REFRESH:
            self._flights.start(background, lambda: self._refresh(credentials, epoch))
        if decision is not Decision.WAIT and credentials is not None:
            return credentials
        try:
            fetched = await self._flights.run(
                flight, lambda: self._refresh(credentials, epoch, min_remaining)
            )
        except Exception:
            # What was valid before the wait may be over by now.
            valid = self.peek()
            if valid is None or min_remaining:
                raise
            return valid
        return enough(fetched, min_remaining)

    async def _refresh(
        self, seen: Credentials | None, epoch: int, min_remaining: float = 0.0
    ) -> Credentials:
        newer = self.peek()
        if newer is not None and newer is not seen and lives(newer, min_remaining):
            return newer  # another flight has landed since the caller looked
        fetched_at = failed = None
        try:
            if self._shared_fetch is None:
                credentials = await self.provider()
            else:
                fetched = await self.provider.run(
                    self._shared_fetch.run(after=self._holding.after, min_remaining=min_remaining)
                )
                record = fetched.record
                credentials, fetched_at = record.credentials, record.fetched_at
                failed = fetched.error
            now = time_of(credentials)
            self._holding.accept(credentials, fetched_at, epoch=epoch, now=now)
        except Exception as error:
            self._holding.reject(error, epoch=epoch)
            raise
        if failed is not None:
            self._holding.reject(failed, epoch=epoch)
        return credentials

    def __reduce__(self) -> t.NoReturn:
        raise TypeError("a cache has tasks and locks: make one in each process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.provider!r}>"
