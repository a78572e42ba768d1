"""Flows that return, fetch, refresh and discard credentials for sync and async brokers."""

from __future__ import annotations

from functools import partial

from cognito_credentials._core import ops
from cognito_credentials._core.flight_errors import refresh_timeout_error
from cognito_credentials._core.freshness import Decision, check_not_expired
from cognito_credentials._core.rate_limiting import RefreshDeferredError, rate_limited
from cognito_credentials._core.shared_fetch import SharedFetch, fetch_unshared
from cognito_credentials.credentials import read_clock
from cognito_credentials.errors import RefreshTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, Protocol

    from cognito_credentials._core.broker_users import CachedUser, UserRequest
    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.http import HttpRequest
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.rate_limiting import RateLimits
    from cognito_credentials._core.shared_fetch import FetchResult
    from cognito_credentials._core.shared_store import SharedStore
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.policy import RefreshPolicy

    class State(Protocol):
        """The users of a broker; see `_base.broker.BrokerState`."""

        metrics: Any
        store_checks: Any
        monotonic: Callable[[], float]
        store: SharedStore | None

        def check_open(self) -> None: ...

        def decide(
            self, request: UserRequest, *, in_flight: bool
        ) -> tuple[Decision, Credentials | None]: ...

        def peek(self, request: UserRequest) -> Credentials | None: ...

        def find(self, user_identifier: str) -> CachedUser | None: ...

        def find_permitted(self, request: UserRequest) -> CachedUser | None: ...

        def accept(self, request: UserRequest, result: FetchResult, *, seconds: float) -> None: ...

        def reject(self, request: UserRequest, error: Exception) -> None: ...

        def forget(self, user_identifier: str) -> str | None: ...

        def is_store_check_due(self, request: UserRequest) -> bool: ...

    class Spec(Protocol):
        """Factory of exchanges; see `_base.provider.BrokerSpec`."""

        def exchange(
            self,
            user_identifier: str,
            logins: Any,
            *,
            store: SharedStore | None,
            known_id: str | None,
        ) -> Exchange: ...


