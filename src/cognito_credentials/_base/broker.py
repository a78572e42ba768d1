"""What both brokers know: their users, what each may have, and what is due.

Rules, for both sides:

- Who brings login tokens that the service has not accepted for a user is not answered from memory:
  tokens are not verified here, and anybody can write a subject into one.
- Users are forgotten when there are too many, the least used first, near enough: who was asked for
  since the last look gets a second chance.
"""

from __future__ import annotations

import functools
import os
import random as random_numbers
import threading
import weakref
from collections import OrderedDict

from cognito_credentials._base.broker_users import (
    Request,
    User,
    as_kept,
    check_name,
    expiry_of_tokens,
    has_expired_token,
    held,
    user_logins,
)
from cognito_credentials._base.rate_limits import Quotas, RateLimiter
from cognito_credentials._core import logs
from cognito_credentials._core.flight_errors import again, took_too_long
from cognito_credentials._core.freshness import Decision, check_not_expired, decide, remember
from cognito_credentials._core.rate_limiting import NotNowError, Pacing, paced
from cognito_credentials._core.shared_fetch import (
    LONGEST_SHARING,
    FetchResult,
    SharedFetch,
    SharedStore,
    fetch_alone,
)
from cognito_credentials._validation import check_integer, check_number
from cognito_credentials.credentials import time_of
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError
from cognito_credentials.metrics import BrokerMetrics
from cognito_credentials.policy import RefreshPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._base import provider
    from cognito_credentials._core.freshness import Failure
    from cognito_credentials._core.http import HttpRequest
    from cognito_credentials._core.ops import Flow
    from cognito_credentials.credentials import Credentials

MOST_FAILURES = 10_000
SECONDS_BETWEEN_WARNINGS = 60.0
SECONDS_BETWEEN_PREFETCHES = 15.0
SECONDS_AFTER_DEFERRALS = 1.0
CLOSED = "this broker is closed: make another"
SAME_OFFSET = 0.001  # seconds between two clocks that are none


