"""Execution of commands with an output limit and a time limit."""

from __future__ import annotations

import os
import time

from cognito_credentials._external_text import HiddenBytes
from cognito_credentials._suppliers.bounded_io import PipeReader, TimeLimitError, TooLongError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

__all__ = ["MAX_STDERR_BYTES", "kill_running_commands", "run_command"]

MAX_STDERR_BYTES = 4096  # The caller gets only the first part of longer output.

_running: set[subprocess.Popen[bytes]] = set()
if hasattr(os, "register_at_fork"):
    # A child process must not kill its parent's commands.
    os.register_at_fork(after_in_child=_running.clear)


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
    import subprocess

    stderr = _LineSplitter(on_stderr_line or _ignore)
    process: subprocess.Popen[bytes] | None = None
    try:
        process = subprocess.Popen(  # noqa: S603 - the user configured this command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if on_stderr_line else subprocess.DEVNULL,
            start_new_session=True,
        )
        _running.add(process)
        communicate = _communicate_on_windows if os.name == "nt" else _communicate
        output = communicate(process, max_bytes, timeout, stderr)
    except BaseException:
        if process is not None:
            _kill(process)
        raise
    finally:
        stderr.flush()
        if process is not None:
            _running.discard(process)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
    return process.returncode, HiddenBytes(output)  # pyright: ignore[reportOptionalMemberAccess]


def kill_running_commands() -> None:
    """Kill all commands that are running, for a program that is about to exit."""
    for process in tuple(_running):
        _kill(process)


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
    """Splits chunks into lines, up to `MAX_STDERR_BYTES` in total."""

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
