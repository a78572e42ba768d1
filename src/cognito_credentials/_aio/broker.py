"""Credentials of many users, for back ends, awaited; the twin of `_sync/broker.py`."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import random
from collections.abc import Callable, Mapping
from types import TracebackType

from cognito_credentials import _typing as t
from cognito_credentials._aio.driver import Driver, transport_of
from cognito_credentials._aio.flight import Flights
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials._base import provider
from cognito_credentials._base.broker import BrokerState
from cognito_credentials._base.broker_users import Request
from cognito_credentials._base.rate_limits import Quotas
from cognito_credentials._core.basic import BasicFlow
from cognito_credentials._core.freshness import Decision, check_not_expired
from cognito_credentials._core.login_resolution import AsyncLogins
from cognito_credentials._core.rate_limiting import NotNowError
from cognito_credentials._validation import check_number
from cognito_credentials.config import ClientConfig
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import RefreshTimeoutError
from cognito_credentials.metrics import BrokerMetrics
from cognito_credentials.policy import RefreshPolicy
from cognito_credentials.stores._threaded import wrap_blocking_store

__all__ = ["AsyncCredentialBroker"]

PREFETCHES_AT_ONCE = 32


class AsyncCredentialBroker:
    """Exchange the logins of thousands of users for credentials, each user's when it is needed.

    Credentials are held in memory, and shared through a store where one is given. They are renewed
    before they expire: in the background when a user is asked for, and without being asked for where
    a user was seen lately. What many callers want of one user at the same time is fetched once.
    Calls are paced to the account's quotas instead of being refused by them; callers come before
    work in the background.

    Tokens are verified by the service, not here: whoever brings tokens that the service has not
    accepted for a user costs a call, and is never answered from memory. `user_identifier` must still
    come from the application's own sign-in, never from a token that nobody has verified.

    May be used by any number of tasks, in one event loop after another. An async context manager that ends with `aclose`.

    Args:
        identity_pool_id: See `from_cognito_identity_pool`.
        store: Where hosts share credentials and identity ids; see `cognito_credentials.stores`.
            Guests need one: without it, a guest who is forgotten comes back as another. While it is
            down, guests who are held stay who they are; its identity ids come before those held.
        account_id: See `from_cognito_identity_pool`.
        custom_role_arn: See `from_cognito_identity_pool`.
        basic_flow: See `from_cognito_identity_pool`.
        client_config: See `from_cognito_identity_pool`.
        policy: When to renew credentials.
        quotas: The account's calls a second; with a `RedisStore`, all hosts share them.
        max_users: How many users are held at most; the least used are forgotten.
        deadline: Seconds that a call of `get` may take at most.
        prefetch_within: Seconds since a user was last asked for, within which the credentials are
            renewed without being asked for; 0 for never.
        random: Draws the jitter, from 0 up to 1.

    Raises:
        ConfigurationError: An argument is wrong; the message names it.
    """

    __module__ = "cognito_credentials.aio"

    def __init__(
        self,
        identity_pool_id: str,
        *,
        store: t.AnyStore | None = None,
        account_id: str | None = None,
        custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
        basic_flow: BasicFlow | None = None,
        client_config: ClientConfig | Mapping[str, t.Any] | None = None,
        policy: RefreshPolicy | None = None,
        quotas: Quotas | None = None,
        max_users: int = 100_000,
        deadline: float = 10.0,
        prefetch_within: float = 600.0,
        random: Callable[[], float] = random.random,
    ) -> None:
        setup = provider.BrokerSpec(
            identity_pool_id=identity_pool_id,
            account_id=account_id,
            custom_role_arn=custom_role_arn,
            basic_flow=basic_flow,
            client_config=client_config,
        )
        self._brokerage = BrokerState(
            setup,
            store=wrap_blocking_store(provider.check_store(store, is_awaited=True)),
            policy=policy,
            quotas=quotas,
            max_users=max_users,
            deadline=deadline,
            prefetch_within=prefetch_within,
            random=random,
        )
        self._random = random
        self._hit = self._brokerage.hit
        self.clock = setup.config.clock
        self.region = setup.config.region
        self.metrics: BrokerMetrics = self._brokerage.metrics
        self.metrics.export()
        self._transport, self._owned_transport = transport_of(setup.config)
        self._flights = Flights(self._brokerage.longest_flight)
        self._prefetcher: asyncio.Task[None] | None = None

    async def get(
        self,
        user_identifier: str,
        logins: AsyncLogins | None = None,
        *,
        deadline: float | None = None,
    ) -> Credentials:
        """Return a user's credentials, which are valid now.

        Args:
            user_identifier: Who the user is, as the application's own sign-in says.
            logins: The user's login tokens, as `from_cognito_identity_pool` takes them; none for a
                guest. Best the tokens themselves: a supplier that is made anew for each call cannot
                be told from another user's.
            deadline: Seconds that this call may take, instead of the broker's `deadline`.

        Raises:
            ConfigurationError: An argument is wrong, or the broker is closed.
            RefreshTimeoutError: The deadline came first, or would before the call's turn; what was
                begun goes on.
            CognitoCredentialsError: There are no credentials, and none could be fetched.
        """
        if deadline is not None:
            check_number("deadline", deadline, above=0)
        credentials = self._hit(user_identifier, logins)
        if credentials is not None:
            return credentials
        return await self._get(Request(user_identifier, logins), deadline)

    def user(self, user_identifier: str, logins: AsyncLogins | None = None) -> AsyncUserCredentials:
        """Return one user's view of the broker, which the integrations take in place of a cache."""
        return AsyncUserCredentials(self, user_identifier, logins)

    def session(
        self, user_identifier: str, logins: AsyncLogins | None = None, **options: t.Any
    ) -> t.AioSession:
        """Return an aiobotocore session that acts for a user; `options` are those of the integration's `session`.

        Its clients ask the broker for each request that they sign, with these logins: given a token,
        they end with it; given a supplier, they go on. Needs the extra `aiobotocore`.

        Raises:
            ConfigurationError: The broker is closed.
        """
        self._brokerage.check_open()
        from cognito_credentials.integrations.aiobotocore import session

        return session(self.user(user_identifier, logins), **options)

    async def forget(self, user_identifier: str) -> None:
        """Forget a user's credentials, here and in the store; the identity id is kept.

        A fetch that is under way does not bring them back. What was handed out stays valid at AWS
        until it expires: nothing can call it back. Other hosts forget it when it does.

        Raises:
            ConfigurationError: `user_identifier` is no text, or the broker is closed.
        """
        key = self._brokerage.forget(user_identifier)
        shared = self._brokerage.store
        if key is not None and shared is not None:
            await self._driver().run(shared.forget(key))

    async def prefetch(self) -> int:
        """Renew what is due of users who were seen lately; returns how many that were.

        The broker does so by itself every 15 seconds. Returns when all is done.
        """
        due = self._brokerage.due()
        pending = iter(due)

        async def work() -> None:
            for request in pending:
                if self._brokerage.closed:
                    return
                # What fails has been counted and is remembered.
                with contextlib.suppress(Exception):
                    await self._flights.run(request.flight, functools.partial(self._fetch, request))

        await asyncio.gather(*(work() for _ in range(min(len(due), PREFETCHES_AT_ONCE))))
        return len(due)

    async def aclose(self) -> None:
        """Forget all users and close the connections; a store that was given stays open."""
        self._brokerage.close()
        task = self._prefetcher
        if task is not None and task.get_loop() is asyncio.get_running_loop():
            task.cancel()  # in another loop, it sees soon that the broker is closed
        if self._owned_transport is not None:
            await self._owned_transport.aclose()

    async def _get(self, request: Request, deadline: float | None) -> Credentials:
        brokerage, metrics = self._brokerage, self.metrics
        brokerage.check_open()
        seconds = brokerage.deadline if deadline is None else deadline
        self._start_prefetching()
        started = brokerage.monotonic()
        waits = False
        try:
            while True:
                decision, credentials = brokerage.look(
                    request, in_flight=self._flights.in_flight(request.flight)
                )
                if decision is Decision.SERVE_AND_REFRESH:
                    self._flights.start(request.flight, functools.partial(self._fetch, request))
                if decision is not Decision.WAIT and credentials is not None:
                    metrics.hits += not waits
                    return credentials
                waits = True
                left = seconds - (brokerage.monotonic() - started)
                with contextlib.suppress(NotNowError):  # a refresh gave way to this very caller
                    credentials = await self._flights.run_apart(
                        request.flight, functools.partial(self._fetch, request, left), left
                    )
                    check_not_expired(credentials)
                    return credentials
        except Exception as error:
            valid = brokerage.valid(request)
            if valid is not None:
                return valid
            metrics.timeouts += isinstance(error, RefreshTimeoutError)
            told = brokerage.told(error, request, seconds)
            if told is not error:
                raise told from error
            raise
        finally:
            if waits:
                metrics.waits += 1
                metrics.waited.record(brokerage.monotonic() - started)

    async def _fetch(self, request: Request, longest: float | None = None) -> Credentials:
        """Fetch; without `longest`, in the background. See `Brokerage.fetch`."""
        return await self._driver().run(self._brokerage.fetch(request, longest=longest))

    def _driver(self) -> Driver:
        """Return a driver: each fetch has its own, since nothing of it is another user's."""
        return Driver(
            transport=self._transport,
            clock=self.clock,
            longest_flight=self._brokerage.setup.longest_fetch,
            random=self._random,
        )

    def _start_prefetching(self) -> None:
        """Start the task that prefetches, where there is none, or its event loop has ended."""
        task = self._prefetcher
        running = task is not None and not task.done() and not task.get_loop().is_closed()
        if running or not self._brokerage.prefetch_within:
            return

        async def work() -> None:
            while not self._brokerage.closed:
                # Not by the broker's clock, which may be one that is moved.
                await asyncio.sleep(self._brokerage.seconds_to_prefetch())
                await self.prefetch()

        # It is for all users, whoever came first, and so in an empty context.
        self._prefetcher = asyncio.get_running_loop().create_task(
            work(), name="cognito-prefetcher", context=contextvars.Context()
        )

    async def __aenter__(self) -> t.Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> t.NoReturn:
        raise TypeError("a broker has connections and locks: make one in each process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._brokerage)} users>"
