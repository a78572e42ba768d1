from __future__ import annotations

import os
import signal
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
        self.numbers: list[int] = []

    def add(self, number: int, store: str, side: str = "sync", **environment: str) -> None:
        """Start so many processes that share this store: `file:PATH`, or a Redis URL."""
        words = [self.pool, self.emulator.endpoint_url, store, side, str(number)]
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
            start_new_session=True,  # so that all of them can be killed
        )
        self.processes.append(process)
        self.numbers.append(number)

    def start(self) -> None:
        """Let all go at once, as soon as all are ready."""
        for process, number in zip(self.processes, self.numbers, strict=True):
            for _ in range(number):
                ready = self._pipe(process.stdout).readline()
                assert ready == "ready\n", process.communicate()[1]
        for process in self.processes:
            self._pipe(process.stdin).close()
            process.stdin = None

    def ask(self) -> list[str]:
        """Return what each gets: a key id and an identity id."""
        self.start()
        answers: list[str] = []
        for process in self.processes:
            out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, "")
            answers += out.splitlines()
        assert len(answers) == sum(self.numbers)
        return answers

    @property
    def calls(self) -> list[str]:
        return [call.operation for call in self.emulator.calls[self.seen :]]

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
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
