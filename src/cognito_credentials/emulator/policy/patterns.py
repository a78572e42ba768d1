"""Wildcards and variables in the patterns of IAM policies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

Context = Mapping[str, Sequence[str]]
"""The values of condition keys, by their names in lower case."""


def matches_pattern(pattern: str, value: str, context: Context | None) -> bool:
    """Return True if `value` matches the wildcards and policy variables of `pattern`.

    The value of a variable is matched literally: a `*` in a user's tag is not a wildcard. A
    variable matches nothing unless it has exactly one value or a default. Without a `context`,
    variables are plain text.
    """
    expression = _to_regex(pattern) if context is None else _substitute(pattern, context)
    return expression is not None and _matches(expression, value)


def _matches(expression: str, value: str) -> bool:
    """Return True if `value` matches an expression whose only quantifiers are `.*`."""
    return _compile(expression).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compile(expression: str) -> re.Pattern[str]:
    """Compile an expression whose only quantifiers are `.*`.

    The text after each wildcard except the last is matched at its first occurrence, without
    backtracking. With backtracking, a pattern with many wildcards would take polynomial time.
    """
    first, *parts = expression.split(".*")
    if parts:
        middle = "".join(f"(?>.*?{part})" for part in parts[:-1] if part)
        first += f"{middle}.*{parts[-1]}"
    return re.compile(first, re.DOTALL)


def resolve_variables(pattern: str, context: Context) -> str | None:
    """Replace the policy variables in a string without wildcards; None if a variable has no value."""
    text = ""
    for literal, variable, default in _split(pattern):
        value = _value_of(variable, default, context) if variable is not None else literal
        if value is None:
            return None
        text += value
    return text


def is_resolvable(pattern: str, context: Context | None) -> bool:
    """Return True if every variable in `pattern` has a value."""
    return context is None or resolve_variables(pattern, context) is not None


@lru_cache(maxsize=1024)
def _to_regex(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _substitute(pattern: str, context: Context) -> str | None:
    expression = ""
    for literal, variable, default in _split(pattern):
        if variable is None:
            expression += _to_regex(literal)
            continue
        value = _value_of(variable, default, context)
        if value is None:
            return None
        expression += re.escape(value)
    return expression


# ${key}, ${key, 'default'}, and the escapes ${*}, ${?}, ${$}.
_VARIABLE = re.compile(r"\$\{([^{},]+)(?:,\s*'([^']*)'\s*)?\}")


@lru_cache(maxsize=1024)
def _split(pattern: str) -> tuple[tuple[str, str | None, str | None], ...]:
    """Split a pattern into (literal, None, None) and ("", variable, default) parts."""
    parts: list[tuple[str, str | None, str | None]] = []
    end = 0
    for match in _VARIABLE.finditer(pattern):
        parts.append((pattern[end : match.start()], None, None))
        parts.append(("", match[1].strip().lower(), match[2]))
        end = match.end()
    parts.append((pattern[end:], None, None))
    return tuple(parts)


def _value_of(variable: str, default: str | None, context: Context) -> str | None:
    if variable in ("*", "?", "$"):
        return variable
    values = context.get(variable, ())
    return values[0] if len(values) == 1 else default
