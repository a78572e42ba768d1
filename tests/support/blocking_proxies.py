"""Sync interfaces to async stores, so that tests can run with sync and async stores."""

from __future__ import annotations

import asyncio
from typing import Any


class BlockingStoreProxy:
    """Sync proxy for an async store."""

    def __init__(self, store: Any, runner: asyncio.Runner) -> None:
        self._store = store
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._runner.run(
            _call(getattr(self._store, name), args, kwargs)
        )

    def __repr__(self) -> str:
        return repr(self._store)

    def lock(self, key: str, seconds: float) -> Any:
        lease = self._runner.run(self._store.lock(key, seconds))
        return None if lease is None else BlockingLeaseProxy(lease, self._runner)

    def put(self, key: str, value: bytes, **options: Any) -> Any:
        lease = options.get("lease")
        if lease is not None:
            options["lease"] = lease.inner
        return self._runner.run(self._store.put(key, value, **options))


class BlockingLeaseProxy:
    """Sync proxy for an async lease."""

    def __init__(self, inner: Any, runner: asyncio.Runner) -> None:
        self.inner = inner
        self._runner = runner

    def release(self) -> None:
        self._runner.run(_call(self.inner.release, (), {}))


async def _call(function: Any, args: Any, kwargs: Any) -> Any:
    return await function(*args, **kwargs)
