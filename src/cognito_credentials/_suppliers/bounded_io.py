"""What a file, a pipe or a command gives: so much at most, and for so long at most.

Nothing here waits without an end or reads without one, whatever it is pointed to.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import selectors
    import subprocess
    from collections.abc import Callable, Generator, Sequence

__all__ = ["MOST_HEARD", "TooLateError", "TooMuchError", "output_of", "read_file"]

CHUNK = 64 * 1024
MOST_HEARD = 4096  # bytes of a command's standard error that are passed on
# Between looks at whether a command has ended whose output somebody else keeps open.
PAUSE = 0.05


class TooMuchError(Exception):
    """There was more than the limit."""


class TooLateError(Exception):
    """It did not come to an end in time."""


def read_file(path: str, *, most: int, seconds: float) -> bytes:
    """Return what is in a file, or what comes out of a pipe until its end.

    The seconds are for what is not a regular file: a named pipe, /dev/stdin, /dev/fd/N.

    Raises:
        TooMuchError: There are more than `most` bytes.
        TooLateError: A pipe did not end in time, or nobody wrote to it.
        OSError: It cannot be read.
    """
    # With O_NONBLOCK, opening a pipe does not wait for somebody to write to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        # Windows has no way to wait for one; nor has it those that are files.
        if stat.S_ISREG(os.fstat(descriptor).st_mode) or os.name == "nt":
            content = b""
            while chunk := os.read(descriptor, CHUNK):
                content += chunk
                if len(content) > most:
                    raise TooMuchError
            return content
        reading = _Reading(time.monotonic() + seconds)
        return reading.all({descriptor: most}, lambda: False)[descriptor]
    finally:
        os.close(descriptor)


def output_of(
    command: Sequence[str],
    *,
    most: int,
    seconds: float,
    heard: Callable[[str], object] | None = None,
) -> tuple[int, bytes]:
    """Run a command, and return its exit status and what it printed.

    It gets no input and, with a session of its own, no terminal; where it goes over a limit, the
    wait is interrupted, or this process ends, it is killed with all that it has started. What it
    started and left behind when it ended by itself lives on, and is not waited for.

    `heard` is given the lines of its standard error as they come, some thousand characters at most.

    Raises:
        TooMuchError: It printed more than `most` bytes.
        TooLateError: It did not end in time.
        OSError: It cannot be run.
    """
    import subprocess

    program = subprocess.Popen(  # noqa: S603 - running it is what the user asked for
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if heard else subprocess.DEVNULL,
        start_new_session=True,
    )
    lines = _Lines(heard or _nobody)
    try:
        with _ending_with_us(program):
            if os.name == "nt":
                output = _communicated(program, most, seconds, lines)
            else:
                output = _heard(program, most, seconds, lines)
    except BaseException:
        _kill(program)
        raise
    finally:
        lines.end()
        for stream in (program.stdout, program.stderr):
            if stream is not None:
                stream.close()
    return program.returncode, output


def _heard(program: subprocess.Popen[bytes], most: int, seconds: float, lines: _Lines) -> bytes:
    import subprocess

    assert program.stdout is not None
    deadline = time.monotonic() + seconds
    reading = _Reading(deadline)
    limits: dict[int, int] = {program.stdout.fileno(): most}
    if program.stderr is not None:
        reading.listeners[program.stderr.fileno()] = lines.add
        limits[program.stderr.fileno()] = 0
    output = reading.all(limits, lambda: program.poll() is not None)
    try:
        program.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TooLateError from None
    return output[program.stdout.fileno()]


def _communicated(
    program: subprocess.Popen[bytes], most: int, seconds: float, lines: _Lines
) -> bytes:
    """Do the same where pipes cannot be waited for: on Windows."""
    import subprocess

    late = False
    output = errors = b""
    try:
        output, errors = program.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        late = True  # this error holds the arguments: it must not become another's context
    if late:
        raise TooLateError
    lines.add(errors or b"")
    if len(output) > most:
        raise TooMuchError
    return output


class _Reading:
    """Reads several pipes until all have ended, or a deadline has come."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        # What comes from these is passed on at once, and not kept.
        self.listeners: dict[int, Callable[[bytes], None]] = {}

    def all(self, limits: dict[int, int], is_over: Callable[[], bool]) -> dict[int, bytes]:
        """Return what came, by descriptor; `is_over` tells that nothing more is of interest."""
        content = dict.fromkeys(limits, b"")
        with _selector() as selector:
            for descriptor in limits:
                selector.register(descriptor, 1)
            while selector.get_map():
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise TooLateError
                over = is_over()  # before the look: what it said at the very end counts
                ready = selector.select(min(left, PAUSE))
                for key, _ in ready:
                    chunk = os.read(key.fd, CHUNK)
                    if not chunk:
                        selector.unregister(key.fd)
                    elif key.fd in self.listeners:
                        self.listeners[key.fd](chunk)
                    else:
                        content[key.fd] += chunk
                        if len(content[key.fd]) > limits[key.fd]:
                            raise TooMuchError
                if over and all(key.fd in self.listeners for key, _ in ready):
                    break
        return content


class _Lines:
    """Cuts what comes in pieces into lines, and stops when it is too much."""

    def __init__(self, heard: Callable[[str], object]) -> None:
        self._heard = heard
        self._left = MOST_HEARD
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        if not self._left:
            return
        chunk = chunk[: self._left]
        self._left -= len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._heard(line.decode("utf-8", "replace"))
        if not self._left:
            self._rest += b"..."

    def end(self) -> None:
        if self._rest:
            self._heard(self._rest.decode("utf-8", "replace"))
            self._rest = b""


def _selector() -> selectors.BaseSelector:
    import selectors

    # select() knows no descriptor above 1023, and a server may have more.
    return getattr(selectors, "PollSelector", selectors.SelectSelector)()


@contextmanager
def _ending_with_us(program: subprocess.Popen[bytes]) -> Generator[None]:
    """Kill a command, which nothing else would end, where this process ends while it runs.

    At exit where another thread runs it. A signal that nobody handles would end this process without
    a word; handled in the main thread alone, it ends it in the same way after the command.
    """
    import atexit
    import signal

    def end() -> None:
        _kill(program)

    def die(number: int, _frame: object) -> None:
        end()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    numbers: list[int] = []
    atexit.register(end)
    try:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, die)
                    numbers.append(number)
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        atexit.unregister(end)


def _kill(program: subprocess.Popen[bytes]) -> None:
    """Kill a command and its group."""
    import signal
    import subprocess

    with suppress(OSError):  # they are gone, or (sudo) not ours to kill
        if hasattr(os, "killpg"):
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()
    with suppress(subprocess.TimeoutExpired):
        program.wait(1.0)


def _nobody(_line: str) -> None:
    """Hear nothing."""
