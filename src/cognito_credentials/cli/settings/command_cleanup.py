"""Signal and exit handlers for the child processes of this program.

A login command runs in its own session, so signals from the terminal do not reach it. The library
installs no signal or exit handlers; this program does.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading

from cognito_credentials._suppliers.bounded_commands import kill_running_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

__all__ = ["keep_exit_statuses", "kill_commands_at_exit"]

SIGNALS = ("SIGTERM", "SIGHUP", "SIGQUIT")


def kill_commands_at_exit() -> None:
    """Kill running login commands when this process exits or is terminated by a signal.

    Signals that are ignored or already have a handler are not changed.
    """
    keep_exit_statuses()
    atexit.unregister(kill_running_commands)  # An earlier call may have registered the function.
    atexit.register(kill_running_commands)
    if threading.current_thread() is not threading.main_thread():
        return  # Python can install signal handlers only in the main thread.
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)


def keep_exit_statuses() -> None:
    """Restore the default action for SIGCHLD if the parent process ignored the signal.

    While the signal is ignored, the system discards the exit statuses of child processes, and every
    program would appear to succeed.
    """
    number = getattr(signal, "SIGCHLD", None)
    if (
        number is not None
        and signal.getsignal(number) is signal.SIG_IGN
        and threading.current_thread() is threading.main_thread()
    ):
        signal.signal(number, signal.SIG_DFL)


def _terminate(number: int, _frame: FrameType | None) -> None:
    kill_running_commands()
    # Terminate the process with the same signal, so that the parent process sees the usual exit
    # status.
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
