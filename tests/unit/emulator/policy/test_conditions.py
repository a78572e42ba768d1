from __future__ import annotations

from typing import Any

import pytest
from cases import check_each

from cognito_credentials.emulator.policy.conditions import conditions_match

CONTEXT = {
    "s3:prefix": ["home/ada/"],
    "cognito:amr": ["authenticated", "accounts.google.com"],
    "cognito:sub": ["ada"],
    "n": ["10"],
    "when": ["2026-01-02T00:00:00+00:00"],
    "secure": ["true"],
    "ip": ["127.0.0.1"],
    "arn": ["arn:aws:iam::1:role/x"],
    "blob": ["YQ=="],
}


def matches(element: dict[str, Any], *, undecidable: bool = False) -> bool:
    return conditions_match(element, CONTEXT, with_variables=True, undecidable=undecidable)


@check_each(
    "operator, key, expected, result",
    [
        ("StringEquals", "cognito:sub", "ada", True),
        ("StringEquals", "COGNITO:sub", "ada", True),
        ("StringEquals", "cognito:sub", ["bob", "ada"], True),
        ("StringEquals", "cognito:sub", "Ada", False),
        ("StringEquals", "cognito:sub", "a*", False),
        ("StringEquals", "missing", "x", False),
        ("StringEqualsIgnoreCase", "cognito:sub", "ADA", True),
        ("StringNotEquals", "cognito:sub", "bob", True),
        ("StringNotEquals", "cognito:sub", ["bob", "ada"], False),
        ("StringNotEquals", "missing", "x", True),
        ("StringLike", "s3:prefix", "home/${cognito:sub}/*", True),
        ("StringLike", "s3:prefix", "home/${missing}/*", False),
        ("StringNotLike", "s3:prefix", "home/*", False),
        ("StringNotLike", "s3:prefix", "work/*", True),
        ("StringEqualsIfExists", "missing", "x", True),
        ("StringEqualsIfExists", "cognito:sub", "bob", False),
        ("ForAnyValue:StringLike", "cognito:amr", "authenticated", True),
        ("ForAnyValue:StringLike", "cognito:amr", "unauthenticated", False),
        ("ForAnyValue:StringLike", "missing", "*", False),
        ("ForAnyValue:StringNotEquals", "missing", "x", False),
        ("ForAnyValue:StringNotEquals", "cognito:amr", "authenticated", True),
        ("ForAllValues:StringEquals", "cognito:amr", "authenticated", False),
        (
            "ForAllValues:StringEquals",
            "cognito:amr",
            ["authenticated", "accounts.google.com", "x"],
            True,
        ),
        ("ForAllValues:StringEquals", "missing", "x", True),
        ("ForSomeValues:StringEquals", "cognito:sub", "ada", False),
        ("NumericLessThan", "n", "11", True),
        ("NumericLessThan", "n", 10, False),
        ("NumericGreaterThanEquals", "n", "10", True),
        ("NumericNotEquals", "n", "10", False),
        ("NumericEquals", "cognito:sub", "10", False),
        ("DateLessThan", "when", "2026-01-03", True),
        ("DateGreaterThan", "when", "2026-01-02T01:00:00Z", False),
        ("DateEquals", "when", "1767312000", True),
        ("Bool", "secure", "true", True),
        ("Bool", "secure", True, True),
        ("Bool", "secure", "false", False),
        ("Null", "missing", "true", True),
        ("Null", "secure", "false", True),
        ("Null", "secure", True, False),
        ("IpAddress", "ip", "127.0.0.0/8", True),
        ("NotIpAddress", "ip", "127.0.0.0/8", False),
        ("IpAddress", "ip", "not a network", False),
        ("ArnLike", "arn", "arn:aws:iam::*:role/*", True),
        ("ArnNotEquals", "arn", "arn:aws:iam::1:role/x", False),
        ("BinaryEquals", "blob", "YQ==", True),
        ("BinaryEquals", "blob", "Yg==", False),
    ],
)
def test_a_condition_operator_compares_the_context_with_the_policy(
    operator: str, key: str, expected: Any, result: bool
):
    assert matches({operator: {key: expected}}) is result


def test_all_keys_and_operators_must_match():
    both = {"StringEquals": {"cognito:sub": "ada", "n": "10"}, "Bool": {"secure": "true"}}
    assert matches(both)
    assert not matches({**both, "NumericLessThan": {"n": "5"}})
    assert not matches({"StringEquals": {"cognito:sub": "ada", "n": "11"}})
    assert matches({})


@pytest.mark.parametrize("undecidable", [True, False])
def test_an_undecidable_condition_has_the_given_result(undecidable: bool):
    assert matches({"StringSortOf": {"cognito:sub": "x"}}, undecidable=undecidable) is undecidable
    assert matches({"StringNotEquals": {"n": "${missing}"}}, undecidable=undecidable) is undecidable


def test_without_variables_a_variable_is_plain_text():
    element = {"StringEquals": {"v": "${cognito:sub}"}}
    assert conditions_match(
        element, {"v": ["${cognito:sub}"]}, with_variables=False, undecidable=False
    )
