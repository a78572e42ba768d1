"""Child processes: run a command, forward signals to it and return its exit status."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cognito_credentials.cli.settings.command_cleanup import keep_exit_statuses
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

__all__ = ["NOT_FOUND_STATUS", "CommandError", "SignalForwarder", "forward_signals", "run_program"]

# The exit statuses of a shell; for signals, SIGNAL_STATUS plus the signal number.
NOT_FOUND_STATUS = 127
NOT_EXECUTABLE_STATUS = 126
SIGNAL_STATUS = 128

WAIT_INTERVAL_SECONDS = 1.0

# The terminal itself sends these signals to every process in the foreground, including the child.
TERMINAL_SIGNALS = ("SIGINT", "SIGQUIT")
FORWARDED_SIGNALS = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", *TERMINAL_SIGNALS)


class CommandError(ConfigurationError):
    """Error for a command that cannot be started, with the exit status that a shell returns."""

    def __init__(self, message: str, *, hint: str, exit_status: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_status = exit_status


def run_program(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command until it exits, and return the exit status that a shell would return.

    Raises:
        CommandError: If the command cannot be started.
    """
    with forward_signals() as forwarder:
        return forwarder.run(command, environment)


class SignalForwarder:
    """Forwarder of signals to a child process; signals that arrive before it starts are queued."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._pending_signals: list[int] = []

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int:
        """Run a command until it exits, and return the exit status that a shell would return.

        Raises:
            CommandError: If the command cannot be started.
        """
        with _start_process(command, environment) as child:
            self._child = child
            for number in self._pending_signals:
                child.send_signal(number)
            status = None
            while status is None:
                # Without a timeout, a signal that arrives just before the wait would be handled
                # only after the child exits.
                with suppress(subprocess.TimeoutExpired):
                    status = child.wait(WAIT_INTERVAL_SECONDS)
                if status is None and _has_stopped(child):
                    os.kill(os.getpid(), signal.SIGSTOP)
                    child.send_signal(signal.SIGCONT)
        return status if status >= 0 else SIGNAL_STATUS - status

    def handle_signal(self, number: int, _frame: Any) -> None:
        """Forward a signal, unless the terminal has already sent it to the child."""
        if self._child is None:
            self._pending_signals.append(number)
        elif signal.Signals(number).name not in TERMINAL_SIGNALS or not _is_in_foreground(
            os.getpgrp()
        ):
            self._child.send_signal(number)


@contextmanager
def forward_signals() -> Generator[SignalForwarder, None, None]:
    """Forward signals to a child process while the block runs, instead of ending this process.

    Ignored signals, such as SIGHUP under `nohup`, remain ignored, except for SIGCHLD.
    """
    keep_exit_statuses()
    forwarder = SignalForwarder()
    numbers = [getattr(signal, name) for name in FORWARDED_SIGNALS if hasattr(signal, name)]
    previous = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number in numbers if previous[number] is not signal.SIG_IGN]
    try:
        for number in handled:
            signal.signal(number, forwarder.handle_signal)
        yield forwarder
    finally:
        for number in handled:
            signal.signal(number, previous[number])


def _start_process(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    name = command[0]
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603 - the user passed this command
    except FileNotFoundError:
        raise CommandError(
            f"{name}: command not found",
            hint="Check the spelling and that PATH contains the directory of the command. If the "
            "command is a script, check that the interpreter of the script exists.",
            exit_status=NOT_FOUND_STATUS,
        ) from None
    except OSError as error:
        raise CommandError(
            f"{name}: cannot execute: {error.strerror}",
            hint="Check that the file is a program and that you have permission to execute it "
            "(chmod +x).",
            exit_status=NOT_EXECUTABLE_STATUS,
        ) from None


def _has_stopped(child: subprocess.Popen[bytes]) -> bool:
    """Return True if the foreground child has stopped itself, for example a shell after `suspend`.

    The shell that started this process waits only for this process, so this process must stop as
    well before that shell returns to its prompt.
    """
    if not hasattr(os, "waitid"):
        return False
    try:
        stopped = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOHANG)
        return stopped is not None and _is_in_foreground(os.getpgrp(), os.getpgid(child.pid))
    except (ChildProcessError, ProcessLookupError):  # The child has exited.
        return False


def _is_in_foreground(*groups: int) -> bool:
    """Return True if one of these process groups is in the foreground of the terminal."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except (OSError, AttributeError):  # There is no terminal.
        return False
    try:
        return os.tcgetpgrp(terminal) in groups
    except OSError:
        return False
    finally:
        os.close(terminal)
