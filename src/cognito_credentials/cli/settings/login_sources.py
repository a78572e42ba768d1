"""`--login KEY=SOURCE`: from a text to a supplier of tokens."""

from __future__ import annotations

import functools
import os

from cognito_credentials.errors import ConfigurationError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cognito_credentials.cli.settings.resolution import Selection

__all__ = ["secret_of", "suppliers_of"]

HOW = "Write KEY=@FILE, KEY=env:NAME or KEY=cmd:COMMAND; KEY is a login key, accounts.google.com for one."
LONGEST_KEY = 128  # as the service has it: a token is longer
MOST_LOGINS = 10
# Why a secret is not accepted in the text of a setting, by the place of the setting.
WHY = {
    "option": "other users of this machine can read command lines",
    "environment": "environment variables are passed to every child process",
    "profile": "config files are often copied and shared",
}


def suppliers_of(
    logins: str | Sequence[str], place: str, named: Callable[[str], str]
) -> dict[str, Callable[..., str]]:
    """Return the suppliers by login key.

    `logins` are texts `KEY=SOURCE`, or one text with a line for each, as a variable or a profile
    has them. `place` is the kind of place that they are in, and `named` says for messages what gave
    a text, and where that is.

    Raises:
        ConfigurationError: A text is no login. The message does not repeat what may be a token.
    """
    lines = logins.splitlines() if isinstance(logins, str) else logins
    suppliers: dict[str, Callable[..., str]] = {}
    for line in map(str.strip, lines):
        if not line:
            continue
        key, equals, token = line.partition("=")
        key, token = key.strip(), token.strip()
        named_line = functools.partial(named, line)
        if not equals or not key or not token:
            raise ConfigurationError(
                f"{named_line()}: a login is not of the form KEY=SOURCE", hint=HOW
            )
        _check_key(key, named_line)
        if key in suppliers:
            raise ConfigurationError(
                f"{named_line()}: {_shown(key)} is there twice", hint="Take one of the two away."
            )
        what = f"the token of {_shown(key)}"
        suppliers[key] = _supplier_of(what, token, place, named_line, HOW)
    if len(suppliers) > MOST_LOGINS:
        raise ConfigurationError(
            f"{named('')}: there are {len(suppliers)} logins, and Amazon Cognito takes {MOST_LOGINS}",
            hint="Take some away: one is enough to find the identity.",
        )
    return suppliers


def secret_of(selection: Selection) -> Callable[..., str]:
    """Return what reads the client's secret.

    Raises:
        ConfigurationError: The setting does not say where it is.
    """
    return _supplier_of(
        "the client secret",
        selection.values["client_secret"],
        selection.places["client_secret"],
        lambda: selection.named("client_secret"),
        "Write @FILE, env:NAME or cmd:COMMAND.",
    )


def _supplier_of(
    what: str, token: str, place: str, named: Callable[[], str], how: str
) -> Callable[..., str]:
    """Return what reads a secret from where a text says that it is; never from the text itself.

    Raises:
        ConfigurationError: The text does not say where.
    """
    from cognito_credentials import CommandToken, EnvironmentToken, FileToken

    kind, colon, rest = token.partition(":")
    if token.startswith("@"):
        kind, rest = "@", token[1:].strip()
    elif not colon or kind not in STEPS:
        raise ConfigurationError(
            f"{named()}: {what} is given as it is, or in a way that is not known",
            hint=f"{how} Do not pass the secret itself: {WHY[place]}.",
        )
    noun, step = STEPS[kind]
    step = step.format(what=what)
    if not rest.strip():
        raise ConfigurationError(f"{named()}: {what} names no {noun}", hint=how)
    if kind == "@":
        return NamedSource(FileToken(os.path.expanduser(rest)), step, named)
    if kind == "env":
        return NamedSource(EnvironmentToken(rest.strip()), step, named)
    words = _words(rest, what, named)
    from cognito_credentials.cli.settings.command_cleanup import kill_commands_at_exit
    from cognito_credentials.cli.terminal.stderr_filter import print_redacted

    kill_commands_at_exit()

    return NamedSource(CommandToken(words, stderr=print_redacted), step, named)


# How a text begins: what it names, and what to do where that gives nothing.
STEPS = {
    "@": ("file", "Put {what} into that file, and nothing else"),
    "env": ("variable", "Set that variable to {what}, and export it"),
    "cmd": ("command", "Run it by hand: it must print {what}, and nothing else"),
}


class NamedSource:
    """A supplier whose failure says what to do about it, and which setting names it."""

    __slots__ = ("__wrapped__", "named", "step")

    def __init__(self, supplier: Callable[..., str], step: str, named: Callable[[], str]) -> None:
        self.__wrapped__ = supplier  # as `functools.wraps` has it
        self.step = step
        self.named = named

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __call__(self, *, refresh: bool = False) -> str:
        try:
            return self.__wrapped__(refresh=refresh)
        except LoginTokenError as error:
            error.hint = f"{error.hint.rstrip('.') or self.step}; or correct {self.named()}."
            raise


def _words(command: str, what: str, named: Callable[[], str]) -> list[str]:
    import shlex

    try:
        return shlex.split(command)
    except ValueError as error:  # whose text is about the marks, and holds none of the words
        raise ConfigurationError(
            f"{named()}: {what} names a command that cannot be split: {error}",
            hint="Quote it as in a POSIX shell.",
        ) from None


def _check_key(key: str, named: Callable[[], str]) -> None:
    if "://" in key:
        from cognito_credentials._core.login_providers import derive_provider_name

        raise ConfigurationError(
            f"{named()}: the key of {_shown(key)} has a scheme",
            hint=f"Write it as Amazon Cognito knows it: {derive_provider_name(key)}=…",
        )
    if len(key) > LONGEST_KEY:
        raise ConfigurationError(
            f"{named()}: the key of a login has {len(key)} characters, and Amazon Cognito takes "
            f"{LONGEST_KEY}",
            hint=f"Is it the token? {HOW}",
        )


def _shown(key: str) -> str:
    """Return what a login is called in messages: by its key, unless that may be a token."""
    is_name = (
        ("." in key or key.startswith("arn:"))
        and len(key) <= LONGEST_KEY
        and not key.startswith("eyJ")
    )
    return f"login {key!r}" if is_name else "a login"
