"""Cached users of a broker, and the base class of both brokers.

Both the sync and the async broker follow these rules:

- A caller whose login tokens the service has not accepted for a user does not get that user's
  cached credentials: the library does not verify tokens, and anyone can write any subject into a
  token.
- If there are too many users, the second-chance algorithm evicts some of them. It approximates the
  eviction of the least recently used users, but a cache hit does not require a lock.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from cognito_credentials import _typing as t
from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._base.broker_failures import RememberedFailures
from cognito_credentials._base.broker_rejections import RejectedUsers
from cognito_credentials._base.provider import BrokerSpec
from cognito_credentials._base.rate_limits import Quotas, create_rate_limiters
from cognito_credentials._base.store_checks import StoreChecks
from cognito_credentials._core import logs
from cognito_credentials._core.broker import BrokerFlows
from cognito_credentials._core.broker_users import (
    CachedUser,
    UserRequest,
    check_user_identifier,
    evict_users,
    flatten_logins,
    tokens_expiration,
)
from cognito_credentials._core.freshness import Decision, check_not_expired, decide
from cognito_credentials._core.rate_limiting import RateLimits
from cognito_credentials._core.shared_fetch import MAX_SHARING_SECONDS
from cognito_credentials._core.shared_store import SharedStore
from cognito_credentials._validation import check_integer, check_seconds, format_value
from cognito_credentials.credentials import Credentials, read_clock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.metrics import BrokerMetrics
from cognito_credentials.policy import RefreshPolicy, check_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.shared_fetch import FetchResult

MAX_DEADLINE_SECONDS = 3600
MAX_PREFETCH_SECONDS = 30 * 86_400
WARNING_INTERVAL_SECONDS = 60.0
PREFETCH_INTERVAL_SECONDS = 15.0
PREFETCH_INTERVAL_AFTER_DEFERRAL_SECONDS = 1.0
CLOCK_JITTER_SECONDS = 0.001  # Smaller differences between the clocks are ignored.


class BrokerState:
    """Cached users of a broker. The state is shared by any number of threads or tasks."""

    def __init__(
        self,
        spec: BrokerSpec,
        *,
        store: SharedStore | None,
        policy: RefreshPolicy,
        max_users: int,
        prefetch_within: float,
        random: Callable[[], float],
    ) -> None:
        self.store = store
        self.monotonic = spec.config.clock.monotonic
        self.metrics = BrokerMetrics({"identity_pool_id": spec.identity_pool_id})
        self.is_closed = False
        self._service_now = spec.service_now
        self._policy = policy
        self._max_users = max_users
        self._prefetch_within = prefetch_within
        self._random = random
        self._users: dict[str, CachedUser] = {}
        self._failures = RememberedFailures(self.monotonic)
        self._rejected_users = RejectedUsers(self._failures, self.monotonic)
        self._last_warning_at = float("-inf")
        self._has_warned_of_eviction = False
        self._deferred = 0
        self._current_second = self._current_offset = 0.0
        self.store_checks = StoreChecks(has_store=store is not None)
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Replace the locks, because a thread in the parent process may have held them."""
        self.lock = threading.Lock()
        # Requests for which a fetch may be in progress.
        self._requests: weakref.WeakSet[UserRequest] = weakref.WeakSet()
        self._failures.reset()

    # --- reading --------------------------------------------------------------------------------

    def get_fresh(self, user_identifier: str, logins: Any) -> Credentials | None:
        """Return the credentials if they need no refresh and the caller is permitted to use them.

        Almost every call returns here, so this method acquires no lock.
        """
        try:
            user = self._users.get(user_identifier)
            if user is None or flatten_logins(logins) != user.logins:
                return None
        except (TypeError, AttributeError):
            return None  # `UserRequest` raises an error for invalid arguments.
        now = self._now(user)
        checks = self.store_checks
        if now >= user.advisory_at or now >= checks.next_at or user.store_epoch != checks.epoch:
            return None
        self._mark_seen(user, now)
        self.metrics.hits += 1
        return user.credentials

    def decide(
        self, request: UserRequest, *, in_flight: bool
    ) -> tuple[Decision, Credentials | None]:
        """Return the decision for a caller, and the credentials if they are valid.

        This method raises the remembered error instead of returning the decision `RAISE`.
        """
        user = self._begin(request)
        now = self._service_now() if user is None else self._now(user)
        failure = self._failures.find(request, user)
        decision = decide(now, user, failure, in_flight=in_flight)
        if decision is Decision.RAISE and failure is not None:
            raise failure.copy_error()
        if user is None:
            return decision, None
        self._mark_seen(user, now)
        return decision, user.credentials if now < user.expires_at else None

    def is_store_check_due(self, request: UserRequest) -> bool:
        """Return True if the caller should check whether the store has lost the user's entries."""
        user = self.find_permitted(request)
        return user is not None and self.store_checks.is_due(user, self._now(user))

    def peek(self, request: UserRequest) -> Credentials | None:
        """Return the cached credentials if they are valid and permitted for the caller."""
        user = self.find_permitted(request)
        return user.credentials if user is not None and self._now(user) < user.expires_at else None

    def find(self, user_identifier: str) -> CachedUser | None:
        return self._users.get(user_identifier)

    def find_permitted(self, request: UserRequest) -> CachedUser | None:
        """Return the user if the service has accepted the caller's login tokens."""
        user = self._users.get(request.user_identifier)
        if user is None or request.logins == user.logins:
            return user
        if request.tokens not in user.accepted:
            return None
        # The service would have rejected tokens that had expired before it issued the credentials.
        return user if user.fetched_at < tokens_expiration(request.logins) else None

    def users_to_refresh(self) -> list[UserRequest]:
        """Return requests for recently seen users whose credentials need a refresh."""
        requests: list[UserRequest] = []
        # Iterate over a copy, because other threads may add users during the loop.
        for user in list(self._users.values()):
            now = self._now(user)
            if (
                user.advisory_at <= now < user.expires_at
                and now - user.seen_at <= self._prefetch_within
            ):
                request = UserRequest(user.user_identifier, user.original_logins())
                failure = self._failures.find(request, self._begin(request))
                is_put_off = failure is not None and now < failure.retry_at
                if not is_put_off and not request.has_expired_token(now):
                    requests.append(request)
        return requests

    @property
    def can_prefetch(self) -> bool:
        return bool(self._prefetch_within)

    def seconds_until_prefetch(self) -> float:
        """Return the seconds until the next prefetch: fewer if refreshes were deferred."""
        former, self._deferred = self._deferred, self.metrics.deferred
        if self._deferred > former:
            return PREFETCH_INTERVAL_AFTER_DEFERRAL_SECONDS
        return PREFETCH_INTERVAL_SECONDS

    def __len__(self) -> int:
        return len(self._users)

    # --- writing --------------------------------------------------------------------------------

    def accept(self, request: UserRequest, result: FetchResult, *, seconds: float) -> None:
        """Cache a user's new credentials; `seconds` is the duration of the fetch.

        Raises:
            ExpiredOnArrivalError: If the credentials have expired.
        """
        record = result.record
        now = read_clock(record.credentials)
        check_not_expired(record.credentials, now)
        if result.is_new:
            self.metrics.fetches += 1
            self.metrics.fetched_in.record(seconds)
        elif result.error is None:
            self.metrics.shared += 1
        user = CachedUser(request, result, policy=self._policy, random=self._random())
        if record.is_rejected:
            user.mark_rejected()
        offset = now - self.monotonic()
        if abs(offset - self._current_offset) > CLOCK_JITTER_SECONDS:
            self._current_offset = offset
        # Users share the same float object to save memory.
        user.monotonic_offset = self._current_offset
        former = self._users.get(request.user_identifier)
        self._rejected_users.replace(former)
        if former is None:
            self._mark_seen(user, now)
        else:
            user.seen_at = former.seen_at
        self._failures.discard(request)
        user.store_epoch = self.store_checks.epoch
        with self.lock:
            if self.is_closed or request.is_forgotten:
                return  # The user was forgotten, or the broker closed, during the fetch.
            self._users[request.user_identifier] = user
            evicted = evict_users(self._users, self._max_users)
            self.metrics.evictions += len(evicted)
        # Without a store, the broker has the only copy of a guest's identity ID.
        if self.store is None and not self._has_warned_of_eviction:
            self._has_warned_of_eviction = any(not user.logins for user in evicted)
            if self._has_warned_of_eviction:
                logs.warning(
                    "The broker is full (max_users=%d) and has no store. Evicting the least recently "
                    "used guests, who get new identities.",
                    self._max_users,
                )

    def reject(self, request: UserRequest, error: Exception) -> None:
        """Remember a failed fetch, and schedule the next attempt."""
        self.metrics.failures += 1
        if request.is_forgotten:
            return
        user = self.find_permitted(request)
        now = self._service_now() if user is None else self._now(user)
        self._failures.add(request, error, now=now, user=user, random=self._random())
        monotonic = self.monotonic()
        # If refreshes for many users fail at the same time, one warning is enough.
        if user is not None and monotonic - self._last_warning_at > WARNING_INTERVAL_SECONDS:
            self._last_warning_at = monotonic
            logs.warning(
                "The credential refresh for %s failed (%s); refreshes for other users may fail as "
                "well. Continuing with cached credentials.",
                user.credentials.identity_id,
                getattr(error, "reason", type(error).__name__),
            )

    def mark_rejected(self, user_identifier: str, access_key_id: str) -> bool:
        """Mark a user's credentials as rejected; return True if the request should be repeated."""
        check_user_identifier(user_identifier)
        if self.is_closed:
            return False
        return self._rejected_users.mark(self._users.get(user_identifier), access_key_id)

    def forget(self, user_identifier: str) -> str | None:
        """Discard a user; return the key of the user's credentials in the store, or None.

        Raises:
            ConfigurationError: If the user identifier is invalid, or the broker is closed.
        """
        check_user_identifier(user_identifier)
        self.check_open()
        with self.lock:
            user = self._users.pop(user_identifier, None)
            for request in self._requests:
                request.is_forgotten |= request.user_identifier == user_identifier
        self._failures.discard_user(user_identifier)
        return None if user is None or self.store is None else user.store_key

    def check_open(self) -> None:
        """Check that the broker is open.

        Raises:
            ConfigurationError: If the broker is closed.
        """
        if self.is_closed:
            raise ConfigurationError("the broker is closed", hint="Create a new broker.")

    def close(self) -> None:
        """Discard all users, and ignore the results of fetches in progress."""
        with self.lock:
            self.is_closed = True
            self._users.clear()
        self._failures.clear()

    def _begin(self, request: UserRequest) -> CachedUser | None:
        """Return the user, and record which credentials a fetch for this request would replace."""
        user = self.find_permitted(request)
        if user is not None and user.logins == request.logins:
            request.logins = user.logins  # An equal DeveloperIdentity may contain a valid token.
        request.former = None if user is None else user.credentials
        with self.lock:
            self._requests.add(request)
        return user

    def _mark_seen(self, user: CachedUser, now: float) -> None:
        # The time is rounded, so that all users who were seen within the same second share a float
        # object.
        if now - self._current_second >= 1 or now < self._current_second:
            self._current_second = now
        user.seen_at, user.was_seen = self._current_second, True

    def _now(self, user: CachedUser) -> float:
        """Return the service's time by the wall or monotonic clock, whichever is ahead."""
        return max(read_clock(user.credentials), user.monotonic_offset + self.monotonic())


