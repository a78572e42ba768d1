"""Credentials of many users, for back ends."""

from __future__ import annotations

import contextlib
import functools
import random
import threading
from collections.abc import Callable, Mapping
from types import TracebackType

from cognito_credentials import _typing as t
from cognito_credentials._base import provider
from cognito_credentials._base.broker import BrokerState
from cognito_credentials._base.broker_users import Request
from cognito_credentials._base.rate_limits import Quotas
from cognito_credentials._core.basic import BasicFlow
from cognito_credentials._core.freshness import Decision, check_not_expired
from cognito_credentials._core.login_resolution import Logins
from cognito_credentials._core.rate_limiting import NotNowError
from cognito_credentials._sync.driver import Driver, transport_of
from cognito_credentials._sync.flight import Flights
from cognito_credentials._sync.user_credentials import UserCredentials
from cognito_credentials._validation import check_number
from cognito_credentials.config import ClientConfig
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import RefreshTimeoutError
from cognito_credentials.metrics import BrokerMetrics
from cognito_credentials.policy import RefreshPolicy

__all__ = ["CredentialBroker"]

PREFETCHES_AT_ONCE = 8


class CredentialBroker:
    """Exchange the logins of thousands of users for credentials, each user's when it is needed.

    Credentials are held in memory, and shared through a store where one is given. They are renewed
    before they expire: in the background when a user is asked for, and without being asked for where
    a user was seen lately. What many callers want of one user at the same time is fetched once.
    Calls are paced to the account's quotas instead of being refused by them; callers come before
    work in the background.

    Tokens are verified by the service, not here: whoever brings tokens that the service has not
    accepted for a user costs a call, and is never answered from memory. `user_identifier` must still
    come from the application's own sign-in, never from a token that nobody has verified.

    May be used by any number of threads, and in a child process after a fork. A context manager that ends with `close`.

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

    __module__ = "cognito_credentials"

    def __init__(
        self,
        identity_pool_id: str,
        *,
        store: t.Store[t.Any] | None = None,
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
            store=provider.check_store(store, is_awaited=False),
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
        self._closing = threading.Event()
        self._prefetcher: threading.Thread | None = None

    def get(
        self,
        user_identifier: str,
        logins: Logins | None = None,
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
        return self._get(Request(user_identifier, logins), deadline)

    def user(self, user_identifier: str, logins: Logins | None = None) -> UserCredentials:
        """Return one user's view of the broker, which the integrations take in place of a cache."""
        return UserCredentials(self, user_identifier, logins)

    def session(
        self, user_identifier: str, logins: Logins | None = None, **options: t.Any
    ) -> t.Boto3Session:
        """Return a boto3 session that acts for a user; `options` are those of the integration's `session`.

        Its clients ask the broker for each request that they sign, with these logins: given a token,
        they end with it; given a supplier, they go on. Needs the extra `boto3`.

        Raises:
            ConfigurationError: The broker is closed.
        """
        self._brokerage.check_open()
        from cognito_credentials.integrations.boto3 import session

        return session(self.user(user_identifier, logins), **options)

    def forget(self, user_identifier: str) -> None:
        """Forget a user's credentials, here and in the store; the identity id is kept.

        A fetch that is under way does not bring them back. What was handed out stays valid at AWS
        until it expires: nothing can call it back. Other hosts forget it when it does.

        Raises:
            ConfigurationError: `user_identifier` is no text, or the broker is closed.
        """
        key = self._brokerage.forget(user_identifier)
        shared = self._brokerage.store
        if key is not None and shared is not None:
            self._driver().run(shared.forget(key))

    def prefetch(self) -> int:
        """Renew what is due of users who were seen lately; returns how many that were.

        The broker does so by itself every 15 seconds. Returns when all is done.
        """
        due = self._brokerage.due()
        pending = iter(due)

        def work() -> None:
            for request in pending:
                if self._brokerage.closed:
                    return
                # What fails has been counted and is remembered.
                with contextlib.suppress(Exception):
                    self._flights.run(request.flight, functools.partial(self._fetch, request))

        workers = [
            threading.Thread(target=work, name="cognito-prefetch", daemon=True)
            for _ in range(min(len(due), PREFETCHES_AT_ONCE) - 1)
        ]
        for worker in workers:
            with contextlib.suppress(RuntimeError):  # no more threads: this one does it all
                worker.start()
        work()
        for worker in workers:
            if worker.is_alive():
                worker.join()
        return len(due)

    def close(self) -> None:
        """Forget all users and close the connections; a store that was given stays open."""
        self._brokerage.close()
        self._closing.set()
        if self._owned_transport is not None:
            self._owned_transport.close()

    def _get(self, request: Request, deadline: float | None) -> Credentials:
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
                    credentials = self._flights.run_apart(
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

    def _fetch(self, request: Request, longest: float | None = None) -> Credentials:
        """Fetch; without `longest`, in the background. See `Brokerage.fetch`."""
        return self._driver().run(self._brokerage.fetch(request, longest=longest))

    def _driver(self) -> Driver:
        """Return a driver: each fetch has its own, since nothing of it is another user's."""
        return Driver(
            transport=self._transport,
            clock=self.clock,
            longest_flight=self._brokerage.setup.longest_fetch,
            random=self._random,
        )

    def _start_prefetching(self) -> None:
        """Start the thread that prefetches, where there is none: a child has not its parent's."""
        if self._is_prefetching() or not self._brokerage.prefetch_within:
            return

        def work() -> None:
            while not self._closing.wait(self._brokerage.seconds_to_prefetch()):
                self.prefetch()

        with self._brokerage.lock:
            if self._is_prefetching():
                return
            self._prefetcher = threading.Thread(target=work, name="cognito-prefetcher", daemon=True)
            # Where there are no more threads, callers renew what they ask for.
            with contextlib.suppress(RuntimeError):
                self._prefetcher.start()

    def _is_prefetching(self) -> bool:
        return self._prefetcher is not None and self._prefetcher.is_alive()

    def __enter__(self) -> t.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> t.NoReturn:
        raise TypeError("a broker has connections and locks: make one in each process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._brokerage)} users>"
