"""Questions to the user: on the terminal, or a line of standard input each where there is none."""

from __future__ import annotations

import sys

from cognito_credentials.errors import ConfigurationError

__all__ = ["Prompts"]


class Prompts:
    """Ask on standard error, and read from standard input; passwords are not shown.

    Raises (its methods):
        ConfigurationError: There is no answer.
    """

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
        if sys.stdin.isatty() and self._secret("The same again") != new:
            raise ConfigurationError("the two new passwords differ", hint="Sign in again.")
        return new

    def agrees(self, question: str) -> bool:
        """Return whether the user says yes; where there is no terminal, nobody does."""
        if not sys.stdin.isatty():
            return False
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
        answer = sys.stdin.readline().rstrip("\r\n")
        if not answer.strip():
            raise ConfigurationError(
                f"no answer to: {question}",
                hint="Write it on standard input, in a line of its own.",
            )
        return answer
