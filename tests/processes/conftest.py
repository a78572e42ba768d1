"""Fixtures for groups of processes that fetch credentials at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account
from valkey_server import one_valkey, valkey

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

__all__ = ["make_process_group", "one_valkey", "process_group", "valkey"]

PROGRAM = Path(__file__).with_name("fetch_once.py")


class ProcessGroup:
    """Processes that prepare a fetch, and begin the fetch together when `start` is called."""

    def __init__(self, emulator: Emulator, pool: str) -> None:
        self.emulator = emulator
        self.pool = pool
        self._calls_before = len(emulator.calls)
        # `sizes[i]` is the number of processes that `parents[i]` forks.
        self.parents: list[subprocess.Popen[str]] = []
        self.sizes: list[int] = []

    @property
    def size(self) -> int:
        return sum(self.sizes)

    def add(self, size: int, store: str, side: str = "sync", **environment: str) -> None:
        """Add `size` processes that share a store, given as `file:PATH` or as a Redis URL."""
        arguments = [self.pool, self.emulator.endpoint_url, store, side, str(size)]
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
            start_new_session=True,  # This lets `close` also kill the forked processes.
        )
        self.parents.append(process)
        self.sizes.append(size)

    def start(self) -> None:
        """Wait until all processes are ready, then let them fetch."""
        for parent, size in zip(self.parents, self.sizes, strict=True):
            for _ in range(size):
                ready = self._pipe(parent.stdout).readline()
                assert ready == "ready\n", parent.communicate()[1]
        for parent in self.parents:
            self._pipe(parent.stdin).close()
            parent.stdin = None

    def fetch(self) -> list[str]:
        """Let all processes fetch, and return the lines with IDs that they print, one for each process."""
        self.start()
        results: list[str] = []
        for parent in self.parents:
            out, err = parent.communicate(timeout=60)
            assert (parent.returncode, err) == (0, "")
            results += out.splitlines()
        assert len(results) == self.size
        return results

    @property
    def calls(self) -> list[str]:
        return [call.operation for call in self.emulator.calls[self._calls_before :]]

    def close(self) -> None:
        for parent in self.parents:
            if parent.poll() is None:
                os.killpg(parent.pid, signal.SIGKILL)
            parent.communicate()

    @staticmethod
    def _pipe(pipe: Any) -> Any:
        assert pipe is not None
        return pipe


@pytest.fixture
def make_process_group(emulator: Emulator) -> Iterator[Callable[[], ProcessGroup]]:
    """A function that creates process groups for the same identity pool."""
    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    groups: list[ProcessGroup] = []

    def make() -> ProcessGroup:
        groups.append(ProcessGroup(emulator, pool))
        return groups[-1]

    yield make
    for group in groups:
        group.close()


@pytest.fixture
def process_group(make_process_group: Callable[[], ProcessGroup]) -> ProcessGroup:
    return make_process_group()
