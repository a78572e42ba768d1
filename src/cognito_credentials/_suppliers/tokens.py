"""Ready-made suppliers of login tokens; `logins` gives them to the public.

They block their caller, which is why the async driver calls them in a thread (`blocks`), and may be
called from many threads. None reads or waits without an end. No text made here holds a token, what
a program printed, or its arguments.
"""

from __future__ import annotations

import os
import threading
import time

from cognito_credentials._core.jwt_claims import expiry_of, peek
from cognito_credentials._core.login_resolution import MAX_TOKEN_LENGTH
from cognito_credentials._suppliers.bounded_io import (
    TooLateError,
    TooMuchError,
    output_of,
    read_file,
)
from cognito_credentials.errors import ConfigurationError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cognito_credentials.ports import Clock

__all__ = ["CommandToken", "EnvironmentToken", "FileToken"]

# A kept token is not given away in its last minute: it has to reach the service in time.
_MARGIN = 60.0
# What an executable of google-auth has; the Go SDK gives a whole credential_process a minute.
_TIMEOUT = 30.0  # seconds
_MOST = 4 * MAX_TOKEN_LENGTH  # bytes: tokens are ASCII, and what is around one is white space


class FileToken:
    """Read a login token from a file, each time that one is needed.

    Whatever writes the file may replace it at any time. White space around the token is left out.
    The file may be a pipe (/dev/stdin, or a shell's `<(command)`), which gives its token once and
    must end within `timeout` seconds. Calling it raises `LoginTokenError`, naming the path, where
    the file has no token to give.
    """

    __slots__ = ("_timeout", "path")

    blocks = True

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = _TIMEOUT) -> None:
        self.path = os.fspath(path)
        self._timeout = _checked(timeout)

    def __call__(self, *, refresh: bool = False) -> str:  # noqa: ARG002 - nothing is kept
        what, problem, hint = f"the file {self.path!r}", "", ""
        try:
            return _text(read_file(self.path, most=_MOST, seconds=self._timeout), what)
        except OSError as error:
            raise _no_token(
                f"{what} cannot be read: {error.strerror or type(error).__name__}"
            ) from error
        except TooMuchError:
            problem, hint = TOO_MUCH, "Name a file that has the token, and nothing else."
        except TooLateError:
            problem = f"did not end within {self._timeout:g} seconds"
            hint = "It is a pipe: see that something writes the token to it, and then closes it."
        raise _no_token(f"{what} {problem}", hint=hint)

    def __repr__(self) -> str:
        return f"FileToken({self.path!r})"


class EnvironmentToken:
    """Read a login token from an environment variable, each time that one is needed.

    Calling it raises `LoginTokenError`, naming the variable, where that has no token to give.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *, refresh: bool = False) -> str:  # noqa: ARG002 - nothing is kept
        value = os.environ.get(self.name)
        if value is None or not value.strip():
            state = "not set" if value is None else "empty"
            raise _no_token(f"the environment variable {self.name!r} is {state}")
        return value.strip()

    def __repr__(self) -> str:
        return f"EnvironmentToken({self.name!r})"


class CommandToken:
    """Run a command that prints a login token.

    Args:
        command: Program and arguments; a string is split as a POSIX shell would, but no shell runs.
        timeout: Seconds that the command may take; then it is killed, with all that it started.
        clock: Tells whether a kept token is still good; the system's by default.
        stderr: Called with the lines of its standard error as they come, 4096 bytes at most. By
            default they are dropped: they may hold secrets, and a program's log is no place for
            those.

    The command gets no input and no terminal, so that it cannot ask, nor take what was meant for
    this program. A JWT is kept until a minute before its `exp`, and then, or with `refresh=True`,
    the command runs again; any other token is asked for each time. Threads that need a token
    together wait for one run. Calling it raises `LoginTokenError`, which names the program and its
    exit status but none of its arguments and nothing of its output: both may hold secrets.
    """

    blocks = True

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        timeout: float = _TIMEOUT,
        clock: Clock | None = None,
        stderr: Callable[[str], object] | None = None,
    ) -> None:
        if isinstance(command, str):
            import shlex

            try:
                command = shlex.split(command)
            except ValueError as error:
                raise ConfigurationError(f"The command cannot be split: {error}") from None
        if not command or not command[0]:
            raise ConfigurationError("The command of CommandToken is empty")
        self._command = tuple(command)
        self._timeout = _checked(timeout)
        self._stderr = stderr
        self._now = time.time if clock is None else clock.now
        self._lock, self._pid = threading.Lock(), os.getpid()
        self._kept: tuple[str, float] | None = None  # (token, exp), swapped as one

    def __call__(self, *, refresh: bool = False) -> str:
        seen = self._kept
        if self._pid != os.getpid():
            # A lock that another thread held during the fork is never released in the child.
            self._lock, self._pid = threading.Lock(), os.getpid()
        with self._lock:
            kept = self._kept
            # Another thread's run while this one waited is as fresh as one of its own.
            if kept and (not refresh or kept is not seen) and self._now() < kept[1] - _MARGIN:
                return kept[0]
            token = self._run()
            expiry = expiry_of(peek(token) or {})
            self._kept = None if expiry is None else (token, expiry)
            return token

    def _run(self) -> str:
        what, problem, hint = f"the command {self._command[0]!r}", "", ""
        try:
            status, output = output_of(
                self._command, most=_MOST, seconds=self._timeout, heard=self._stderr
            )
        except OSError as error:
            raise _no_token(
                f"{what} cannot be run: {error.strerror or type(error).__name__}"
            ) from error
        except TooMuchError:
            problem, hint = TOO_MUCH, "Let it print the token, and nothing else."
        except TooLateError:
            problem = f"did not end within {self._timeout:g} seconds"
            hint = (
                "Run it by hand to see what it waits for; here it gets no input and no terminal, "
                "and so it must not ask for anything."
            )
        else:
            if not status:
                return _text(output, f"the output of {what}")
            problem = f"ended with status {status}"
            hint = (
                "See what it said, or run it by hand."
                if self._stderr
                else "Run it by hand to see why: what it says is not shown here, "
                "since it may hold secrets."
            )
        raise _no_token(f"{what} {problem}", hint=hint)

    def __repr__(self) -> str:
        return f"CommandToken({self._command[0]!r}, …)"


TOO_MUCH = f"gives more than {MAX_TOKEN_LENGTH} characters, which no token has"


def _checked(timeout: float) -> float:
    if not timeout > 0:
        raise ConfigurationError(f"timeout is {timeout!r}: it must be more than 0 seconds")
    return timeout


def _text(content: bytes, source: str) -> str:
    # Not "strict": that error would carry the content.
    text = content.decode("utf-8-sig", "replace").strip()
    if "\ufffd" in text:
        raise _no_token(f"{source} is not UTF-8 text")
    if not text:
        raise _no_token(f"{source} is empty")
    return text


def _no_token(message: str, *, hint: str = "") -> LoginTokenError:
    # The login's key is not known here: `resolve_logins` adds it.
    return LoginTokenError(message, provider_name="", hint=hint)
