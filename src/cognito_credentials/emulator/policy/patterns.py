"""Patterns of IAM's policy language: wildcards and policy variables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

Context = Mapping[str, Sequence[str]]


def matches_pattern(pattern: str, value: str, context: Context | None) -> bool:
    """Match ``*`` and ``?`` and, where a ``context`` is given, policy variables.

    A variable stands for its one value, taken literally: a ``*`` in a user's own tag is no
    wildcard. A variable without exactly one value and without a default matches nothing.
    """
    expression = _expression(pattern) if context is None else _substituted(pattern, context)
    return expression is not None and re.fullmatch(expression, value, re.DOTALL) is not None


def substituted_text(pattern: str, context: Context) -> str | None:
    """Replace policy variables in a text that knows no wildcards; None: one has no value."""
    text = ""
    for literal, variable, default in _parts(pattern):
        value = _value(variable, default, context) if variable is not None else literal
        if value is None:
            return None
        text += value
    return text


def is_resolvable(pattern: str, context: Context | None) -> bool:
    """Say whether each variable of ``pattern`` has a value."""
    return context is None or substituted_text(pattern, context) is not None


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _substituted(pattern: str, context: Context) -> str | None:
    expression = ""
    for literal, variable, default in _parts(pattern):
        if variable is None:
            expression += _expression(literal)
            continue
        value = _value(variable, default, context)
        if value is None:
            return None
        expression += re.escape(value)
    return expression


# ${key}, ${key, 'default'}, and the escapes ${*}, ${?}, ${$}.
_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[tuple[str, str | None, str | None], ...]:
    parts: list[tuple[str, str | None, str | None]] = []
    end = 0
    for match in _VARIABLE.finditer(pattern):
        parts.append((pattern[end : match.start()], None, None))
        parts.append(("", match[1].lower(), match[2]))
        end = match.end()
    parts.append((pattern[end:], None, None))
    return tuple(parts)


def _value(variable: str, default: str | None, context: Context) -> str | None:
    if variable in ("*", "?", "$"):
        return variable
    values = context.get(variable, ())
    return values[0] if len(values) == 1 else default
