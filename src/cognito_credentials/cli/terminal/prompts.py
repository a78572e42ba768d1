"""Prompts for the user's input; without a terminal, each response is a line of standard input."""

from __future__ import annotations

import sys

from cognito_credentials.cli.terminal.writing import write_line, write_prompt
from cognito_credentials.errors import ConfigurationError

__all__ = ["CODE", "Prompts"]

MAX_ATTEMPTS = 3  # sudo and ssh allow the same number of attempts.
CODE = "code"


class Prompts:
    """Prompts on standard error that read responses from standard input; passwords are not echoed.

    Raises (from its methods):
        ConfigurationError: If the response is empty, or standard input has ended.
    """

    def __init__(self) -> None:
        self._rejected: list[str] = []
        self._next_line: str | None = None  # A line that was read before the prompt was shown.

    def line(self, question: str) -> str:
        """Ask for one line."""
        if sys.stdin.isatty():
            write_prompt(sys.stderr, f"{question}: ")
        return self._read_line(question).strip()

    def password(self) -> str:
        """Ask for the user's password."""
        return self._secret("Password")

    def code(self, kind: str) -> str:
        """Ask for a code that the user received or that another device shows."""
        return self.line(f"Code ({kind})")

    def new_password(self) -> str:
        """Ask for a new password, twice on a terminal."""
        new = self._secret("New password (required for this account)")
        while sys.stdin.isatty() and self._secret("Repeat the new password", "repetition") != new:
            if not self.offer_retry("repetition", "The two passwords differ"):
                raise ConfigurationError("the two new passwords differ", hint="Sign in again.")
            new = self._secret("New password")
        return new

    def offer_retry(self, subject: str, problem: str = "") -> bool:
        """Report that a response was rejected, and return True if the user can try again.

        The user has three attempts for each prompt. Without a terminal, only a code can be entered
        again, because the line after a rejected password is the response to the next prompt.
        """
        self._rejected.append(subject)
        if self._rejected.count(subject) >= MAX_ATTEMPTS:
            return False
        if not sys.stdin.isatty() and subject != CODE:
            return False
        problem = problem or f"Incorrect {subject}"
        write_line(sys.stderr, f"{problem.rstrip('.')}. Try again.")
        if sys.stdin.isatty():
            return True
        self._next_line = line = sys.stdin.readline()
        return bool(line.strip())

    def confirm(self, *lines: str, error: ConfigurationError) -> bool:
        """Ask for confirmation, and return True if the user confirms.

        Args:
            *lines: Lines to print; the last is the question.
            error: Error to raise if standard input is not a terminal.

        Raises:
            ConfigurationError: If standard input is not a terminal.
        """
        if not sys.stdin.isatty():
            raise error
        sys.stdout.flush()  # The question may refer to output that is still buffered.
        *explanation, question = lines
        for line in explanation:
            write_line(sys.stderr, line)
        write_prompt(sys.stderr, f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def _secret(self, question: str, subject: str = "") -> str:
        if not sys.stdin.isatty():
            return self._read_line(question)
        import getpass

        response = getpass.getpass(f"{question}: ", stream=sys.stderr)
        if not response:
            raise ConfigurationError(
                f"no {subject or _subject(question)} was entered", hint="Sign in again."
            )
        return response

    def _read_line(self, question: str) -> str:
        """Read a line without removing spaces, since a password may begin or end with a space."""
        line, self._next_line = self._next_line, None
        response = (sys.stdin.readline() if line is None else line).rstrip("\r\n")
        if not response.strip():
            if sys.stdin.isatty():
                raise ConfigurationError(
                    f"no {_subject(question)} was entered", hint="Sign in again."
                )
            raise ConfigurationError(
                f"no {_subject(question)} on standard input",
                hint="Write each value on a separate line, in the order of the prompts.",
            )
        return response


def _subject(question: str) -> str:
    """Return a prompt with a lower-case first letter, for use within a message."""
    return question[:1].lower() + question[1:]
