"""`--login KEY=SOURCE`: from a text to a supplier of tokens."""

from __future__ import annotations

import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["supplier_of", "suppliers_of"]

HOW = "Write KEY=@FILE, KEY=env:NAME or KEY=cmd:COMMAND; KEY is a login key, accounts.google.com for one."
LONGEST_KEY = 128  # as the service has it: a token is longer


def suppliers_of(logins: str | Sequence[str] | None, source: str) -> dict[str, Callable[..., str]]:
    """Return the suppliers by login key.

    `logins` are texts `KEY=SOURCE`, or one text with a line for each, as a variable or a profile
    has them.

    Raises:
        ConfigurationError: A text is no login. The message does not repeat what may be a token.
    """
    lines = logins.splitlines() if isinstance(logins, str) else logins or ()
    suppliers: dict[str, Callable[..., str]] = {}
    for line in lines:
        if not line.strip():
            continue
        key, equals, token = line.strip().partition("=")
        key, token = key.strip(), token.strip()
        if not equals or not key or not token:
            raise ConfigurationError(f"a login ({source}) is not of the form KEY=SOURCE", hint=HOW)
        if key in suppliers:
            raise ConfigurationError(
                f"{_shown(key)} ({source}) is there twice", hint="Take one of the two away."
            )
        suppliers[key] = supplier_of(f"the token of {_shown(key)}", token, source, HOW)
    return suppliers


def supplier_of(what: str, token: str, source: str, how: str) -> Callable[..., str]:
    """Return what reads a secret from where a text says that it is; never from the text itself.

    Raises:
        ConfigurationError: The text does not say where.
    """
    from cognito_credentials import CommandToken, EnvironmentToken, FileToken

    if token.startswith("@"):
        return FileToken(os.path.expanduser(token[1:]))
    kind, colon, rest = token.partition(":")
    if colon and kind == "env":
        return EnvironmentToken(rest)
    if colon and kind == "cmd":
        return CommandToken(rest)
    raise ConfigurationError(
        f"{what} ({source}) is given as it is, or in a way that is not known",
        hint=f"Others can read the words of a command line. {how}",
    )


def _shown(key: str) -> str:
    """Return what a login is called in messages: by its key, unless that may be a token."""
    is_name = (
        ("." in key or key.startswith("arn:"))
        and len(key) <= LONGEST_KEY
        and not key.startswith("eyJ")
    )
    return f"login {key!r}" if is_name else "a login"