class BaseBroker:
    """Base class of `CredentialBroker` and `AsyncCredentialBroker`.

    A subclass must pass a store that its driver can call. The async driver can call an async store
    or a `ThreadedStore`.
    """

    def __init__(
        self,
        spec: BrokerSpec,
        *,
        store: t.Any,
        policy: RefreshPolicy | None,
        quotas: Quotas | None,
        max_users: int,
        deadline: float,
        prefetch_within: float,
        random: Callable[[], float],
    ) -> None:
        check_integer("max_users", max_users)
        check_seconds("deadline", deadline, above=0, at_most=MAX_DEADLINE_SECONDS)
        check_seconds("prefetch_within", prefetch_within, at_most=MAX_PREFETCH_SECONDS)
        if quotas is not None and not isinstance(quotas, Quotas):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"quotas must be a Quotas, not {format_value(quotas)}",
                hint="Pass the quotas of the account, for example quotas=Quotas(get_id=50).",
            )
        policy = check_policy(policy, spec.credential_lifetime)
        shared = None if store is None else SharedStore(store)
        self._spec = spec
        self._state = BrokerState(
            spec,
            store=shared,
            policy=policy,
            max_users=max_users,
            prefetch_within=prefetch_within,
            random=random,
        )
        self._rate_limits = _rate_limits(spec, quotas or Quotas(), shared, self._state)
        self._flows = BrokerFlows(
            self._state, spec, policy=policy, rate_limits=self._rate_limits, deadline=deadline
        )
        self._get_fresh = self._state.get_fresh
        # Each of the two rate-limited requests in a fetch may wait for the quota for up to
        # `deadline` seconds.
        self._max_flight_seconds = spec.max_fetch_seconds + MAX_SHARING_SECONDS + 2 * deadline
        self.metrics: BrokerMetrics = self._state.metrics
        self.metrics.export()

    @property
    def region(self) -> str:
        """The region of the identity pool, for example `us-east-1`."""
        return self._spec.config.region

    def __reduce__(self) -> t.NoReturn:
        raise TypeError(
            "a broker contains connections and locks and cannot be pickled: create a broker in "
            "each process"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._state)} users>"


def check_broker_open(broker: BaseBroker) -> None:
    """Raise ConfigurationError if a broker is closed; for use in the other packages."""
    broker._state.check_open()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _rate_limits(
    spec: BrokerSpec, quotas: Quotas, store: SharedStore | None, state: BrokerState
) -> RateLimits:
    return RateLimits(
        create_rate_limiters(quotas, state.monotonic),
        store,
        # Quotas apply per account and region. If the account ID is unknown, the pool ID is used
        # instead.
        f"{spec.account_id or spec.identity_pool_id} {spec.config.region}",
        state.metrics,
    )
