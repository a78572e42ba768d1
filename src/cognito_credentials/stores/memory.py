"""A store for one process."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict

from cognito_credentials import _typing as t
from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._core import logs
from cognito_credentials._validation import check_argument_names, check_integer
from cognito_credentials.clock import SystemClock

__all__ = ["MemoryLease", "MemoryStore"]


class MemoryStore:
    """In-memory store of the identity IDs and credentials of many users.

    Intended for a broker on a single host, for many providers that serve one user each, and for
    tests. If the store is full, the least recently used credentials are evicted; identity IDs are
    evicted only if no credentials are left.

    Any number of threads and event loops may use the store. After a fork, the child process has its
    own copy of the entries, and shares nothing with its parent.

    Args:
        max_entries: Maximum number of entries. Each user has one or two entries.
        evict_identity_ids: If False, identity IDs are never evicted, and `max_entries` applies to
            credentials only.
        clock: Clock that determines when entries and leases expire; the system clock by default.

    Raises:
        ConfigurationError: If `max_entries` is not a positive integer.
    """

    __module__ = "cognito_credentials.stores"

    is_local = True

    @check_argument_names
    def __init__(
        self,
        max_entries: int = 10_000,
        *,
        evict_identity_ids: bool = True,
        clock: t.Clock | None = None,
    ) -> None:
        check_integer("max_entries", max_entries)
        clock = clock or SystemClock()
        self.max_entries = max_entries
        self._evict_identity_ids = evict_identity_ids
        self._has_warned = False
        self._now, self._monotonic = clock.now, clock.monotonic
        # Both dicts are ordered from the least to the most recently used entry. Each entry includes
        # the fence of the lease under which it was stored; a later lease has a larger fence.
        self._expiring: OrderedDict[str, tuple[bytes, int, float]] = OrderedDict()
        self._permanent: OrderedDict[str, tuple[bytes, int]] = OrderedDict()
        self._fences = itertools.count(1)
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Discard all leases, and replace the lock, which another thread may have held."""
        self._lock = threading.Lock()
        self._leases: dict[str, MemoryLease] = {}

    def get(self, key: str) -> bytes | None:
        """Return the value under this key; None if it is missing or expired."""
        with self._lock:
            if key in self._permanent:
                self._permanent.move_to_end(key)
                return self._permanent[key][0]
            if key not in self._expiring:
                return None
            value, _, expires_at = self._expiring[key]
            if expires_at <= self._now():
                del self._expiring[key]
                return None
            self._expiring.move_to_end(key)
            return value

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: MemoryLease | None = None
    ) -> bool:
        """Store a value; if the store is full, evict the least recently used entry.

        Returns False if a value was stored under a later lease.
        """
        with self._lock:
            fence = next(self._fences) if lease is None else lease.fence
            stored = self._expiring.get(key) or self._permanent.get(key)
            if stored is not None and stored[1] > fence:
                # The lease expired, and the owner of a later lease has stored a value.
                return False
            self._remove(key)
            if expires_at is None:
                self._permanent[key] = value, fence
            else:
                self._expiring[key] = value, fence, expires_at
            self._evict()
            return True

    def add(self, key: str, value: bytes) -> bool:
        """Store an identity ID; return False if there is a value under this key already."""
        with self._lock:
            if key in self._permanent:
                return False
            self._remove(key)
            self._permanent[key] = value, next(self._fences)
            self._evict()
            return True

    def _evict(self) -> None:
        if not self._evict_identity_ids:
            if len(self._expiring) > self.max_entries:
                self._expiring.popitem(last=False)
        elif len(self) > self.max_entries:
            if not self._expiring and not self._has_warned:
                self._has_warned = True
                logs.warning(
                    "The memory store is full (max_entries=%d). Evicting the least recently used "
                    "identity IDs; a guest whose identity ID is evicted gets a new identity.",
                    self.max_entries,
                )
            (self._expiring or self._permanent).popitem(last=False)

    def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        with self._lock:
            self._remove(key)

    def lock(self, key: str, seconds: float) -> MemoryLease | None:
        """Return a lease on the key, or None if another caller holds one."""
        now = self._monotonic()
        with self._lock:
            current = self._leases.get(key)
            if current is not None and now < current.expires_at:
                return None
            self._leases.pop(key, None)
            lease = MemoryLease(self, key, now + seconds, next(self._fences))
            # Store and return the lease in one step: if a signal handler raised an exception in
            # between, no caller could release the lease.
            return self._leases.setdefault(key, lease)

    def _release(self, lease: MemoryLease) -> None:
        """End a lease, unless another lease has replaced it."""
        with self._lock:
            if self._leases.get(lease.key) is lease:
                del self._leases[lease.key]

    def _remove(self, key: str) -> None:
        self._expiring.pop(key, None)
        self._permanent.pop(key, None)

    def __len__(self) -> int:
        return len(self._expiring) + len(self._permanent)

    def __reduce__(self) -> t.NoReturn:
        raise TypeError(
            "a MemoryStore is the memory of one process and cannot be pickled: use a FileStore or a "
            "RedisStore to share entries between processes"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} entries>"


class MemoryLease:
    """Lease on a key in a `MemoryStore`; ends when it is released or expires."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ("_store", "expires_at", "fence", "key")

    def __init__(self, store: MemoryStore, key: str, expires_at: float, fence: int) -> None:
        self._store = store
        self.key: str = key
        self.expires_at: float = expires_at  # Monotonic time in seconds.
        self.fence: int = fence

    def release(self) -> None:
        """Release the lease, unless another caller has a later lease."""
        self._store._release(self)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
