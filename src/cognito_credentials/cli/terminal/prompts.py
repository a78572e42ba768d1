"""Questions to the user: on the terminal, or a line of standard input each where there is none."""

from __future__ import annotations

import sys

from cognito_credentials.errors import ConfigurationError

__all__ = ["CODE", "Prompts"]

TRIES = 3  # as sudo and ssh have it
CODE = "code"


class Prompts:
    """Ask on standard error, and read from standard input; passwords are not shown.

    Raises (its methods):
        ConfigurationError: There is no answer.
    """

    def __init__(self) -> None:
        self._wrong: list[str] = []
        self._ahead: str | None = None  # a line that was read already

    def line(self, question: str) -> str:
        """Return one line."""
        if sys.stdin.isatty():
            sys.stderr.write(f"{question}: ")
            sys.stderr.flush()
        return self._answer(question).strip()

    def password(self) -> str:
        """Return the user's password."""
        return self._secret("Password")

    def code(self, kind: str) -> str:
        """Return the code that the user was sent, or is shown elsewhere."""
        return self.line(f"Code ({kind})")

    def new_password(self) -> str:
        """Return the password that the user wants from now on."""
        new = self._secret("New password, which this account needs")
        while sys.stdin.isatty() and self._secret("The same again") != new:
            if not self.again("repetition"):
                raise ConfigurationError("the two new passwords differ", hint="Sign in again.")
            new = self._secret("New password")
        return new

    def again(self, what: str, why: str = "") -> bool:
        """Say that an answer was wrong, and return whether another one can be had: three in all.

        Where there is no terminal, a code may follow on a line of its own; what follows a wrong
        password there was meant for another question.
        """
        self._wrong.append(what)
        if self._wrong.count(what) >= TRIES:
            return False
        if not sys.stdin.isatty() and what != CODE:
            return False
        problem = why or f"That {what} is not right"
        sys.stderr.write(f"{problem.rstrip('.')}. Try again.\n")
        sys.stderr.flush()
        if sys.stdin.isatty():
            return True
        self._ahead = line = sys.stdin.readline()
        return bool(line.strip())

    def agrees(self, question: str, *, unasked: ConfigurationError) -> bool:
        """Return whether the user says yes.

        Raises:
            ConfigurationError: There is no terminal, where nobody can be asked: `unasked`.
        """
        if not sys.stdin.isatty():
            raise unasked
        sys.stdout.flush()  # what is asked about may be there
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def _secret(self, question: str) -> str:
        if not sys.stdin.isatty():
            return self._answer(question)
        import getpass

        answer = getpass.getpass(f"{question}: ", stream=sys.stderr)
        if not answer:
            raise ConfigurationError(f"no answer to: {question}", hint="Sign in again.")
        return answer

    def _answer(self, question: str) -> str:
        """Read a line; spaces count, since a password may begin or end with one."""
        ahead, self._ahead = self._ahead, None
        answer = (sys.stdin.readline() if ahead is None else ahead).rstrip("\r\n")
        if not answer.strip():
            raise ConfigurationError(
                f"no answer to: {question}",
                hint="Write it on standard input, in a line of its own.",
            )
        return answer
