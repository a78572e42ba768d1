"""A change to the AWS config file: shown to the user, confirmed, and written atomically."""

from __future__ import annotations

import difflib
import io
import os
import re
import shlex
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cognito_credentials._config.aws_files import parse_key
from cognito_credentials._config.validators import without_userinfo
from cognito_credentials._core import logs
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._private_files import kind_of_special_file, replace

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["ConfigFileChange", "require_regular_file"]

# The diff includes the lines around a change. These lines may contain other secrets of the user, so
# the values of keys that contain these words are masked.
_SECRET_NAMES = ("secret", "token", "password", "key_id")
# A login token that was pasted in place of its source, after `cognito_logins` or on a separate
# line. A login provider name contains a period or a colon, unlike the keys of nested settings.
_PASTED_LOGIN = re.compile(
    r"(.\s*+(?:cognito_logins\s*+[=:]\s*+[^\s=]++|[^\s=.:]*+[.:][^\s=]*+)=)(?!@|env:|cmd:)\S.*"
)
# A command, after its key or after `cmd:`. Its arguments may contain a secret.
_COMMAND = re.compile(r"(.\s*+credential_process\s*+[=:]\s*+|.*?[=\s]cmd:\s*+)(\S++)(\s.*\S.*)")
# The command that `configure` writes contains no secret.
_OWN_COMMAND = re.compile(r"\s*+process\s++--profile\s.*")


class ConfigFileChange:
    """Change of the contents of a text file from `before` to `after`.

    A missing file is treated as empty. If the path is a symbolic link, its target is changed.

    Raises:
        ConfigurationError: If the path exists and is not a regular file, or starts with `~`.
    """

    def __init__(self, path: str) -> None:
        require_regular_file(path)
        self.shown_path = path
        self.path: str = os.path.realpath(path)
        self.before: str = self._read()
        self.after: str = self.before
        logs.debug("AWS config file: %s", self.path)

    def apply(
        self, profile: str, *, is_dry_run: bool, is_confirmed: bool, login_command: str = ""
    ) -> int:
        """Show the change, ask for confirmation and write the file; return the exit status.

        Args:
            profile: Name of the profile.
            is_dry_run: If True, only show the change.
            is_confirmed: If True, write the change without asking for confirmation.
            login_command: Command that the user must run before the profile works; "" if none is
                needed.

        Raises:
            ConfigurationError: If standard input is not a terminal and `is_confirmed` is False, or
                if another program has changed or replaced the file.
            OSError: If the file cannot be written; a note contains the next step.
        """
        out = Output(sys.stdout)
        if self.after == self.before:
            out.line(f"No changes: profile {profile} in {self.shown_path} is up to date.")
            return 0
        for line in self.diff():
            paint = {"+": out.good, "-": out.bad, "@": out.dim}.get(line[0], str)
            out.line(paint(line), indent=4)
        if is_dry_run:
            return 0
        if not is_confirmed and not Prompts().confirm(
            f"Write this change to {self.shown_path}?",
            error=ConfigurationError(
                "the change cannot be confirmed, because standard input is not a terminal",
                hint="Pass --yes to write the change without confirmation.",
            ),
        ):
            out.line("The file was not changed.")
            return 1
        try:
            self._write()
        except OSError as error:
            error.add_note(
                "The file was not changed. Check the permissions and the free disk space, or set "
                "AWS_CONFIG_FILE to another file."
            )
            raise
        test = f"the profile: aws sts get-caller-identity --profile {shlex.quote(profile)}"
        if login_command:
            # Each command is at the end of a separate line, so that it is easy to copy.
            out.line(f"Done. Sign in: {login_command}")
            out.line(f"Then test {test}")
        else:
            out.line(f"Done. Test {test}")
        return 0

    def diff(self) -> list[str]:
        """Return the lines of a unified diff in which secrets are masked."""
        lines = difflib.unified_diff(
            _split_lines(self.before),
            _split_lines(self.after),
            "before",
            self.shown_path,
            lineterm="",
        )
        return [_mask_secret(line) for line in lines]

    def _read(self) -> str:
        try:
            with open(self.path, encoding="utf-8", newline="") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def _write(self) -> None:
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        mode = 0o600
        if os.path.exists(self.path):
            mode = stat.S_IMODE(os.stat(self.path).st_mode)
        with _lock_directory(os.path.dirname(self.path)):
            require_regular_file(self.shown_path)
            if self._read() != self.before:
                raise ConfigurationError(
                    f"another program changed {self.shown_path} in the meantime",
                    hint="Run the same command again.",
                )
            replace(self.path, self.after.encode(), mode=mode)


def _split_lines(text: str) -> list[str]:
    """Split text into the lines that botocore would read.

    `str.splitlines` would also split at characters that botocore does not treat as line breaks.
    """
    return [line.rstrip("\n") for line in io.StringIO(text, newline=None)]


def _mask_secret(line: str) -> str:
    """Return a line of a diff, in which values that may be secrets are masked."""
    # Commands in added lines are not masked, because the user has just supplied them.
    if not line.startswith("+") and (found := _COMMAND.fullmatch(line)):
        line = line if _OWN_COMMAND.fullmatch(found[3]) else f"{found[1]}{found[2]} …"
    line = " ".join(map(_mask_userinfo, line.split(" ")))
    if found := _PASTED_LOGIN.fullmatch(line):
        return f"{found[1]}…"
    key = parse_key(line[1:])
    if not any(name in key for name in _SECRET_NAMES):
        return line
    separator = min(filter(lambda index: index >= 0, map(line.find, "=:")), default=len(line))
    return f"{line[: separator + 1]} …" if line[separator + 1 :].strip() else line


def _mask_userinfo(word: str) -> str:
    """Return a word; if it is a URL, omit the user name and the password."""
    base, slash, path = word.partition("://")[2].partition("/")
    if "@" not in base:
        return word
    return without_userinfo(word.removesuffix(slash + path)) + slash + path


def require_regular_file(path: str) -> None:
    """Check that the AWS config file is a regular file or is missing.

    Raises:
        ConfigurationError: If the path exists and is not a regular file, or if it starts with `~`,
            because this user has no home directory.
    """
    if path.startswith("~"):
        raise ConfigurationError(
            f"the AWS config file {path} cannot be written, because this user has no home directory",
            hint="Set HOME to this user's home directory, or set AWS_CONFIG_FILE to the path of a "
            "file.",
        )
    if kind := kind_of_special_file(path):
        raise ConfigurationError(
            f"the AWS config file {path} is {kind}, not a regular file",
            hint="Set AWS_CONFIG_FILE to a regular file, or unset it to use ~/.aws/config.",
        )


@contextmanager
def _lock_directory(directory: str) -> Generator[None]:
    """Lock a directory while the block runs, so that concurrent changes are not lost.

    The filelock package would leave a lock file beside the config file. On Windows, which cannot
    lock a directory, nothing is locked.
    """
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
