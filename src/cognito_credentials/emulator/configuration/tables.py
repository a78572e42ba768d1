"""Access to the values of a TOML table, with validation."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.configuration.source import Key, TomlSource, format_key
from cognito_credentials.errors import ConfigurationError

_KINDS: Mapping[type, str] = {
    str: "a string",
    bool: "true or false",
    list: "an array",
    dict: "a table",
}


class Table:
    """One table of a configuration file.

    Args:
        source: The file.
        key: The key of the table.
        known: The names of the keys that the table may have. None if every name is allowed.
        description: Description of the expected type, for the error message.

    Attributes:
        source: The file.
        key: The key of the table.
        values: The values of the table, by name.

    Raises:
        ConfigurationError: If the value is not a table, or has an unknown key.
    """

    def __init__(
        self,
        source: TomlSource,
        key: Key,
        value: object,
        known: Sequence[str] | None = None,
        *,
        description: str = _KINDS[dict],
    ) -> None:
        self.source: TomlSource = source
        self.key: Key = key
        if not isinstance(value, dict):
            raise source.error(
                key, f"must be {description}", hint=f"Correct the value of {format_key(key)}."
            )
        self.values: Mapping[str, Any] = cast("dict[str, Any]", value)
        if known is not None:
            for name in self.values:
                if name not in known:
                    raise self._unknown(name, known)

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """Return an optional value of one type."""
        if name not in self.values:
            return default
        return self._check(self.values[name], kind, name)

    def require(self, name: str, pattern: str = r"(?s).+", *, form: str = "not be empty") -> str:
        """Return a required string; see `get_matching`."""
        if name not in self.values:
            raise self.error(None, f"has no {name}", hint=f"Add {name} to the table.")
        return self.get_matching(name, pattern, form=form) or ""

    def get_matching(self, name: str, pattern: str, *, form: str) -> str | None:
        """Return an optional string that must match a pattern.

        Args:
            name: The key.
            pattern: The regular expression.
            form: Description of the required form, for the error message.
        """
        value: str | None = self.get(name, str)
        if value is not None:
            self.check_form(name, value, pattern, form)
        return value

    def check_form(
        self, name: str, value: str, pattern: str, form: str, *, hint: str | None = None
    ) -> None:
        """Check that a string, or a key, matches a pattern; see `get_matching`.

        By default, the hint of the error is to correct the value.
        """
        if not re.fullmatch(pattern, value, re.ASCII):
            reason = f"must {form}, not {format_value(value)}" if value else "must not be empty"
            hint = hint or f"Correct the value of {format_key((name,))}."
            raise self.error(name, reason, hint=hint)

    def get_strings(self, name: str) -> list[str]:
        """Return an optional array of strings."""
        values: list[object] = self.get(name, list, [])
        return [self._check(each, str, name, position) for position, each in enumerate(values)]

    def get_string_map(self, name: str) -> dict[str, str]:
        """Return an optional table of strings."""
        table = self.get_table(name)
        return {each: table.get(each, str) for each in table.values}

    def get_table(self, name: str, known: Sequence[str] | None = None) -> Table:
        """Return an optional table, by default with any keys."""
        return Table(self.source, (*self.key, name), self.values.get(name, {}), known)

    def get_tables(self, name: str, known: Sequence[str] | None = None) -> list[Table]:
        """Return an optional array of tables, by default with any keys."""
        values: list[object] = self.get(name, list, [])
        return [
            Table(self.source, (*self.key, name, position), each, known)
            for position, each in enumerate(values)
        ]

    def error(self, name: str | None, text: str, *, hint: str) -> ConfigurationError:
        """Return the error for a value of this table, or for the table itself."""
        return self.source.error(self.key if name is None else (*self.key, name), text, hint=hint)

    def _check(self, value: object, kind: type, *path: str | int) -> Any:
        if type(value) is not kind:
            text = f"must be {_KINDS[kind]}"
            hint = f"Correct the value of {format_key(path[:1])}."
            raise self.source.error((*self.key, *path), text, hint=hint)
        return value

    def _unknown(self, name: str, known: Sequence[str]) -> ConfigurationError:
        names = {each.lower(): each for each in known}
        near = difflib.get_close_matches(name.lower().replace("-", "_"), names, n=1)
        hint = (
            f"Did you mean {names[near[0]]}?"
            if near
            else f"The known keys are: {', '.join(known)}."
        )
        return self.error(name, "is not a known key", hint=hint)
