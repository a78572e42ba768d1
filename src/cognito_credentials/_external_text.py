"""Sanitization of text from external sources.

Responses, token claims, headers, files and environment variables contain external text, which may
be megabytes long, repeat a secret, erase lines on a terminal, or forge lines in a log. Such text
passes through this module before it reaches an error, a log, a terminal, a file or a regular
expression. Errors (`CognitoCredentialsError`), log records (`_core.logs`) and the output of the
command (`cli.terminal.output`) call this module themselves, so that other code does not have to.
`tests/contract/test_external_text.py` fails if code writes text in any other way.

All functions take linear time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = [
    "HIDDEN",
    "MAX_CODE_LENGTH",
    "MAX_CREDENTIAL_LENGTH",
    "MAX_MESSAGE_LENGTH",
    "MAX_NAME_LENGTH",
    "HiddenBytes",
    "HiddenText",
    "clean_text",
    "has_control_character",
    "hide",
    "hide_secrets",
    "is_credential",
    "is_visible_ascii",
    "printable",
]

MAX_MESSAGE_LENGTH = 4096
MAX_NAME_LENGTH = 300  # This is the limit for names and short descriptions.
MAX_CODE_LENGTH = 128  # This is the limit for error codes, request IDs and similar identifiers.
MAX_CREDENTIAL_LENGTH = 64 * 1024

HIDDEN = "[hidden]"
# No issuer uses shorter secrets, and redacting shorter strings would garble the message.
MIN_SECRET_LENGTH = 4
# A truncated secret is redacted as well if it has at least this many characters.
MIN_PREFIX_LENGTH = 12
# Characters that `printable` replaces with a space. Other separators, such as NEL or U+2028, are
# escaped.
_BLANKS = "\n\r\t"


class HiddenText(str):
    """Secret string with a redacted `repr`, because crash reports show the `repr` of variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{HIDDEN}'"


class HiddenBytes(bytes):
    """Bytes that may contain secrets, such as a request body; their `repr` is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"b'{HIDDEN}'"


def hide(value: Any) -> Any:
    """Return a value in which all strings and bytes, even nested, have a redacted `repr`."""
    if isinstance(value, str):
        return HiddenText(value)
    if isinstance(value, bytes | bytearray):
        return HiddenBytes(value)
    if type(value) is dict:
        members: dict[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {key: hide(item) for key, item in members.items()}
    if type(value) in (list, tuple):
        return type(value)(map(hide, value))
    return value


def printable(text: str, max_length: int = MAX_MESSAGE_LENGTH) -> str:
    """Return a string as one line of limited length, with control characters escaped.

    Line breaks and tabs become spaces. Every other non-printable character, such as ESC or a
    character that changes the text direction, becomes an escape sequence as in `repr`.

    Args:
        text: The text.
        max_length: Maximum length of the result; a longer string is truncated and ends with "…".
    """
    if len(text) <= max_length and text.isprintable():
        return text
    is_cut = len(text) > max_length
    text = text[:max_length].replace("\r\n", "\n")
    if not text.isprintable():
        text = "".join(map(_escape, text))
        is_cut = is_cut or len(text) > max_length
    return f"{text[: max_length - 1]}…" if is_cut else text


def clean_text(
    value: object, secrets: Iterable[str] = (), max_length: int = MAX_MESSAGE_LENGTH
) -> str:
    """Return a string that is printable (see `printable`), stripped, and free of secrets.

    Args:
        value: The string. If the value is not a string, the result is an empty string.
        secrets: Values that the string may repeat.
        max_length: Maximum length of the result.
    """
    if not isinstance(value, str):
        return ""
    return printable(hide_secrets(value, secrets), max_length).strip()


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a string in which all secrets, including truncated secrets, are redacted."""
    long_enough = [secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH]
    for secret in sorted(long_enough, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    # Redact complete secrets first, because two secrets may have the same beginning.
    for secret in long_enough:
        if len(secret) > MIN_PREFIX_LENGTH:
            text = _hide_beginnings(text, secret)
    return text


def has_control_character(text: str) -> bool:
    """Return True if a string contains a control character or a line separator."""
    return not text.isprintable() and any(map(_is_control_character, text))


def is_visible_ascii(text: str) -> bool:
    """Return True if a string is not empty and contains only printable ASCII, without spaces."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def is_credential(value: str) -> bool:
    """Return True if a value can be a key or a token: visible ASCII of limited length."""
    return len(value) <= MAX_CREDENTIAL_LENGTH and is_visible_ascii(value)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    if character in _BLANKS:
        return " "
    return character.encode("unicode_escape").decode("ascii")


def _is_control_character(character: str) -> bool:
    # C0, DEL, C1, and Unicode's line and paragraph separators.
    return character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"


def _hide_beginnings(text: str, secret: str) -> str:
    prefix = secret[:MIN_PREFIX_LENGTH]
    position = text.find(prefix)
    if position < 0:
        return text
    parts: list[str] = []
    end = 0
    while position >= 0:
        parts += text[end:position], HIDDEN
        length, limit = MIN_PREFIX_LENGTH, min(len(secret), len(text) - position)
        while length < limit and text[position + length] == secret[length]:
            length += 1
        end = position + length
        position = text.find(prefix, end)
    return "".join([*parts, text[end:]])