class BrokerState:
    """The users of one pool, for all threads or tasks of a broker."""

    def __init__(
        self,
        setup: provider.BrokerSpec,
        *,
        store: Any,
        policy: RefreshPolicy | None,
        quotas: Quotas | None,
        max_users: int,
        deadline: float,
        prefetch_within: float,
        random: Callable[[], float] = random_numbers.random,
    ) -> None:
        check_integer("max_users", max_users)
        if quotas is not None and not isinstance(quotas, Quotas):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"quotas is of type {type(quotas).__name__}, not Quotas")
        self.setup = setup
        self.deadline = check_number("deadline", deadline, above=0)
        # Before each of two calls there may be a wait for its turn.
        self.longest_flight = setup.longest_fetch + LONGEST_SHARING + 2 * deadline
        self.max_users = max_users
        self.prefetch_within = check_number("prefetch_within", prefetch_within)
        self.metrics = BrokerMetrics({"identity_pool_id": setup.identity_pool_id})
        self.store = None if store is None else SharedStore(store)
        self._policy = RefreshPolicy.of(policy, setup.credential_lifetime)
        self._random = random
        self.monotonic = setup.config.clock.monotonic
        self._service_now = setup.service_now
        quotas = quotas or Quotas()
        ids, credentials = (
            RateLimiter(rate, self.monotonic) for rate in (quotas.get_id, quotas.get_credentials)
        )
        self._pacers = ids, credentials
        self.pacing = Pacing(
            {
                "GetId": ids,
                "GetCredentialsForIdentity": credentials,
                "GetOpenIdToken": credentials,
            },
            self.store,
            # The quotas are the account's; where it is not known, this pool stands for it.
            f"{setup.account_id or setup.identity_pool_id} {setup.config.region}",
            self.metrics,
        )
        self._users: dict[str, User] = {}
        # With its end on the monotonic clock, and the generation that it was to replace.
        self._failures: OrderedDict[Any, tuple[Failure, float, float | None]] = OrderedDict()
        self.closed = False
        self._last_warning = float("-inf")
        self._deferred = 0
        self._second = self._offset = 0.0
        self.reset()
        _all_brokerages.add(self)

    def reset(self) -> None:
        """Make locks, in place of those that a thread may hold that a child process has not."""
        self.lock = threading.Lock()
        self._requests: weakref.WeakSet[Request] = weakref.WeakSet()  # as long as one may land
        self._paced: set[Any] = set()  # flights that had to wait for the quota
        for pacer in self._pacers:
            pacer.reset()

    # --- reading --------------------------------------------------------------------------------

    def hit(self, name: str, logins: Any) -> Credentials | None:
        """Return fresh credentials, if this caller may have them: the way of almost all calls."""
        try:
            user = self._users.get(name)
            if user is None or as_kept(logins) != user.logins:
                return None
        except (TypeError, AttributeError):
            return None  # `Request` says what is wrong with them
        now = self._now(user)
        if now >= user.advisory_at:
            return None
        self._see(user, now)
        self.metrics.hits += 1
        return user.credentials

    def look(self, request: Request, *, in_flight: bool) -> tuple[Decision, Credentials | None]:
        """Return what this caller gets, and the credentials where they are valid and theirs.

        Raises the failure that is remembered, where that is what the caller gets.
        """
        user = self._begin(request)
        now = self._service_now() if user is None else self._now(user)
        failure = self._failure(request, user)
        decision = decide(now, user, failure, in_flight=in_flight)
        if decision is Decision.REFUSE and failure is not None:
            raise failure.again()
        if user is None:
            return decision, None
        self._see(user, now)
        return decision, user.credentials if now < user.expires_at else None

    def valid(self, request: Request) -> Credentials | None:
        """Return the credentials at hand, if they are valid and this caller may have them."""
        user = self._user_of(request)
        return user.credentials if user is not None and self._now(user) < user.expires_at else None

    def told(self, error: Exception, request: Request, seconds: float) -> Exception:
        """Return the error that a caller gets, which says what held its fetch up."""
        if isinstance(error, RefreshTimeoutError) and request.flight in self._paced:
            return took_too_long(seconds, was_paced=True)
        return error

    def seconds_to_prefetch(self) -> float:
        """Return when to look for what is due; soon where the quota left some of it undone."""
        before, self._deferred = self._deferred, self.metrics.deferred
        return SECONDS_AFTER_DEFERRALS if self._deferred > before else SECONDS_BETWEEN_PREFETCHES

    def due(self) -> list[Request]:
        """Return the users to refresh now: seen lately, and in their advisory window."""
        due: list[Request] = []
        # A list first: other threads put users in meanwhile.
        for user in list(self._users.values()):
            now = self._now(user)
            if (
                user.advisory_at <= now < user.expires_at
                and now - user.seen_at <= self.prefetch_within
            ):
                request = Request(user.name, user_logins(user))
                failure = self._failure(request, self._begin(request))
                waits = failure is not None and now < failure.until
                if not waits and not has_expired_token(request, now):
                    due.append(request)
        return due

    def __len__(self) -> int:
        return len(self._users)

    # --- writing --------------------------------------------------------------------------------

    def fetch(self, request: Request, *, longest: float | None) -> Flow[Credentials]:
        """Fetch this user's credentials, and keep them.

        Waits for `longest` seconds at most for the turn of each call, or for the time that all
        calls are given, if that is longer. None for work in the background, which does not wait.
        """
        newer = self.valid(request)
        if newer is not None and newer is not request.seen:
            return newer  # another flight has landed since the caller looked
        self.metrics.refreshes += longest is None
        started = self.monotonic()
        try:
            fetched = yield from paced(
                self._fetch(request), functools.partial(self._turn, request, longest)
            )
            self._accept(request, fetched, seconds=self.monotonic() - started)
            if fetched.error is not None:
                self._reject(request, fetched.error)
        except Exception as error:
            self._reject(request, error)
            raise
        finally:
            self._paced.discard(request.flight)
        if request.is_forgotten and self.store is not None:
            yield from self.store.forget(fetched.key)
        return fetched.record.credentials

    def _fetch(self, request: Request) -> Flow[FetchResult]:
        user = self._users.get(request.name)
        exchange = self.setup.exchange(
            request.name,
            user_logins(request),
            cache=self.store,
            known_id=None if user is None else user.credentials.identity_id,
        )
        if self.store is None:
            return fetch_alone(exchange, None if user is None else held(user))
        mine = self._user_of(request)
        after = 0.0 if mine is None else mine.fetched_at
        return SharedFetch(exchange, self.store, self._policy).run(after=after)

    def _turn(self, request: Request, longest: float | None, asked: HttpRequest) -> Flow[None]:
        self.check_open()  # a retry would open a connection that nobody closes
        yield from self.pacing.wait(
            asked,
            longest=max(self.deadline, longest or 0.0),
            background=longest is None,
            held_up=functools.partial(self._paced.add, request.flight),
        )

    def _accept(self, request: Request, fetched: FetchResult, *, seconds: float) -> None:
        now = time_of(fetched.record.credentials)
        check_not_expired(fetched.record.credentials, now)
        if fetched.is_new:
            self.metrics.fetches += 1
            self.metrics.fetched_in.record(seconds)
        elif fetched.error is None:
            self.metrics.shared += 1
        user = User(request, fetched, policy=self._policy, random=self._random())
        offset = now - self.monotonic()
        if abs(offset - self._offset) > SAME_OFFSET:
            self._offset = offset
        user.offset = self._offset
        before = self._users.get(request.name)
        if before is None:
            self._see(user, now)
        else:
            user.seen_at = before.seen_at
        with self.lock:
            self._failures.pop(request.flight, None)
            if self.closed or request.is_forgotten:
                return  # what was begun before must not bring the user back
            self._users[request.name] = user
            while len(self._users) > self.max_users:
                self._evict()

    def _reject(self, request: Request, error: Exception) -> None:
        """Remember a failed fetch for a moment, or longer where the credentials at hand go on."""
        if isinstance(error, NotNowError):
            self.metrics.deferred += 1
            return
        self.metrics.failures += 1
        user = self._user_of(request)
        now = self._service_now() if user is None else self._now(user)
        kept = again(error)
        if kept is not error:
            kept.__cause__ = error.__cause__  # not the error, whose frames hold a whole fetch
        failure = remember(kept, now, user, self._random())
        monotonic = self.monotonic()
        with self.lock:
            self._failures[request.flight] = (
                failure,
                monotonic + failure.until - now,
                _generation(user),
            )
            while len(self._failures) > MOST_FAILURES:
                self._failures.popitem(last=False)
        # Of many users whose refresh fails at once, one stands for all.
        if user is not None and monotonic - self._last_warning > SECONDS_BETWEEN_WARNINGS:
            self._last_warning = monotonic
            logs.warning(
                "Refreshing the credentials of %s failed (%s); for others it may fail, too",
                user.credentials.identity_id,
                getattr(error, "reason", type(error).__name__),
            )

    def _failure(self, request: Request, user: User | None) -> Failure | None:
        """Return the failure that is remembered.

        Over when one of the clocks says so, as in `_holding.py`, and with the generation that it
        let go on: who has nothing is not refused for as long as who has something.
        """
        remembered = self._failures.get(request.flight)
        if remembered is None:
            return None
        failure, until, generation = remembered
        is_over = self.monotonic() >= until or generation != _generation(user)
        return None if is_over else failure

    def forget(self, name: str) -> str | None:
        """Forget a user; returns the key of its credentials in the store."""
        check_name(name)
        self.check_open()
        with self.lock:
            user = self._users.pop(name, None)
            for request in self._requests:
                request.is_forgotten |= request.name == name
        return None if user is None or self.store is None else user.store_key

    def check_open(self) -> None:
        if self.closed:
            raise ConfigurationError(CLOSED)

    def close(self) -> None:
        """Forget all users, and keep none that come."""
        with self.lock:
            self.closed = True
            self._users.clear()
            self._failures.clear()

    def _begin(self, request: Request) -> User | None:
        """Return the user, and note what a fetch for this request is to replace."""
        user = self._user_of(request)
        request.seen = None if user is None else user.credentials
        with self.lock:
            self._requests.add(request)
        return user

    def _see(self, user: User, now: float) -> None:
        # To the second, so that all who are seen in it share one number.
        if now - self._second >= 1 or now < self._second:
            self._second = now
        user.seen_at, user.was_seen = self._second, True

    def _evict(self) -> None:
        """Forget the user who came first and was not asked for since the last look."""
        while True:
            name = next(iter(self._users))
            user = self._users.pop(name)
            if not user.was_seen:
                self.metrics.evictions += 1
                return
            user.was_seen = False
            self._users[name] = user

    def _user_of(self, request: Request) -> User | None:
        """Return the user, if the service has accepted what the caller brings."""
        user = self._users.get(request.name)
        if user is None or request.logins == user.logins:
            return user
        if request.tokens not in user.accepted:
            return None
        # As from a store: not to tokens that the service would have refused when it gave these.
        return user if user.fetched_at < expiry_of_tokens(request.logins) else None

    def _now(self, user: User) -> float:
        """Return the service's time for this user's credentials, as `RefreshState` does."""
        return max(time_of(user.credentials), user.offset + self.monotonic())


def _generation(user: User | None) -> float | None:
    return None if user is None else user.fetched_at


_all_brokerages: weakref.WeakSet[BrokerState] = weakref.WeakSet()


def _reset_after_fork() -> None:
    for brokerage in list(_all_brokerages):
        brokerage.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
