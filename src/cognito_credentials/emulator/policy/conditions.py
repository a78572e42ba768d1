"""The Condition element of IAM's policy language.

Pure. Operators as in the IAM user guide's "condition operators" and "multivalued context keys":
several values of one key are alternatives, several keys and operators must all hold, a negated
operator holds where no value matches, and a missing key fails a plain operator and satisfies a
negated one, ``IfExists`` and ``ForAllValues:``.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.identity.json_values import sequence
from cognito_credentials.emulator.policy.patterns import (
    Context,
    is_resolvable,
    matches_pattern,
    substituted_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def conditions_hold(
    element: Mapping[str, Mapping[str, Any]],
    context: Context,
    *,
    substitute: bool,
    unknown: bool,
) -> bool:
    """Say whether a whole Condition element holds; ``unknown`` is said of unknown operators."""
    return all(
        _holds(operator, key, _texts(expected), context, substitute=substitute, unknown=unknown)
        for operator, tests in element.items()
        for key, expected in tests.items()
    )


def _holds(
    operator: str,
    key: str,
    expected: Sequence[str],
    context: Context,
    *,
    substitute: bool,
    unknown: bool,
) -> bool:
    name = operator.lower()
    quantifier, colon, rest = name.partition(":")
    name = rest if colon else name
    actual = context.get(key.lower(), ())
    if name == "null":
        return any((text.lower() == "true") == (not actual) for text in expected)
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = name in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None or (colon and quantifier not in ("foranyvalue", "forallvalues")):
        return unknown
    if negated and substitute and not all(is_resolvable(text, context) for text in expected):
        return unknown
    if not actual:
        # ForAnyValue asks for at least one value, even of a negated operator.
        return optional or (quantifier != "foranyvalue" if colon else negated)

    def passes(value: str) -> bool:
        return negated != any(
            compare(pattern, value, context if substitute else None) for pattern in expected
        )

    if quantifier == "foranyvalue":
        return any(map(passes, actual))
    # Without a quantifier a key has one value; were there more, a negated operator needs all of
    # them to differ and a plain one is content with one that matches.
    return all(map(passes, actual)) if negated or colon else any(map(passes, actual))


def _texts(expected: Any) -> Sequence[str]:
    return [
        str(each).lower() if isinstance(each, bool) else str(each) for each in sequence(expected)
    ]


Comparison = Callable[[str, str, Context | None], bool]


def _equals(pattern: str, value: str, context: Context | None) -> bool:
    return value == (pattern if context is None else substituted_text(pattern, context))


def _equals_ignoring_case(pattern: str, value: str, context: Context | None) -> bool:
    text = pattern if context is None else substituted_text(pattern, context)
    return text is not None and value.casefold() == text.casefold()


def _like(pattern: str, value: str, context: Context | None) -> bool:
    return matches_pattern(pattern, value, context)


def _boolean(pattern: str, value: str, _: Context | None) -> bool:
    return pattern.lower() == value.lower()


def _in_network(pattern: str, value: str, _: Context | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


def _binary(pattern: str, value: str, _: Context | None) -> bool:
    try:
        return base64.b64decode(pattern) == base64.b64decode(value)
    except binascii.Error:
        return False


def _ordered(parse: Callable[[str], float], test: Callable[[float, float], bool]) -> Comparison:
    def compare(pattern: str, value: str, _: Context | None) -> bool:
        try:
            return test(parse(value), parse(pattern))
        except ValueError:
            return False

    return compare


def _instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_TESTS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda value, bound: value == bound,
    "lessthan": lambda value, bound: value < bound,
    "lessthanequals": lambda value, bound: value <= bound,
    "greaterthan": lambda value, bound: value > bound,
    "greaterthanequals": lambda value, bound: value >= bound,
}
_OPERATORS: dict[str, Comparison] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "bool": _boolean,
    "ipaddress": _in_network,
    "binaryequals": _binary,
    **{f"numeric{name}": _ordered(float, test) for name, test in _TESTS.items()},
    **{f"date{name}": _ordered(_instant, test) for name, test in _TESTS.items()},
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
