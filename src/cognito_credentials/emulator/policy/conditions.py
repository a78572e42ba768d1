"""The `Condition` element of IAM policies.

The operators follow "condition operators" and "multivalued context keys" in the IAM user guide.
For every operator and every key, one of the expected values must match; a negated operator matches
if none of the expected values equals the actual value. If a key is missing, a plain operator fails;
a negated operator, `IfExists` and `ForAllValues:` match.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cognito_credentials.emulator.json_values import as_sequence
from cognito_credentials.emulator.policy.patterns import (
    Context,
    is_resolvable,
    matches_pattern,
    resolve_variables,
)


class UnmetCondition(NamedTuple):
    """A condition that does not match, with its expected values."""

    operator: str
    key: str
    expected: Sequence[str]


def conditions_match(
    element: Mapping[str, Mapping[str, Any]],
    context: Context,
    *,
    with_variables: bool,
    undecidable: bool,
) -> bool:
    """Return True if every condition of a `Condition` element matches.

    Args:
        element: The `Condition` element, which maps each operator to condition keys with their
            expected values.
        context: The values of the condition keys in the request.
        with_variables: Whether policy variables in the expected values are replaced.
        undecidable: The result for a condition that cannot be evaluated: its operator is unknown,
            or its operator is negated and a policy variable has no value.
    """
    unmet = find_unmet_conditions(
        element, context, with_variables=with_variables, undecidable=undecidable
    )
    return next(unmet, None) is None


def find_unmet_conditions(
    element: Mapping[str, Mapping[str, Any]],
    context: Context,
    *,
    with_variables: bool,
    undecidable: bool,
) -> Iterator[UnmetCondition]:
    """Yield the conditions that do not match; for the arguments, see `conditions_match`."""
    for operator, conditions in element.items():
        for key, values in conditions.items():
            expected = _to_texts(values)
            if not _matches(
                operator,
                key,
                expected,
                context,
                with_variables=with_variables,
                undecidable=undecidable,
            ):
                yield UnmetCondition(operator, key, expected)


def _matches(
    operator: str,
    key: str,
    expected: Sequence[str],
    context: Context,
    *,
    with_variables: bool,
    undecidable: bool,
) -> bool:
    name = operator.lower()
    quantifier, colon, rest = name.partition(":")
    name = rest if colon else name
    actual = context.get(key.lower(), ())
    if name == "null":
        return any((text.lower() == "true") == (not actual) for text in expected)
    is_optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    is_negated = name in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None or (colon and quantifier not in ("foranyvalue", "forallvalues")):
        return undecidable
    if is_negated and with_variables and not all(is_resolvable(text, context) for text in expected):
        return undecidable
    if not actual:
        # `ForAnyValue:` requires at least one value, even with a negated operator.
        return is_optional or (quantifier != "foranyvalue" if colon else is_negated)

    def passes(value: str) -> bool:
        return is_negated != any(
            compare(pattern, value, context if with_variables else None) for pattern in expected
        )

    if quantifier == "foranyvalue":
        return any(map(passes, actual))
    # An operator without a quantifier is meant for keys with a single value. If the request has
    # several values for the key, a negated operator matches only if all of them differ from the
    # expected values, and any other operator matches if one of them is expected.
    return all(map(passes, actual)) if is_negated or colon else any(map(passes, actual))


def _to_texts(expected: Any) -> Sequence[str]:
    return [
        str(value).lower() if isinstance(value, bool) else str(value)
        for value in as_sequence(expected)
    ]


Comparison = Callable[[str, str, Context | None], bool]


def _equals(pattern: str, value: str, context: Context | None) -> bool:
    return value == (pattern if context is None else resolve_variables(pattern, context))


def _equals_ignoring_case(pattern: str, value: str, context: Context | None) -> bool:
    text = pattern if context is None else resolve_variables(pattern, context)
    return text is not None and value.casefold() == text.casefold()


def _is_like(pattern: str, value: str, context: Context | None) -> bool:
    return matches_pattern(pattern, value, context)


def _equals_boolean(pattern: str, value: str, _: Context | None) -> bool:
    return pattern.lower() == value.lower()


def _is_in_network(pattern: str, value: str, _: Context | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


def _equals_binary(pattern: str, value: str, _: Context | None) -> bool:
    try:
        return base64.b64decode(pattern) == base64.b64decode(value)
    except binascii.Error:
        return False


def _make_comparison(
    parse: Callable[[str], float], test: Callable[[float, float], bool]
) -> Comparison:
    def compare(pattern: str, value: str, _: Context | None) -> bool:
        try:
            return test(parse(value), parse(pattern))
        except ValueError:
            return False

    return compare


def _parse_date(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_ORDER_TESTS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda value, bound: value == bound,
    "lessthan": lambda value, bound: value < bound,
    "lessthanequals": lambda value, bound: value <= bound,
    "greaterthan": lambda value, bound: value > bound,
    "greaterthanequals": lambda value, bound: value >= bound,
}
_OPERATORS: dict[str, Comparison] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _is_like,
    "arnequals": _is_like,
    "arnlike": _is_like,
    "bool": _equals_boolean,
    "ipaddress": _is_in_network,
    "binaryequals": _equals_binary,
    **{f"numeric{name}": _make_comparison(float, test) for name, test in _ORDER_TESTS.items()},
    **{f"date{name}": _make_comparison(_parse_date, test) for name, test in _ORDER_TESTS.items()},
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
