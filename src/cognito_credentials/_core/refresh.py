"""Flows that return, fetch and refresh credentials for sync and async caches."""

from __future__ import annotations

from cognito_credentials._core import ops
from cognito_credentials._core.freshness import Decision, has_remaining, require_remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.freshness import Epoch
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.shared_fetch import SharedFetch
    from cognito_credentials.credentials import Credentials

    class State(Protocol):
        """The state of a cache; see `_base.cache.RefreshState`."""

        epoch: Epoch

        @property
        def rejected_access_key_id(self) -> str | None: ...

        def check_open(self) -> None: ...

        def decide(
            self, *, in_flight: bool, min_remaining: float
        ) -> tuple[Decision, Credentials | None]: ...

        def peek(self) -> Credentials | None: ...

        def accept(
            self,
            credentials: Credentials,
            fetched_at: float | None = None,
            *,
            epoch: Epoch,
            is_rejected: bool = False,
        ) -> None: ...

        def reject(self, error: Exception, *, epoch: Epoch) -> None: ...


class Refresher:
    """The flows of one cache.

    Args:
        state: The cached credentials and the last failure.
        exchange: Fetches credentials if there is no store.
        shared_fetch: Fetches credentials through a store; None if there is no store.
        check_open: Raises an error if the provider is closed.
        max_flight_seconds: Seconds after which a flight is abandoned.
        is_store_check_due: Returns True once in each interval, to make the caller check whether the
            store has lost the cached credentials.
    """

    def __init__(
        self,
        state: State,
        exchange: Exchange,
        shared_fetch: SharedFetch | None,
        *,
        check_open: Callable[[], None],
        max_flight_seconds: float,
        is_store_check_due: Callable[[], bool] = lambda: False,
    ) -> None:
        self.state = state
        self._exchange = exchange
        self._shared_fetch = shared_fetch
        self._check_open = check_open
        self._max_flight_seconds = max_flight_seconds
        self._is_store_check_due = is_store_check_due

    def get(self, min_remaining: float) -> Flow[Credentials]:
        """Return credentials that are valid for `min_remaining` seconds; refresh them if necessary.

        Raises the error of the fetch, or the cached error of the previous fetch.
        """
        state = self.state
        # Read the epoch before the check. If another thread closes the cache after the check, the
        # result of the fetch belongs to an epoch that is no longer read.
        epoch = state.epoch
        state.check_open()
        # The key contains the state, because all caches of a provider use the same flights, and the
        # epoch, so that a call after `invalidate()` does not join an earlier fetch.
        background_key = key = state, epoch, 0.0
        if self._shared_fetch is not None and min_remaining:
            # A stored record may be valid long enough for other callers, but not for this caller.
            key = state, epoch, min_remaining
        in_flight = yield from ops.is_in_flight(background_key)
        decision, credentials = state.decide(in_flight=in_flight, min_remaining=min_remaining)
        if decision is Decision.SERVE_AND_REFRESH:
            yield from ops.start_flight(
                background_key,
                lambda: self._refresh(credentials, epoch),
                max_seconds=self._max_flight_seconds,
            )
        if decision is not Decision.WAIT and credentials is not None:
            if self._is_store_check_due():
                yield from ops.start_flight(
                    (state, epoch, "store"), self._restore, max_seconds=self._max_flight_seconds
                )
            # The machine may have been suspended since the decision.
            if state.peek() is not None:
                return credentials
        try:
            fetched = yield from ops.single_flight(
                key,
                lambda: self._refresh(credentials, epoch, min_remaining),
                max_seconds=self._max_flight_seconds,
            )
        except Exception:
            # Read the cache again, because the credentials may have expired during the wait, or
            # another flight may have replaced them.
            cached = state.peek()
            if cached is None or not has_remaining(cached, min_remaining):
                raise
            return cached
        return require_remaining(fetched, min_remaining)

    def _restore(self) -> Flow[bool]:
        """Write the cached credentials back to a store that has lost them."""
        shared_fetch, cached = self._shared_fetch, self.state.peek()
        latest = None if shared_fetch is None else shared_fetch.latest
        # Do not restore a result that `invalidate()` has removed from the cache.
        if shared_fetch is None or latest is None or cached != latest.record.credentials:
            return False
        latest.record.is_rejected |= self.state.rejected_access_key_id is not None
        return (yield from shared_fetch.restore(latest))

    def _refresh(
        self, former: Credentials | None, epoch: Epoch, min_remaining: float = 0.0
    ) -> Flow[Credentials]:
        """Fetch and cache credentials; `former` contains the credentials that the caller read."""
        state = self.state
        newer = state.peek()
        if newer is not None and newer is not former and has_remaining(newer, min_remaining):
            return newer  # Another flight has finished since the caller read the cache.
        try:
            self._check_open()
            credentials, details, error = yield from self._fetch(epoch, min_remaining)
            state.accept(credentials, epoch=epoch, **details)
        except Exception as failure:
            state.reject(failure, epoch=epoch)
            raise
        if error is not None:
            state.reject(error, epoch=epoch)
        return credentials

    def _fetch(
        self, epoch: Epoch, min_remaining: float
    ) -> Flow[tuple[Credentials, dict[str, Any], Exception | None]]:
        """Return credentials, details for `State.accept`, and an error or None.

        If the fetch fails but the store contains valid credentials from another process, these are
        returned together with the error.
        """
        if self._shared_fetch is None:
            return (yield from self._exchange.run()), {}, None
        result = yield from self._shared_fetch.run(
            after=epoch.after,
            min_remaining=min_remaining,
            rejected=self.state.rejected_access_key_id,
        )
        record = result.record
        details = {"fetched_at": record.fetched_at, "is_rejected": record.is_rejected}
        return record.credentials, details, result.error