class BrokerFlows:
    """The flows of one broker.

    Args:
        state: The users of the broker; see `_base.broker.BrokerState`.
        spec: Creates the exchange of a user; see `_base.provider.BrokerSpec`.
        policy: Determines when stored credentials are refreshed.
        rate_limits: Rate limits that enforce the account's quotas.
        deadline: Default deadline of a call, in seconds.
    """

    def __init__(
        self,
        state: State,
        spec: Spec,
        *,
        policy: RefreshPolicy,
        rate_limits: RateLimits,
        deadline: float,
    ) -> None:
        self._state = state
        self._spec = spec
        self._policy = policy
        self._rate_limits = rate_limits
        self._deadline = deadline
        # The keys of the flights that had to wait for a quota.
        self._rate_limited_keys: set[Hashable] = set()

    def get(self, request: UserRequest, deadline: float | None) -> Flow[Credentials]:
        """Return valid credentials for the user within `deadline` seconds.

        Raises the error of the fetch, or the cached error of the previous fetch.
        """
        state, metrics = self._state, self._state.metrics
        state.check_open()
        timeout = self._deadline if deadline is None else deadline
        started_at = state.monotonic()
        has_waited = False
        try:
            while True:
                in_flight = yield from ops.is_in_flight(request.key)
                decision, cached = state.decide(request, in_flight=in_flight)
                if decision is Decision.SERVE_AND_REFRESH:
                    yield from ops.start_flight(request.key, partial(self.fetch, request, None))
                if decision is not Decision.WAIT and cached is not None:
                    if state.is_store_check_due(request):
                        key = request.key, "store"
                        yield from ops.start_flight(key, partial(self.check_store, request))
                    # The machine may have been suspended since the decision.
                    if state.peek(request) is None:
                        continue
                    metrics.hits += not has_waited
                    return cached
                has_waited = True
                remaining = timeout - (state.monotonic() - started_at)
                try:
                    fetched = yield from ops.join_flight(
                        request.key,
                        partial(self.fetch, request, remaining),
                        timeout_seconds=remaining,
                    )
                except RefreshDeferredError:
                    # This caller joined a background refresh that was deferred to leave the quota
                    # to callers.
                    continue
                check_not_expired(fetched)
                return fetched
        except Exception as error:
            valid = state.peek(request)
            if valid is not None:
                return valid
            metrics.timeouts += isinstance(error, RefreshTimeoutError)
            explained = self._explain(error, request, timeout)
            if explained is not error:
                raise explained from error
            raise
        finally:
            if has_waited:
                metrics.waits += 1
                metrics.waited.record(state.monotonic() - started_at)

    def refresh(self, request: UserRequest) -> Flow[Credentials]:
        """Refresh the user's credentials with background priority, or join a fetch in progress."""
        return ops.single_flight(request.key, partial(self.fetch, request, None))

    def forget(self, user_identifier: str) -> Flow[None]:
        """Discard a user's credentials in memory and in the store."""
        key = self._state.forget(user_identifier)
        store = self._state.store
        if key is not None and store is not None:
            yield from store.delete(key)

    def fetch(self, request: UserRequest, max_wait: float | None) -> Flow[Credentials]:
        """Fetch the user's credentials, and cache them.

        Args:
            request: The user and the logins.
            max_wait: Maximum number of seconds that each request waits for the quota. If the
                broker's deadline is longer, the deadline is used instead. None for a background
                refresh, whose requests do not wait.
        """
        state, metrics = self._state, self._state.metrics
        newer = state.peek(request)
        if newer is not None and newer is not request.former:
            return newer  # Another flight has finished since the caller read the cache.
        metrics.refreshes += max_wait is None
        started_at = state.monotonic()
        try:
            result = yield from rate_limited(
                self._fetch(request), partial(self._wait_for_quota, request, max_wait)
            )
            state.accept(request, result, seconds=state.monotonic() - started_at)
            if result.error is not None:
                self._reject(request, result.error)
        except Exception as error:
            self._reject(request, error)
            raise
        finally:
            self._rate_limited_keys.discard(request.key)
        if request.is_forgotten and state.store is not None:
            yield from state.store.delete(result.key)
        return result.record.credentials

    def _fetch(self, request: UserRequest) -> Flow[FetchResult]:
        state = self._state
        user = state.find(request.user_identifier)
        exchange = self._spec.exchange(
            request.user_identifier,
            request.original_logins(),
            store=state.store,
            known_id=None if user is None else user.credentials.identity_id,
        )
        if state.store is None:
            return fetch_unshared(exchange, None if user is None else user.as_fetch_result())
        permitted = state.find_permitted(request)
        after, rejected = 0.0, None
        if permitted is not None:
            after = permitted.fetched_at
            if permitted.is_rejected:
                rejected = permitted.credentials.access_key_id
        shared_fetch = SharedFetch(exchange, state.store, self._policy)
        return shared_fetch.run(after=after, rejected=rejected)

    def check_store(self, request: UserRequest) -> Flow[None]:
        """Write the user's credentials and identity ID back to a store that has lost them."""
        state, was_emptied = self._state, False
        user = state.find(request.user_identifier)
        state.store_checks.begin()
        try:
            if user is None or state.store is None:
                return
            exchange = self._spec.exchange(
                request.user_identifier,
                request.original_logins(),
                store=state.store,
                known_id=user.credentials.identity_id,
            )
            # Pass on the clock skew: without it, other processes on this machine would trust the
            # local clock, even if it is known to be wrong. The skew is rounded, because credentials
            # with the same skew share a clock.
            skew = read_clock(user.credentials) - (yield from ops.now())
            result = user.as_fetch_result(round(skew, 1))
            shared_fetch = SharedFetch(exchange, state.store, self._policy)
            was_emptied = yield from shared_fetch.restore(result)
            if request.is_forgotten:
                yield from state.store.delete(result.key)
        finally:
            state.store_checks.end(user, was_emptied=was_emptied)

    def _wait_for_quota(
        self, request: UserRequest, max_wait: float | None, http_request: HttpRequest
    ) -> Flow[None]:
        self._state.check_open()
        yield from self._rate_limits.wait(
            http_request,
            max_wait=max(self._deadline, max_wait or 0.0),
            is_background=max_wait is None,
            on_wait=partial(self._rate_limited_keys.add, request.key),
        )
        # A request after `close` would open a connection that is never closed.
        self._state.check_open()

    def _reject(self, request: UserRequest, error: Exception) -> None:
        if isinstance(error, RefreshDeferredError):
            self._state.metrics.deferred += 1
        else:
            self._state.reject(request, error)

    def _explain(self, error: Exception, request: UserRequest, timeout: float) -> Exception:
        """Return the error for the caller, with an explanation if the quota delayed the fetch."""
        if isinstance(error, RefreshTimeoutError) and request.key in self._rate_limited_keys:
            return refresh_timeout_error(timeout, was_rate_limited=True)
        return error
