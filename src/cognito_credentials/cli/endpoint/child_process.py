"""A program that runs below this one: started, told of signals, and its status when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

__all__ = ["NOT_FOUND_STATUS", "CommandError", "SignalForwarder", "forward_signals", "run_program"]

NOT_FOUND_STATUS, NOT_RUNNABLE, BY_SIGNAL = 127, 126, 128

BETWEEN_LOOKS = 1.0  # seconds

# From the terminal these come to the program by themselves.
TERMINALS = ("SIGINT", "SIGQUIT")
HANDED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", *TERMINALS)


class CommandError(ConfigurationError):
    """The program could not be started."""

    def __init__(self, message: str, *, hint: str, exit_status: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_status = exit_status


def run_program(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a program to its end, and return the status that a shell would."""
    with forward_signals() as relay:
        return relay.run(command, environment)


class SignalForwarder:
    """Hands signals on to a program; those that come before it runs, as soon as it does."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int:
        """Run a program to its end, and return the status that a shell would.

        Raises:
            CommandError: It cannot be started.
        """
        with _started(command, environment) as program:
            self._program = program
            for number in self._early:
                program.send_signal(number)
            status = None
            while status is None:
                # Not one wait without end: a signal that came just before it would be handed on
                # only when the program has ended.
                with suppress(subprocess.TimeoutExpired):
                    status = program.wait(BETWEEN_LOOKS)
                if status is None and _has_stopped(program):
                    os.kill(os.getpid(), signal.SIGSTOP)
                    program.send_signal(signal.SIGCONT)
        return status if status >= 0 else BY_SIGNAL - status

    def hand_on(self, number: int, _frame: Any) -> None:
        """Handle a signal."""
        if self._program is None:
            self._early.append(number)
        elif signal.Signals(number).name not in TERMINALS or not _is_in_foreground(os.getpgrp()):
            self._program.send_signal(number)


@contextmanager
def forward_signals() -> Generator[SignalForwarder, None, None]:
    """Hand signals on instead of dying of them; one that is ignored (nohup) stays ignored."""
    relay = SignalForwarder()
    numbers = [getattr(signal, name) for name in HANDED_ON if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, relay.hand_on)
        yield relay
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _started(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    name = command[0]
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own program
    except FileNotFoundError:
        raise CommandError(
            f"{name}: there is no such command, or not what it needs to run",
            hint="See how it is spelled, and whether its folder is in PATH.",
            exit_status=NOT_FOUND_STATUS,
        ) from None
    except OSError as error:
        raise CommandError(
            f"{name} cannot be run: {error.strerror}",
            hint="See whether it is a program and has the right to be run (chmod +x).",
            exit_status=NOT_RUNNABLE,
        ) from None


def _has_stopped(program: subprocess.Popen[bytes]) -> bool:
    """Tell whether the program has stopped by itself at the terminal, as a shell does by `suspend`.

    The shell of the terminal sees this process alone: unless it stops, too, nobody has the terminal.
    """
    if not hasattr(os, "waitid"):
        return False
    try:
        stopped = os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOHANG)
        return stopped is not None and _is_in_foreground(os.getpgrp(), os.getpgid(program.pid))
    except (ChildProcessError, ProcessLookupError):  # it has ended
        return False


def _is_in_foreground(*groups: int) -> bool:
    """Tell whether a terminal gives its signals to one of these process groups."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except (OSError, AttributeError):  # there is none
        return False
    try:
        return os.tcgetpgrp(terminal) in groups
    except OSError:
        return False
    finally:
        os.close(terminal)
