"""Parsing and validation of policy documents according to the grammar of the IAM policy language.

The error messages are the same as in IAM or, for bucket policies, in S3.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, cast

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.json_values import as_mapping, as_sequence, parse_object
from cognito_credentials.emulator.policy.evaluation import PolicyDocument


class PolicyKind(Enum):
    """Kinds of policies, which require and forbid different elements."""

    IDENTITY = "identity"
    TRUST = "trust"
    BUCKET = "bucket"


_NOT_JSON = "This policy contains invalid Json"
_SYNTAX_ERRORS = {PolicyKind.BUCKET: "Invalid policy syntax."}
_SYNTAX_ERROR = "Syntax errors in policy."
_NOT_AN_OBJECT = "Policies must be valid JSON and the first byte must be '{'"
_VERSIONS = ("2008-10-17", "2012-10-17")
_POLICY_ELEMENTS = {"Version", "Id", "Statement"}
STATEMENT_ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
}
"""The elements that a statement may have."""
DENY_EVERYTHING: PolicyDocument = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}],
}
"""The document that replaces a malformed document."""
_MAX_CACHED_DOCUMENTS = 2048


def check_policy(text: str | bytes, kind: PolicyKind) -> PolicyDocument:
    """Parse a policy document that a request contains.

    Raises:
        AwsError: If the document is malformed.
    """
    document = parse_object(text)
    problem = None
    if document is None:
        is_json = text.strip()[:1] in ("[", b"[") and kind is PolicyKind.BUCKET
        problem = _NOT_AN_OBJECT if is_json else _NOT_JSON
    elif not _is_well_formed(document) or not document.keys() <= _POLICY_ELEMENTS:
        problem = _SYNTAX_ERRORS.get(kind, _SYNTAX_ERROR)
    else:
        statements = as_sequence(document["Statement"])
        problem = next(filter(None, (_find_problem(each, kind) for each in statements)), None)
    if document is None or problem is not None:
        code = "MalformedPolicy" if kind is PolicyKind.BUCKET else "MalformedPolicyDocument"
        raise AwsError(code, problem or _SYNTAX_ERROR, 400)
    return document


def read_policy(stored: Any) -> PolicyDocument:
    """Return a stored policy document.

    A malformed document denies everything, because it might contain a Deny.
    """
    if isinstance(stored, str | bytes):
        return _read_text(stored)
    return stored if _is_well_formed(stored) else DENY_EVERYTHING


@functools.lru_cache(_MAX_CACHED_DOCUMENTS)
def _read_text(text: str | bytes) -> PolicyDocument:
    document = parse_object(text)
    if document is None or not _is_well_formed(document):
        return DENY_EVERYTHING
    return document


def _is_well_formed(document: Any) -> bool:
    """Return True if all elements have the types that the evaluation expects."""
    if not isinstance(document, dict):
        return False
    policy = cast("dict[str, Any]", document)
    statements = as_sequence(policy.get("Statement", []))
    if not statements or policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        return False
    return all(
        isinstance(each, dict) and all(_check_types(as_mapping(each))) for each in statements
    )


def _check_types(statement: Mapping[str, Any]) -> Iterator[bool]:
    yield statement.get("Effect") in ("Allow", "Deny")
    yield ("Action" in statement) != ("NotAction" in statement)
    yield not {"Resource", "NotResource"} <= statement.keys()
    yield not {"Principal", "NotPrincipal"} <= statement.keys()
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        yield name not in statement or _are_texts(statement[name])
    for name in ("Principal", "NotPrincipal"):
        principal = statement.get(name, "*")
        yield principal == "*" or (
            isinstance(principal, dict) and all(map(_are_texts, as_mapping(principal).values()))
        )
    conditions = statement.get("Condition", {})
    yield isinstance(conditions, dict) and all(
        isinstance(keys, dict) and all(map(_are_values, as_mapping(keys).values()))
        for keys in as_mapping(conditions).values()
    )


def _are_texts(value: Any) -> bool:
    values = as_sequence(value)
    return bool(values) and all(isinstance(each, str) for each in values)


def _are_values(value: Any) -> bool:
    return all(isinstance(each, str | int | float) for each in as_sequence(value))


def _find_problem(statement: Mapping[str, Any], kind: PolicyKind) -> str | None:
    """Return the problem with a well-formed statement in a policy of this kind, or None."""
    if not statement.keys() <= STATEMENT_ELEMENTS:
        return _SYNTAX_ERRORS.get(kind, _SYNTAX_ERROR)
    has_principal = not statement.keys().isdisjoint(("Principal", "NotPrincipal"))
    has_resource = not statement.keys().isdisjoint(("Resource", "NotResource"))
    if kind is PolicyKind.IDENTITY:
        if has_principal:
            return "Policy document should not specify a principal."
        return None if has_resource else "Policy statement must contain resources."
    if not has_principal:
        return "Missing required field Principal"
    if kind is PolicyKind.TRUST:
        return "Has prohibited field Resource" if has_resource else None
    return None if has_resource else "Missing required field Resource"
