"""Explanations of the requests that policies do not allow, for developers.

An explanation is created by evaluating a rejected request again, so no details have to be recorded
for the requests that are allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.json_values import as_mapping, as_sequence
from cognito_credentials.emulator.policy.conditions import find_unmet_conditions
from cognito_credentials.emulator.policy.documents import DENY_EVERYTHING
from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    PolicyDocument,
    applies,
    evaluate,
    has_variables,
    matches_action,
    matches_principal,
    matches_resource,
)
from cognito_credentials.emulator.policy.patterns import Context, resolve_variables
from cognito_credentials.emulator.quoting import join, quote, quote_all, to_json

NamedPolicies = Mapping[str, PolicyDocument]
"""Policy documents by their names, for example "inline policy 'public' of role 'guest'"."""

_MAX_SENTENCES = 20


def explain_denial(policies: NamedPolicies, request: AuthorizationRequest) -> tuple[str, ...]:
    """Return sentences that explain why the policies do not allow a request.

    If a statement denies the request, the explanation names only this statement. Otherwise, the
    explanation lists the statements that would allow the action, and the reasons why these
    statements do not apply.
    """
    for name, document in policies.items():
        if evaluate([document], request) is PolicyDecision.EXPLICIT_DENY:
            return (_describe_deny(name, document, request),)
    sentences: list[str] = []
    for name, document in policies.items():
        sentences += _explain_document(name, document, request) or [
            f"The {name} has no statement that allows the action {request.action}."
        ]
    return tuple(sentences[:_MAX_SENTENCES])


def _describe_deny(name: str, document: PolicyDocument, request: AuthorizationRequest) -> str:
    if document is DENY_EVERYTHING:
        return f"The {name} is malformed, and therefore denies everything."
    label, statement = next(
        (label, statement)
        for label, statement in _list_statements(name, document)
        if statement.get("Effect") != "Allow"
        and applies(statement, request, with_variables=has_variables(document))
    )
    return f"{label} denies the action {request.action}: {to_json(statement)}"


def _explain_document(
    name: str, document: PolicyDocument, request: AuthorizationRequest
) -> list[str]:
    context = request.context if has_variables(document) else None
    return [
        f"{label} allows the action {request.action}, but does not apply: {mismatch}."
        for label, statement in _list_statements(name, document)
        if statement.get("Effect") == "Allow" and matches_action(statement, request.action)
        for mismatch in _find_mismatches(statement, request, context)
    ]


def _list_statements(
    name: str, document: PolicyDocument
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    statements = as_sequence(document.get("Statement", []))
    for number, statement in enumerate(statements, start=1):
        sid = statement.get("Sid")
        yield f"Statement {number}{f' ({quote(sid)})' if sid else ''} of the {name}", statement


def _find_mismatches(
    statement: Mapping[str, Any], request: AuthorizationRequest, context: Context | None
) -> Iterator[str]:
    if not matches_principal(statement, request.principals):
        element = "NotPrincipal" if "NotPrincipal" in statement else "Principal"
        names = (name for each in (request.principals or {}).values() for name in sorted(each))
        yield (
            f"its {element} is {to_json(statement.get(element))}, and the request is from"
            f" {quote_all(names)}"
        )
    if not matches_resource(statement, request.resource, context, is_allow=True):
        yield _describe_resource(statement, request.resource, context)
    unmet = find_unmet_conditions(
        as_mapping(statement.get("Condition")),
        request.context,
        with_variables=context is not None,
        undecidable=False,
    )
    for operator, key, expected in unmet:
        actual = request.context.get(key.lower(), ())
        yield (
            f"the condition {quote(operator)} of the key {quote(key)} expects"
            f" {_quote_patterns(expected, context)}, and the request has {quote_all(actual)}"
        )


def _describe_resource(
    statement: Mapping[str, Any], resource: str | None, context: Context | None
) -> str:
    element = "NotResource" if "NotResource" in statement else "Resource"
    patterns = _quote_patterns(as_sequence(statement[element]), context)
    actual = "a resource that the emulator cannot determine"
    if resource is not None:
        actual = quote(resource)
    return f"its {element} is {patterns}, and the request is for {actual}"


def _quote_patterns(patterns: Sequence[str], context: Context | None) -> str:
    return join([_quote_pattern(pattern, context) for pattern in patterns])


def _quote_pattern(pattern: str, context: Context | None) -> str:
    if context is None or "${" not in pattern:
        return quote(pattern)
    resolved = resolve_variables(pattern, context)
    value = "a variable has no value" if resolved is None else f"here {quote(resolved)}"
    return f"{quote(pattern)} ({value})"
