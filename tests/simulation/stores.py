"""The stores of a world: the library's own stores, on simulated machines and servers.

Each process has a `SimulatedStore`, which delays calls to the actual store, and makes some of
them fail before or after they have acted. The backend of the world (a shared `MemoryStore`,
a directory or a Redis server) contains the entries, which survive the processes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from cognito_credentials.errors import RequestTimeoutError
from cognito_credentials.stores.file import FileStore
from cognito_credentials.stores.memory import MemoryLease, MemoryStore
from cognito_credentials.stores.redis import RedisLease, RedisStore
from simulation import system_calls
from simulation.processes import Process
from simulation.redis_server import RedisClient, RedisServer
from simulation.scheduler import Steps

if TYPE_CHECKING:
    from simulation.worlds import World

SEALING_KEY = b"a sealing key for simulations.  "
REDIS_TIMEOUT_SECONDS = 1.0
# One of this number of worlds has a small memory store.
SMALL_STORE_INTERVAL = 4
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the name of the directory in it is random


class MemoryBackend:
    """A `MemoryStore` that all processes share; its leases outlive a killed process.

    In some worlds, the store is too small for the credentials of all users.
    """

    kind = "memory"
    max_latency_seconds = 0.0005

    def __init__(self, world: World) -> None:
        self.is_small = world.seed % SMALL_STORE_INTERVAL == 0
        self._store = MemoryStore(
            clock=world.hosts[0],
            max_entries=1 if self.is_small else 100,
            evict_identity_ids=not self.is_small,
        )

    def open(self, process: Process) -> Any:
        return process.world.store_class(process, self._store, self)

    def close(self) -> None:
        """Do nothing."""


class FileBackend:
    """A directory, in which each process has a `FileStore`."""

    kind = "file"
    is_small = False
    max_latency_seconds = 0.0005

    def __init__(self, _world: World) -> None:
        self.path = ""

    def open(self, process: Process) -> Any:
        if not self.path:
            # A directory in memory is faster, because the store flushes each file to the disk.
            parent = SHARED_MEMORY if os.path.isdir(SHARED_MEMORY) else None
            self.path = tempfile.mkdtemp(prefix="simulation-", dir=parent)
        store = FileStore(self.path, clock=process.host)
        return process.world.store_class(process, store, self)

    def close(self) -> None:
        if self.path:
            shutil.rmtree(self.path)


class RedisBackend:
    """A Redis server with a clock of its own, to which each process has a `RedisStore`."""

    kind = "redis"
    is_small = False
    max_latency_seconds = 0.004

    def __init__(self, world: World) -> None:
        self.server = RedisServer(world)

    def open(self, process: Process) -> Any:
        store = RedisStore(RedisClient(self.server), sealing_key=SEALING_KEY)
        return process.world.store_class(process, store, self)

    def close(self) -> None:
        """Do nothing."""


BACKENDS: dict[str, Any] = {
    backend.kind: backend for backend in (MemoryBackend, FileBackend, RedisBackend)
}


class SimulatedStore:
    """One process's view of a store."""

    def __init__(self, process: Process, store: Any, backend: Any) -> None:
        self.process = process
        self.backend = backend
        self.is_local: bool = getattr(store, "is_local", False)
        self._store = store
        if hasattr(store, "reserve"):
            self.reserve = self._reserve
        if hasattr(store, "add"):
            self.add = self._add

    def get(self, key: str) -> Steps:
        return self._call("get", key)

    def put(self, key: str, value: bytes, *, expires_at: float | None, lease: Any = None) -> Steps:
        inner = None if lease is None else lease.lease
        return self._call("put", key, value, expires_at=expires_at, lease=inner)

    def delete(self, key: str) -> Steps:
        return self._call("delete", key)

    def lock(self, key: str, seconds: float) -> Steps:
        lease = yield from self._call("lock", key, seconds)
        return None if lease is None else SimulatedLease(self, lease)

    def _add(self, key: str, value: bytes) -> Steps:
        return self._call("add", key, value)

    def _reserve(self, name: str, **options: Any) -> Steps:
        return self._call("reserve", name, **options)

    def _call(self, method: str, *arguments: Any, **keywords: Any) -> Steps:
        process, world = self.process, self.process.world
        fault = world.faults.draw_store_fault(process, method)
        yield self._latency() + (process.checkpoint(awaits=True) or 0.0)
        if fault is not None:
            world.log(process.name, f"store.{method}: {fault}")
            if fault != "failed after it acted":
                yield from self._fail(fault)
        function = getattr(self._store, method)
        if self.backend.kind == "file":
            with system_calls.watch(process, self.backend.path):
                result = function(*arguments, **keywords)
        else:
            result = function(*arguments, **keywords)
        if method == "lock" and result is not None:
            process.leases.append(result)
        if world.is_recorded:
            world.log(process.name, _describe(method, arguments, result))
        yield self._latency() + (process.checkpoint(awaits=True) or 0.0)
        if fault is not None:
            yield from self._fail(fault)
        return result

    def _fail(self, fault: str) -> Steps:
        if self.backend.kind != "redis":
            raise OSError(5, "Input/output error")
        if fault == "stalled":
            yield REDIS_TIMEOUT_SECONDS
        raise RequestTimeoutError("the Redis server did not respond in time")

    def _latency(self) -> float:
        return float(self.backend.max_latency_seconds * self.process.world.random.random())


class SimulatedLease:
    """Lease of a simulated process."""

    def __init__(self, store: SimulatedStore, lease: Any) -> None:
        self.lease = lease
        self._store = store

    def release(self) -> Steps:
        store = self._store
        yield store._latency() + (store.process.checkpoint(awaits=True) or 0.0)
        store.process.leases.remove(self.lease)
        self.lease.release()


def end_leases(process: Process) -> None:
    """End the leases of a killed process that do not outlive it: those of a file store."""
    for lease in process.leases:
        if not isinstance(lease, (MemoryLease, RedisLease)):
            lease.release()
    process.leases.clear()


def _describe(method: str, arguments: tuple[Any, ...], result: Any) -> str:
    kind = str(arguments[0]).partition(":")[0]
    if method == "get":
        outcome = "nothing" if result is None else "a value"
    elif method in ("add", "put"):
        outcome = "discarded" if result is False else "stored"
    else:
        outcome = "" if method == "delete" else ("none" if result is None else "granted")
    return f"store.{method} {kind}: {outcome}"
