"""A store for one process."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict

from cognito_credentials import _typing as t
from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._validation import check_integer
from cognito_credentials.clock import SystemClock

__all__ = ["MemoryLease", "MemoryStore"]


class MemoryStore:
    """Keep identity ids and credentials of many users in this process; the least used ones go.

    For providers that serve one user each, for a broker of one host, and for tests. Identity ids go
    only when nothing else is left to go. May be used by any number of threads and event loops; a
    child process has what was there at the fork, and shares nothing from then on.

    Args:
        max_entries: How many entries it holds at most; a user has one or two.
        clock: Tells when entries and leases are over.

    Raises:
        ConfigurationError: `max_entries` is not a whole number from 1 up.
    """

    __module__ = "cognito_credentials.stores"

    is_local = True

    def __init__(self, max_entries: int = 10_000, *, clock: t.Clock | None = None) -> None:
        check_integer("max_entries", max_entries)
        clock = clock or SystemClock()
        self.max_entries = max_entries
        self._now, self._monotonic = clock.now, clock.monotonic
        # The least used first: what may go by itself, and what is kept for as long as possible.
        # Each with its fence, the number of the lease that it was put with: a later one has a larger.
        self._passing: OrderedDict[str, tuple[bytes, int, float]] = OrderedDict()
        self._lasting: OrderedDict[str, tuple[bytes, int]] = OrderedDict()
        self._fences = itertools.count(1)
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Forget all leases, and the lock, which a thread that is gone may hold."""
        self._lock = threading.Lock()
        self._holders: dict[str, MemoryLease] = {}

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, unless its time is over."""
        with self._lock:
            if key in self._lasting:
                self._lasting.move_to_end(key)
                return self._lasting[key][0]
            if key not in self._passing:
                return None
            value, _, expires_at = self._passing[key]
            if expires_at <= self._now():
                del self._passing[key]
                return None
            self._passing.move_to_end(key)
            return value

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: MemoryLease | None = None
    ) -> None:
        """Keep a value; the least used entry goes where there is no room."""
        with self._lock:
            fence = next(self._fences) if lease is None else lease.fence
            stored = self._passing.get(key) or self._lasting.get(key)
            if stored is not None and stored[1] > fence:
                return  # the lease's time was over, and a later holder has put another
            self._remove(key)
            if expires_at is None:
                self._lasting[key] = value, fence
            else:
                self._passing[key] = value, fence, expires_at
            if len(self) > self.max_entries:
                (self._passing or self._lasting).popitem(last=False)

    def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        with self._lock:
            self._remove(key)

    def lock(self, key: str, seconds: float) -> MemoryLease | None:
        """Return the key's one lease, or None where another has it."""
        now = self._monotonic()
        with self._lock:
            holder = self._holders.get(key)
            if holder is not None and now < holder.until:
                return None
            lease = self._holders[key] = MemoryLease(self, key, now + seconds, next(self._fences))
            return lease

    def free(self, lease: MemoryLease) -> None:
        """End a lease, unless another has taken its place."""
        with self._lock:
            if self._holders.get(lease.key) is lease:
                del self._holders[lease.key]

    def _remove(self, key: str) -> None:
        self._passing.pop(key, None)
        self._lasting.pop(key, None)

    def __len__(self) -> int:
        return len(self._passing) + len(self._lasting)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} entries>"


class MemoryLease:
    """The right to fetch, until it is released or its time is over."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ("_store", "fence", "key", "until")

    def __init__(self, store: MemoryStore, key: str, until: float, fence: int) -> None:
        self._store = store
        self.key = key
        self.until = until
        self.fence = fence

    def release(self) -> None:
        """Let another have the lock."""
        self._store.free(self)
