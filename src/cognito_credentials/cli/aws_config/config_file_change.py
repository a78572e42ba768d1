"""A change of the AWS config file: shown, agreed to, and made at once or not at all."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from contextlib import contextmanager

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._private_files import kind_of_special_file, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["ConfigFileChange", "require_regular_file"]

# The diff shows the lines around a change, which may be other people's secrets.
SECRET = re.compile(r"^([ +-]?\s*[^=:\s]*(?:secret|token|password|key_id)[^=:\s]*\s*[=:]\s*)\S.*")


class ConfigFileChange:
    """The text of a file `before` and `after`; a file that is missing is an empty one.

    A symbolic link stays, and the file that it leads to is changed.

    Raises:
        ConfigurationError: If the path leads to anything else than a regular file.
    """

    def __init__(self, path: str) -> None:
        require_regular_file(path)
        self.shown_path = path
        self.path = os.path.realpath(path)
        self.before = self.after = self._text()
        logs.debug("AWS config file: %s", self.path)

    def apply(self, profile: str, *, is_dry: bool, is_agreed: bool) -> int:
        """Show the change, ask for it, and make it; returns the exit status.

        Raises:
            ConfigurationError: Nobody is there to be asked, or the file was changed or replaced
                meanwhile.
            OSError: It cannot be written; a note says what to do.
        """
        out = Output(sys.stdout)
        if self.after == self.before:
            out.line(
                f"Nothing to change: profile {profile} in {self.shown_path} says this already."
            )
            return 0
        for line in self.diff():
            paint = {"+": out.good, "-": out.bad, "@": out.dim}.get(line[0], str)
            out.line(paint(line))
        if is_dry:
            return 0
        if not is_agreed and not Prompts().agrees(
            f"Write this to {self.shown_path}?",
            unasked=ConfigurationError(
                "nobody is here to agree to the change", hint="Agree to it with --yes."
            ),
        ):
            out.line("Nothing is changed.")
            return 1
        try:
            self._write()
        except OSError as error:
            error.add_note(
                "Nothing is changed. See to the rights and the space there, or set AWS_CONFIG_FILE to "
                "another file."
            )
            raise
        out.line(f"Written. Try it: aws sts get-caller-identity --profile {shlex.quote(profile)}")
        return 0

    def diff(self) -> list[str]:
        """Return the lines of a unified diff, without what is secret in them."""
        import difflib

        lines = difflib.unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            "before",
            self.shown_path,
            lineterm="",
        )
        return [SECRET.sub(r"\1…", line) for line in lines]

    def _text(self) -> str:
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
        with one_at_a_time(os.path.dirname(self.path)):
            require_regular_file(self.shown_path)
            if self._text() != self.before:
                raise ConfigurationError(
                    f"{self.shown_path} was changed by another program meanwhile",
                    hint="Run the same command again.",
                )
            replace(self.path, self.after.encode(), mode=mode)


def require_regular_file(path: str) -> None:
    """Check that the AWS config file can be replaced; a missing file can be created.

    Raises:
        ConfigurationError: If the path leads to anything else than a regular file.
    """
    if kind := kind_of_special_file(path):
        raise ConfigurationError(
            f"the AWS config file {path} is {kind}, not a regular file",
            hint="Set AWS_CONFIG_FILE to a regular file, or unset it to use ~/.aws/config.",
        )


@contextmanager
def one_at_a_time(folder: str) -> Generator[None]:
    """Let who comes second see what the first has written; Windows has no such lock of a folder.

    Not filelock's, which would leave a file beside the user's own.
    """
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
