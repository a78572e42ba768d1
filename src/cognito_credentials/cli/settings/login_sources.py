"""Sources of login tokens and client secrets: `@FILE`, `env:NAME` and `cmd:COMMAND`."""

from __future__ import annotations

from cognito_credentials._validation import expand_path
from cognito_credentials.errors import ConfigurationError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.cli.settings.resolution import SourceText

__all__ = ["login_suppliers", "secret_supplier"]

HINT = (
    "Use PROVIDER=@FILE, PROVIDER=env:NAME or PROVIDER=cmd:COMMAND, where PROVIDER is a login "
    "provider name such as accounts.google.com."
)
SOURCES_HINT = "Use @FILE, env:NAME or cmd:COMMAND."
# Amazon Cognito has the same limit. Most tokens are longer, so they are not mistaken for names.
MAX_PROVIDER_NAME_LENGTH = 128
MAX_LOGINS = 10
# Maps each place to the reason why it accepts no token.
RISKS = {
    "option": "other users of this machine can read command lines",
    "environment": "every child process inherits environment variables",
    "profile": "config files are often copied and shared",
}
# Maps the prefix of a source to a description of the text after the prefix.
KINDS = {"@": "file name", "env": "variable name", "cmd": "command"}


def login_suppliers(source: SourceText | None) -> dict[str, Callable[..., str]]:
    """Return a login token supplier for each login provider name.

    Args:
        source: A list of strings of the form PROVIDER=SOURCE, or one string with such lines; None
            for no logins.

    Raises:
        ConfigurationError: If a string is invalid. The message does not repeat text that may be a
            token.
    """
    suppliers: dict[str, Callable[..., str]] = {}
    if source is None:
        return suppliers
    lines = source.text.split("\n") if isinstance(source.text, str) else source.text
    for line in filter(None, map(str.strip, lines)):
        name, equals, token = (part.strip() for part in line.partition("="))
        if not (name and equals and token):
            raise ConfigurationError(
                f"{source.label(line)} must have the form PROVIDER=SOURCE", hint=HINT
            )
        _check_provider_name(name, source, line)
        what = f"the login token for {name!r}" if _is_provider_name(name) else "the login token"
        if name in suppliers:
            raise ConfigurationError(
                f"{source.label(line)}: {what} is given twice",
                hint="Remove one of the two sources.",
            )
        suppliers[name] = _supplier(what, token, source, line, HINT)
    if len(suppliers) > MAX_LOGINS:
        raise ConfigurationError(
            f"{source.label('')}: {len(suppliers)} login tokens are given, but Amazon Cognito accepts "
            f"at most {MAX_LOGINS}",
            hint="Remove some login tokens. One token is enough to find the identity.",
        )
    return suppliers


def secret_supplier(source: SourceText) -> Callable[..., str]:
    """Return a supplier of the client secret.

    Raises:
        ConfigurationError: If `source` does not name a source.
    """
    return _supplier("the client secret", source.text, source, "", SOURCES_HINT)


def _supplier(what: str, text: str, source: SourceText, line: str, hint: str) -> Callable[..., str]:
    """Return a supplier that reads a secret from the source that `text` names."""
    from cognito_credentials import CommandToken, EnvironmentToken, FileToken

    label = source.label
    kind, colon, rest = text.partition(":")
    if text.startswith("@"):
        kind, rest = "@", text[1:]
    elif not colon or kind not in KINDS:
        raise ConfigurationError(
            f"{label(line)} must name the source of {what}: @FILE, env:NAME or cmd:COMMAND",
            hint=f"{hint} Do not pass {what} itself: {RISKS[source.place]}.",
        )
    rest = rest.strip()
    if not rest:
        raise ConfigurationError(
            f"{label(line)} is missing the {KINDS[kind]} for {what}", hint=hint
        )
    supplier: Callable[..., str]
    if kind == "@":
        supplier = FileToken(expand_path(rest, f"{label(line)}:"))
    elif kind == "env":
        supplier = EnvironmentToken(rest)
    else:
        words = _split(rest, what, label(line))
        if not source.in_command:
            return ConfiguredSupplier(CommandToken(words), lambda: label(line))
        from cognito_credentials.cli.settings.command_cleanup import kill_commands_at_exit
        from cognito_credentials.cli.terminal.stderr_filter import print_redacted

        kill_commands_at_exit()
        supplier = CommandToken(words, stderr=print_redacted)
    return ConfiguredSupplier(supplier, lambda: label(line))


class ConfiguredSupplier:
    """A supplier whose errors name the setting that configured it.

    Args:
        supplier: Supplier of the token.
        label: Function that describes the setting for error messages.
    """

    __slots__ = ("__wrapped__", "label")

    def __init__(self, supplier: Callable[..., str], label: Callable[[], str]) -> None:
        # The attribute has the name that `functools.wraps` uses.
        self.__wrapped__: Callable[..., str] = supplier
        self.label: Callable[[], str] = label

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __call__(self, *, refresh: bool = False) -> str:
        try:
            return self.__wrapped__(refresh=refresh)
        except LoginTokenError as error:
            hint = getattr(error.hint, "for_command", error.hint)
            error.hint = f"{hint} If the source is wrong, correct {self.label()}."
            raise


def _split(command: str, what: str, label: str) -> list[str]:
    """Split a command into words.

    Raises:
        ConfigurationError: If the quoting is invalid, or if only a shell could run the command. The
            message does not repeat the command.
    """
    import shlex

    from cognito_credentials.cli.settings.shell_syntax import find_shell_syntax

    if syntax := find_shell_syntax(command):
        raise ConfigurationError(
            f"{label}: the command for {what} contains {syntax}, but is run without a shell",
            hint="To run the command in a shell, use cmd:sh -c 'COMMAND'. Put text that is meant "
            "literally in single quotation marks.",
        )
    try:
        return shlex.split(command)
    except ValueError as error:  # The message mentions only quotation marks and escapes.
        raise ConfigurationError(
            f"{label} has a command for {what} that cannot be split into words: {error}",
            hint="Quote the command as in a POSIX shell.",
        ) from None


def _check_provider_name(name: str, source: SourceText, line: str) -> None:
    if "://" in name:
        from cognito_credentials._core.login_providers import derive_provider_name

        raise ConfigurationError(
            f"{source.label(line)}: the login provider name must not have a scheme",
            hint=f"Use the login provider name without a scheme: {derive_provider_name(name)}=…",
        )
    if len(name) > MAX_PROVIDER_NAME_LENGTH:
        raise ConfigurationError(
            f"{source.label(line)}: the login provider name has {len(name)} characters, but Amazon "
            f"Cognito accepts at most {MAX_PROVIDER_NAME_LENGTH}",
            hint=f"Check whether you passed a token instead of the name. {HINT}",
        )


def _is_provider_name(name: str) -> bool:
    """Return True if `name` looks like a login provider name rather than a token."""
    return (
        ("." in name or name.startswith("arn:"))
        and len(name) <= MAX_PROVIDER_NAME_LENGTH
        and not name.startswith("eyJ")
    )
