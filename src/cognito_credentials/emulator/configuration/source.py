"""A TOML file whose errors name the line and the key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cognito_credentials.errors import ConfigurationError

Key = tuple[str | int, ...]
"""The path of a value: names of keys, and positions in arrays."""

# The pattern matches a whole comment or string, so that a # in a string does not begin a comment,
# and a quotation mark in a comment does not begin a string.
_TOKEN = re.compile(
    r'''#[^\n]*|"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'{3}.*?(?:\'{3}|\Z)|"(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*'?''',
    re.DOTALL,
)
_MAX_KEY_PARTS = 32
_LONG_KEY = re.compile(
    rf'(?<![\w-])(?:[\w-]++|"")(?:[ \t]*+\.[ \t]*+(?:[\w-]++|"")){{{_MAX_KEY_PARTS}}}', re.ASCII
)
_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]", re.ASCII)
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=", re.ASCII)
_MAX_BYTES = 1024 * 1024
_MAX_SHOWN_LENGTH = 200


class TomlSource:
    """The text of a TOML file.

    Args:
        path: The path of the file.

    Attributes:
        path: The absolute path of the file.
        document: The parsed file.

    Raises:
        ConfigurationError: If the file cannot be read, or is not a TOML file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(os.path.abspath(path))
        try:
            if not self.path.is_file():
                reason = "it is not a file" if self.path.exists() else "there is no such file"
                raise FileNotFoundError(0, reason)
            with self.path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise ConfigurationError(
                f"the configuration file {self.path} cannot be read: {error.strerror}",
                hint="Pass the path of a TOML file that you can read.",
            ) from None
        if len(data) > _MAX_BYTES:
            raise ConfigurationError(
                f"the configuration file {self.path} is larger than 1 MB",
                hint="Put the contents of objects into separate files.",
            )
        try:
            text = data.decode("utf-8-sig")  # Editors on Windows add a byte order mark.
            _check_keys(text)
            self.document: Mapping[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise ConfigurationError(
                f"the configuration file {self.path} cannot be parsed: {reason}",
                hint="Correct the file, which must be TOML in UTF-8. See https://toml.io.",
            ) from None
        # The lines of comments and multi-line strings can look like keys, so only their line breaks
        # are retained.
        self._lines = _TOKEN.sub(_blank_lines, text).splitlines()

    def error(self, key: Key, text: str, *, hint: str) -> ConfigurationError:
        """Return the error for an invalid or missing value."""
        place = f"{self.path}, line {self.find_line(key)}"
        return ConfigurationError(f"{place}: {format_key(key)} {text}", hint=hint)

    def find_line(self, key: Key) -> int:
        """Return the number of the line that contains a key, or else the line of the enclosing key.

        The parser does not report the lines of values. In an array of inline tables, the result is
        the line of the first key with the same name.
        """
        lines = dict(self._list_keys())
        for length in range(len(key), 0, -1):
            if key[:length] in lines:
                found = lines[key[:length]]
                names = [part for part in key[length:] if isinstance(part, str)]
                return self._find_inline(names[-1], found) if names else found
        return 1

    def _find_inline(self, name: str, first: int) -> int:
        pattern = re.compile(rf"""(?<![\w-])["']?{re.escape(name)}["']?\s*=""")
        for number, line in enumerate(self._lines[first - 1 :], first):
            if number > first and _HEADER.match(line):
                break
            if pattern.search(line):
                return number
        return first

    def _list_keys(self) -> Iterator[tuple[Key, int]]:
        """Yield the keys at the beginning of lines with the numbers of the lines."""
        table: Key = ()
        positions: dict[Key, int] = {}
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                table = self._enter(_split(header[2]), positions, is_array=header[1] == "[[")
                yield table, number
                if table[-1] == 0:
                    # The first table also determines the line of the array.
                    yield table[:-1], number
            elif assignment := _ASSIGNMENT.match(line):
                yield (*table, *_split(assignment[1])), number

    def _enter(self, names: list[str], positions: dict[Key, int], *, is_array: bool) -> Key:
        """Return the key of a table: the `names` in its header, with the positions in arrays."""
        table: Key = ()
        for depth, name in enumerate(names):
            table = (*table, name)
            if is_array and depth == len(names) - 1:
                positions[table] = positions.get(table, -1) + 1
            if table in positions:
                table = (*table, positions[table])
        return table


def format_key(key: Key) -> str:
    """Return a key in the form `identity_pools[0].name`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    text = text.removeprefix(".")
    return text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[: _MAX_SHOWN_LENGTH - 1]}…"


def _check_keys(text: str) -> None:
    """Reject long dotted keys, because Python's parser takes quadratic time for such keys.

    Raises:
        ValueError: If a key has more parts than any key that the emulator accepts.
    """
    found = _LONG_KEY.search(_TOKEN.sub(_blank_strings, text))
    if found is not None:
        key = found[0][: _MAX_SHOWN_LENGTH // 4]
        raise ValueError(f"a key has more than {_MAX_KEY_PARTS} parts: {key}…")


def _blank_strings(token: re.Match[str]) -> str:
    return "" if token[0].startswith("#") else '""'


def _blank_lines(token: re.Match[str]) -> str:
    """Reduce a comment or multi-line string to its line breaks; return other tokens unchanged."""
    text = token[0]
    return "\n" * text.count("\n") if text.startswith(("#", "'''", '"""')) else text


def _split(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted, re.ASCII)]
