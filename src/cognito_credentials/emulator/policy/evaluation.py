"""Evaluation of IAM policy documents for one request.

The evaluation follows "policy evaluation logic" and "policy elements reference" in the IAM user
guide: `Action` and `NotAction`, `Resource` and `NotResource`, `Principal` and `NotPrincipal`, every
condition operator with `IfExists`, `ForAnyValue:` and `ForAllValues:`, and policy variables.

A statement that cannot be evaluated never grants additional permissions: an Allow does not apply,
and a Deny applies. This happens if a condition operator is unknown, a policy variable in
`NotResource` or under a negated operator has no value, or the request's resource is unknown. In any
other element, a pattern whose variable has no value matches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cognito_credentials.emulator.json_values import as_mapping, as_sequence
from cognito_credentials.emulator.policy.conditions import conditions_match
from cognito_credentials.emulator.policy.patterns import Context, is_resolvable, matches_pattern

PolicyDocument = Mapping[str, Any]
PrincipalNames = Mapping[str, frozenset[str]]
"""The names of a principal, by the types of the `Principal` element ("AWS", "Federated")."""


class PolicyDecision(Enum):
    """The result of an evaluation, named as in IAM.

    `IMPLICIT_DENY` means that no statement applies: the request fails unless another policy
    allows it.
    """

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An action on a resource, for which a principal needs permission.

    Attributes:
        action: The action, for example `s3:GetObject`.
        resource: The ARN of the resource, `"*"` for an action without resources, or None if the
            emulator cannot determine the resource of the request.
        context: The values of condition keys, by their names in lower case.
        principals: All names of the principal. None for the policies of a user, role or session,
            which do not name principals.
    """

    action: str
    resource: str | None
    context: Context = field(default_factory=dict[str, Sequence[str]])
    principals: PrincipalNames | None = None


def evaluate(documents: Iterable[PolicyDocument], request: AuthorizationRequest) -> PolicyDecision:
    """Evaluate all statements of `documents`. A Deny overrides every Allow."""
    decision = PolicyDecision.IMPLICIT_DENY
    for document in documents:
        with_variables = has_variables(document)
        for statement in as_sequence(document.get("Statement", [])):
            if not applies(statement, request, with_variables=with_variables):
                continue
            if statement.get("Effect") != "Allow":
                return PolicyDecision.EXPLICIT_DENY
            decision = PolicyDecision.ALLOWED
    return decision


def has_variables(document: PolicyDocument) -> bool:
    """Return True if the version of a document supports policy variables."""
    # Before version 2012-10-17 of the policy language, variables were plain text.
    return document.get("Version") == "2012-10-17"


def applies(
    statement: Mapping[str, Any], request: AuthorizationRequest, *, with_variables: bool
) -> bool:
    """Return True if a statement applies to a request, whether it allows or denies the request."""
    is_allow = statement.get("Effect") == "Allow"
    context = request.context if with_variables else None
    return (
        matches_action(statement, request.action)
        and matches_principal(statement, request.principals)
        and matches_resource(statement, request.resource, context, is_allow=is_allow)
        and conditions_match(
            statement.get("Condition", {}),
            request.context,
            with_variables=with_variables,
            undecidable=not is_allow,
        )
    )


def matches_action(statement: Mapping[str, Any], action: str) -> bool:
    """Return True if the `Action` or `NotAction` element matches."""

    def matches(patterns: Any) -> bool:
        return any(
            matches_pattern(pattern.lower(), action.lower(), None)
            for pattern in as_sequence(patterns)
        )

    if "NotAction" in statement:
        return not matches(statement["NotAction"])
    return matches(statement.get("Action", []))


def matches_resource(
    statement: Mapping[str, Any],
    resource: str | None,
    context: Context | None,
    *,
    is_allow: bool,
) -> bool:
    """Return True if the `Resource` or `NotResource` element matches."""
    is_negated = "NotResource" in statement
    if not is_negated and "Resource" not in statement:
        return True  # A trust policy has no `Resource` element; its resource is the role itself.
    patterns = as_sequence(statement["NotResource" if is_negated else "Resource"])
    if resource is None:
        return not is_allow or (not is_negated and "*" in patterns)
    if is_allow and is_negated and not all(is_resolvable(each, context) for each in patterns):
        return False
    return is_negated != any(matches_pattern(pattern, resource, context) for pattern in patterns)


def matches_principal(statement: Mapping[str, Any], principals: PrincipalNames | None) -> bool:
    """Return True if the `Principal` or `NotPrincipal` element matches."""
    if principals is None:
        return True
    if "NotPrincipal" in statement:
        return not _names_principal(statement["NotPrincipal"], principals)
    return _names_principal(statement.get("Principal"), principals)


def _names_principal(element: Any, principals: PrincipalNames) -> bool:
    if element == "*":
        return True
    return any(
        name in principals.get(kind, ()) or (name == "*" and kind == "AWS")
        for kind, names in as_mapping(element).items()
        for name in as_sequence(names)
    )
