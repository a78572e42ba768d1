"""Statements of IAM policies."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cognito_credentials.emulator.argument_checks import check_json_object, check_type
from cognito_credentials.emulator.policy.documents import STATEMENT_ELEMENTS


def allow(actions: str | Sequence[str], resources: str | Sequence[str]) -> dict[str, Any]:
    """Return the statement of an IAM policy that allows actions on resources.

    The statement is a dict: `{"Effect": "Allow", "Action": actions, "Resource": resources}`. For a
    statement with a condition, or with the effect "Deny", write such a dict yourself.

    Args:
        actions: An action or a list of actions, for example `s3:GetObject` or `["s3:Get*",
            "s3:List*"]`.
        resources: The ARN of a resource or a list of ARNs, for example
            `arn:aws:s3:::game/public/*`. `*` means all resources.

    Raises:
        TypeError: If `actions` or `resources` is neither a string nor a sequence.
    """
    return {
        "Effect": "Allow",
        "Action": _as_json("actions", actions),
        "Resource": _as_json("resources", resources),
    }


allow.__module__ = "cognito_credentials.emulator"


def policy_document(statements: Sequence[Mapping[str, Any]]) -> str:
    """Return the policy document with these statements, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def check_statements(statements: object, parameter: str) -> None:
    """Check that a value is None, or a list or tuple of statements; IAM checks their contents.

    Raises:
        TypeError: If the value has another type.
        ValueError: If a statement has an element that IAM does not know, or a value that JSON
            cannot represent.
    """
    if statements is None:
        return
    kind = type(statements).__name__
    if not isinstance(statements, list | tuple):
        advice = ""
        if isinstance(statements, Mapping):
            is_document = "Statement" in statements
            advice = "; pass its Statement" if is_document else "; put the statement into a list"
        raise TypeError(f"{parameter} must be a list of policy statements, not {kind}{advice}")
    for statement in cast("Sequence[object]", statements):
        if not isinstance(statement, Mapping):
            kind = type(statement).__name__
            raise TypeError(f"{parameter} must contain only policy statements (dicts), not {kind}")
        check_json_object(parameter, cast("object", statement))
        for name in cast("Mapping[str, object]", statement):
            if name not in STATEMENT_ELEMENTS:
                raise ValueError(
                    f"{parameter} must contain policy statements, {_describe_unknown(name)}"
                )


def _describe_unknown(name: str) -> str:
    if name in ("Version", "Statement"):
        return "not a policy document; pass its Statement"
    elements = {each.lower(): each for each in STATEMENT_ELEMENTS}
    near = difflib.get_close_matches(str(name).lower(), elements, n=1)
    advice = f"; did you mean {elements[near[0]]!r}?" if near else ""
    return f"which do not have the element {name!r}{advice}"


def _as_json(parameter: str, value: str | Sequence[str]) -> str | list[str]:
    check_type(parameter, value, str | Sequence, "a str or a list of strings")
    return value if isinstance(value, str) else list(value)
