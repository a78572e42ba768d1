"""Execution of commands with an output limit and a time limit."""

from __future__ import annotations

import errno
import os
import threading
import time

from cognito_credentials._external_text import HiddenBytes
from cognito_credentials._suppliers.bounded_io import PipeReader, TimeLimitError, TooLongError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

__all__ = ["MAX_STDERR_BYTES", "kill_running_commands", "run_command"]

MAX_STDERR_BYTES = 4096  # The caller gets only the first part of longer output.

START_TIMEOUT_SECONDS = 1.0  # An interrupted caller waits this long for the start of its command.

_running: set[subprocess.Popen[bytes]] = set()
_start_lock = threading.Lock()  # Held from the start of a command until `_running` contains it.
_is_exiting = False


def _reset_after_fork() -> None:
    global _start_lock  # noqa: PLW0603 - another thread of the parent may have held the lock
    _start_lock = threading.Lock()
    _running.clear()  # A child process must not kill its parent's commands.


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)


def run_command(
    command: Sequence[str],
    *,
    max_bytes: int,
    timeout: float,
    on_stderr_line: Callable[[str], object] | None = None,
) -> tuple[int, bytes]:
    """Run a command, and return its exit status and standard output.

    The command has no standard input and, because it runs in its own session, no terminal. If the
    command exceeds a limit or the caller is interrupted, the command and its child processes are
    killed. If the program exits while a daemon thread waits for the command, the command continues,
    because this library installs no exit handler; see `kill_running_commands`. Processes that the
    command leaves behind when it exits are neither awaited nor killed.

    Args:
        command: Program and arguments.
        max_bytes: Maximum size of the standard output.
        timeout: Time limit in seconds.
        on_stderr_line: Called with each line of the standard error as it arrives, up to
            `MAX_STDERR_BYTES` in total.

    Raises:
        TooLongError: If the output exceeds `max_bytes`.
        TimeLimitError: If the command does not exit in time.
        OSError: If the command cannot be started.
    """
    stderr = _LineSplitter(on_stderr_line or _ignore)
    command_start = _CommandStart(command, has_stderr=on_stderr_line is not None)
    try:
        process = command_start.run()
        communicate = _communicate_on_windows if os.name == "nt" else _communicate
        output = communicate(process, max_bytes, timeout, stderr)
    except BaseException:
        command_start.kill()
        raise
    finally:
        stderr.flush()
        command_start.close()
    return process.returncode, HiddenBytes(output)


def kill_running_commands() -> None:
    """Kill all commands, and start no more, for a program that is about to exit."""
    global _is_exiting  # noqa: PLW0603
    _is_exiting = True
    # Wait for another thread that may be starting a command.
    is_locked = _start_lock.acquire(timeout=START_TIMEOUT_SECONDS)
    try:
        for process in tuple(_running):
            _kill(process)
    finally:
        if is_locked:
            _start_lock.release()


class _CommandStart:
    """Start of a command, which no signal handler can interrupt.

    A signal handler may raise an exception between any two lines of the main thread, for example
    after the system has started the command, but before `Popen` knows the process ID. The command
    could then no longer be killed. Signal handlers run only in the main thread, so another thread
    starts the commands of the main thread.
    """

    def __init__(self, command: Sequence[str], *, has_stderr: bool) -> None:
        self._command = command
        self._has_stderr = has_stderr
        self._process: subprocess.Popen[bytes] | None = None
        self._error: BaseException | None = None
        self._is_in_thread = self._is_start_over = self._is_killed = False
        # Both locks are released when the event has happened. A signal handler can interrupt the
        # methods of `threading.Event`, and leave the event locked.
        self._started, self._closed = threading.Lock(), threading.Lock()
        self._started.acquire()
        self._closed.acquire()

    def run(self) -> subprocess.Popen[bytes]:
        """Start the command."""
        if threading.current_thread() is threading.main_thread():
            self._is_in_thread = True
            try:
                threading.Thread(target=self._start_and_wait, daemon=True).start()
            except RuntimeError:  # There are too many threads, or the interpreter is exiting.
                self._is_in_thread = False
        if self._is_in_thread:
            self._started.acquire()
        else:
            self._start()
        if self._error is not None:
            raise self._error
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """Kill the command, if it has been started or is being started."""
        self._is_killed = True
        if self._is_in_thread and not self._is_start_over:
            self._started.acquire(timeout=START_TIMEOUT_SECONDS)
        if self._process is not None:
            _kill(self._process)

    def close(self) -> None:
        """Close the pipes of the command, and let the thread that started it, if any, end."""
        self._error = None  # Break a reference cycle: the traceback refers to this object.
        if self._process is not None:
            _running.discard(self._process)
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    stream.close()
        if self._is_in_thread:
            self._closed.release()

    def _start_and_wait(self) -> None:
        try:
            self._start()
        finally:
            self._is_start_over = True
            self._started.release()
        # Wait for `close`: on Linux, a command may ask to be killed when the thread that
        # started it ends.
        self._closed.acquire()

    def _start(self) -> None:
        try:
            with _start_lock:
                self._process = self._open_process()
                _running.add(self._process)
            if self._is_killed:  # The start has taken longer than `kill` waits.
                _kill(self._process)
        except BaseException as error:  # noqa: BLE001 - `run` raises the error in its own thread
            self._error = error

    def _open_process(self) -> subprocess.Popen[bytes]:
        import subprocess

        if _is_exiting:
            raise OSError(errno.ECANCELED, "the program is exiting")
        return subprocess.Popen(  # noqa: S603 - the user configured this command
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self._has_stderr else subprocess.DEVNULL,
            start_new_session=True,
        )


def _communicate(
    process: subprocess.Popen[bytes], max_bytes: int, timeout: float, stderr: _LineSplitter
) -> bytes:
    import subprocess

    assert process.stdout is not None
    deadline = time.monotonic() + timeout
    reader = PipeReader(deadline)
    output = reader.collect(process.stdout.fileno(), max_bytes)
    if process.stderr is not None:
        reader.consumers[process.stderr.fileno()] = stderr.feed
    reader.read(has_exited=lambda: process.poll() is not None)
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeLimitError from None
    return bytes(output)


def _communicate_on_windows(  # pyright: ignore[reportUnusedFunction] - used on Windows
    process: subprocess.Popen[bytes], max_bytes: int, timeout: float, stderr: _LineSplitter
) -> bytes:
    import subprocess
    from contextlib import suppress

    output: bytes | None = None
    with suppress(subprocess.TimeoutExpired):
        output, errors = process.communicate(timeout=timeout)
        stderr.feed(errors or b"")
    if output is None:
        # Raise the error outside the `with` block, so that TimeoutExpired, which contains the
        # arguments, does not become its context.
        raise TimeLimitError
    if len(output) > max_bytes:
        raise TooLongError
    return output


class _LineSplitter:
    """Buffer that splits chunks into lines, up to `MAX_STDERR_BYTES` in total."""

    def __init__(self, on_line: Callable[[str], object]) -> None:
        self._on_line = on_line
        self._remaining = MAX_STDERR_BYTES
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        if not self._remaining:
            return
        chunk = chunk[: self._remaining]
        self._remaining -= len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._on_line(line.decode("utf-8", "replace"))
        if not self._remaining:
            self._rest += b"..."

    def flush(self) -> None:
        if self._rest:
            self._on_line(self._rest.decode("utf-8", "replace"))
            self._rest = b""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command and its process group."""
    import signal
    import subprocess
    from contextlib import suppress

    # The process may have exited already, or may belong to another user (sudo).
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(1.0)


def _ignore(_line: str) -> None:
    """Discard a line."""
