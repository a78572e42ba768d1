from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account
from valkey_server import one_valkey, valkey

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

__all__ = ["crowd", "make_crowd", "one_valkey", "valkey"]

PROGRAM = Path(__file__).with_name("one_process.py")


class Crowd:
    """Processes that are ready to ask, and ask when they are told, all at once."""

    def __init__(self, emulator: Emulator, pool: str) -> None:
        self.emulator = emulator
        self.pool = pool
        self.seen = len(emulator.calls)
        self.processes: list[subprocess.Popen[str]] = []

    def add(self, number: int, store: str, side: str = "sync", **environment: str) -> None:
        """Start processes that share this store: `file:PATH`, or a Redis URL."""
        for _ in range(number):
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), self.pool, self.emulator.endpoint_url, store, side],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | environment,
            )
            self.processes.append(process)

    def ask(self) -> list[str]:
        """Let all go at once; returns what each got: a key id and an identity id."""
        for process in self.processes:
            assert self._pipe(process.stdout).readline() == "ready\n", process.communicate()[1]
        for process in self.processes:
            pipe = self._pipe(process.stdin)
            pipe.write("go\n")
            pipe.flush()
        answers = []
        for process in self.processes:
            out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, "")
            answers.append(out)
        return answers

    @property
    def calls(self) -> list[str]:
        return [call.operation for call in self.emulator.calls[self.seen :]]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()

    @staticmethod
    def _pipe(pipe: Any) -> Any:
        assert pipe is not None
        return pipe


@pytest.fixture
def crowd(emulator: Emulator) -> Any:
    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    crowd = Crowd(emulator, pool)
    yield crowd
    crowd.close()


@pytest.fixture
def make_crowd(crowd: Crowd) -> Callable[[], Crowd]:
    """Make another crowd for the same pool, later."""
    return lambda: Crowd(crowd.emulator, crowd.pool)
