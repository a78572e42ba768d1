"""Suppliers of login tokens; `cognito_credentials.logins` exports the suppliers.

A supplier that blocks its caller has the attribute `blocks`, so that the async driver calls the
supplier in a thread. Suppliers are thread-safe. Two suppliers with equal arguments are equal, and a
pickled supplier contains its arguments, but no token. Every read from a pipe and every command has a
time limit. No message contains a token, or a command's output or arguments.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence

from cognito_credentials import _typing as t
from cognito_credentials._core.jwt_claims import decode_claims, get_expiry
from cognito_credentials._core.login_resolution import MAX_TOKEN_LENGTH
from cognito_credentials._external_text import HiddenBytes, HiddenText
from cognito_credentials._immutable import Immutable
from cognito_credentials._suppliers.bounded_commands import run_command
from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
from cognito_credentials._validation import check_argument_names, check_seconds
from cognito_credentials.errors import ConfigurationError, LoginTokenError

__all__ = ["CommandToken", "EnvironmentToken", "FileToken"]

# A cached token with a shorter remaining lifetime could expire before it reaches the service.
MIN_REMAINING_SECONDS = 60.0
# The default of google-auth for executable credential sources; the AWS SDK for Go allows one
# minute.
DEFAULT_TIMEOUT_SECONDS = 30.0
MAX_TIMEOUT_SECONDS = 3600
# Tokens are ASCII; the limit leaves room for white space around a token.
MAX_BYTES = 4 * MAX_TOKEN_LENGTH
ONLY_ONE_VALUE = "Make sure that the source contains the token or secret, and nothing else."
TOO_LONG = f"contains more than {MAX_TOKEN_LENGTH} characters, the limit of a token"


class FileToken(Immutable):
    """Supplier that reads a login token from a file on every call.

    The file may be replaced at any time. White space around the token is ignored. A pipe, such as
    /dev/stdin or a shell's `<(command)`, yields its token once and must end within the time limit.

    If the file cannot be read or contains no token, calling the supplier raises a `LoginTokenError`
    that names the path. Thread-safe.

    Attributes:
        path: Path of the file.

    Args:
        path: Path of the file.
        timeout: Time limit for reading a pipe, in seconds; at most 3600.

    Raises:
        ConfigurationError: If `timeout` is not a positive number of up to 3600 seconds.
    """

    __module__ = "cognito_credentials.logins"

    __slots__ = ("_timeout", "path")

    path: str
    _timeout: float

    blocks = True

    @check_argument_names
    def __init__(
        self, path: str | os.PathLike[str], *, timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        self._set_attributes(path=os.fspath(path), _timeout=_check_timeout(timeout))

    def __call__(self, *, refresh: bool = False) -> str:  # noqa: ARG002 - there is no cached token
        source = f"the file {self.path!r}"
        try:
            return _token_text(
                read_file(self.path, max_bytes=MAX_BYTES, timeout=self._timeout), source
            )
        except OSError as error:
            raise _login_token_error(
                f"{source} cannot be read: {_reason(error)}",
                hint="Pass the full path, because ~ is not expanded."
                if self.path.startswith("~")
                else "Check the path and the permissions of the file.",
            ) from error
        except TooLongError:
            problem, hint = TOO_LONG, "Use a file that contains only the token."
        except TimeLimitError:
            problem = f"did not end within {self._timeout:g} s"
            hint = "Make sure that the writer of this pipe writes the token and closes the pipe."
        raise _login_token_error(f"{source} {problem}", hint=hint)

    def __repr__(self) -> str:
        return f"FileToken({self.path!r})"


class EnvironmentToken(Immutable):
    """Supplier that reads a login token from an environment variable on every call.

    If the variable is unset or empty, calling the supplier raises a `LoginTokenError` that names
    the variable. Thread-safe.

    Attributes:
        name: Name of the variable.

    Args:
        name: Name of the variable.
    """

    __module__ = "cognito_credentials.logins"

    __slots__ = ("name",)

    name: str

    @check_argument_names
    def __init__(self, name: str) -> None:
        self._set_attributes(name=name)

    def __call__(self, *, refresh: bool = False) -> str:  # noqa: ARG002 - there is no cached token
        value = os.environ.get(self.name)
        if value is None or not value.strip():
            state = "not set" if value is None else "empty"
            raise _login_token_error(
                f"the environment variable {self.name!r} is {state}",
                hint="Set the variable before the program starts, or name another variable.",
            )
        return value.strip()

    def __repr__(self) -> str:
        return f"EnvironmentToken({self.name!r})"


class CommandToken:
    """Supplier that reads a login token from the output of a command.

    A JWT is cached until 60 seconds before its `exp`; after that, or if called with `refresh=True`,
    the supplier runs the command again. Threads that need a JWT at the same time share a single run
    of the command. Any other token is not cached, so each call runs the command.

    The command has no input and no terminal. If the command fails or prints no token, calling the
    supplier raises `LoginTokenError`. The error names the program and its exit status, but neither
    arguments nor output, because both may contain secrets. A pickled supplier contains the
    arguments, but no cached token.

    Args:
        command: Program and arguments. A string is split as in a POSIX shell, but the command does
            not run in a shell.
        timeout: Time limit in seconds, at most 3600. When it expires, the command and its child
            processes are killed.
        clock: Clock that determines whether a cached token has expired; the system clock by
            default.
        stderr: Called with each line of the command's standard error as it arrives, up to 4096
            bytes in total. By default, the lines are discarded, because they may contain secrets.

    Raises:
        ConfigurationError: If the command is empty or cannot be split, or if `timeout` is not a
            positive number of up to 3600 seconds.
    """

    __module__ = "cognito_credentials.logins"

    blocks = True

    @check_argument_names
    def __init__(
        self,
        command: str | Sequence[str],
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        clock: t.Clock | None = None,
        stderr: Callable[[str], object] | None = None,
    ) -> None:
        if isinstance(command, str):
            import shlex

            try:
                command = shlex.split(command)
            except ValueError as error:
                raise ConfigurationError(
                    f"command cannot be split into words: {error}",
                    hint="Quote the command as for a POSIX shell, or pass a list of words.",
                ) from None
        if not command or not command[0]:
            raise ConfigurationError(
                "command must not be empty", hint="Pass the program and its arguments."
            )
        self._command = tuple(command)
        self._timeout = _check_timeout(timeout)
        self._stderr = stderr
        self._now = time.time if clock is None else clock.now
        self._lock, self._pid = threading.Lock(), os.getpid()
        # A pair (token, exp), so that both are replaced atomically.
        self._cached: tuple[str, float] | None = None

    def __call__(self, *, refresh: bool = False) -> str:
        cached_before = self._cached
        if self._pid != os.getpid():
            # If another thread held the lock during a fork, the lock is never released in the child
            # process.
            self._lock, self._pid = threading.Lock(), os.getpid()
        with self._lock:
            cached = self._cached
            # A token that another thread fetched while this thread waited for the lock is new
            # enough.
            if (
                cached
                and (not refresh or cached is not cached_before)
                and self._now() < cached[1] - MIN_REMAINING_SECONDS
            ):
                return cached[0]
            token = self._run()
            expiry = get_expiry(decode_claims(token) or {})
            self._cached = None if expiry is None else (token, expiry)
            return token

    def _run(self) -> str:
        source = f"the command {self._command[0]!r}"
        try:
            status, output = run_command(
                self._command,
                max_bytes=MAX_BYTES,
                timeout=self._timeout,
                on_stderr_line=self._stderr,
            )
        except OSError as error:
            raise _login_token_error(
                f"{source} cannot be run: {_reason(error)}",
                hint="Check that the program is installed and executable, and that its directory is in PATH.",
            ) from error
        except TooLongError:
            problem, hint = (
                f"printed output that {TOO_LONG}",
                "Make the command print only the token.",
            )
        except TimeLimitError:
            problem = f"did not exit within {self._timeout:g} s"
            hint = (
                "Run the command in a terminal to see what it is waiting for. Here, the command "
                "runs without standard input and without a terminal, so it must not prompt."
            )
        else:
            if not status:
                return _token_text(HiddenBytes(output), f"the output of {source}")
            problem = f"exited with status {status}"
            hint = (
                "Read the command's error output, or run the command in a terminal."
                if self._stderr
                else "Run the command in a terminal to see the cause. Its error output is not shown here "
                "because it may contain secrets."
            )
        raise _login_token_error(f"{source} {problem}", hint=hint)

    def _values(self) -> tuple[object, ...]:
        return self._command, self._timeout, self._stderr, self._now

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CommandToken) or type(self) is not type(other):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((CommandToken, self._command))

    def __getstate__(self) -> dict[str, t.Any]:
        # Omit the cached token, so that a pickle contains no secret.
        state = {**self.__dict__, "_cached": None}
        del state["_lock"], state["_pid"]
        return state

    def __setstate__(self, state: dict[str, t.Any]) -> None:
        self.__dict__.update(state)
        self._lock, self._pid = threading.Lock(), os.getpid()

    def __repr__(self) -> str:
        return f"CommandToken({self._command[0]!r}, …)"


def name_live_argument(supplier: object) -> str:
    """Return the name of an argument that belongs to this process; "" if there is none."""
    if isinstance(supplier, CommandToken):
        if supplier._stderr is not None:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            return "stderr"
        if supplier._now is not time.time:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            return "clock"
    return ""


def _check_timeout(timeout: float) -> float:
    return check_seconds(
        "timeout",
        timeout,
        above=0,
        at_most=MAX_TIMEOUT_SECONDS,
        hint="Omit timeout to use the default of 30 seconds.",
    )


def _token_text(content: bytes, source: str) -> str:
    content = HiddenBytes(content)
    # The error handler is not "strict", because a UnicodeDecodeError would contain the content.
    text = HiddenText(content.decode("utf-8-sig", "replace").strip())
    if "\ufffd" in text:
        raise _login_token_error(f"{source} is not UTF-8 text", hint=ONLY_ONE_VALUE)
    if not text:
        raise _login_token_error(f"{source} is empty", hint=ONLY_ONE_VALUE)
    return str(text)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _login_token_error(message: str, *, hint: str) -> LoginTokenError:
    # The login provider name is unknown here; `call_supplier` adds the name.
    return LoginTokenError(message, provider_name="", hint=hint)
