"""IAM's policy language: what a set of policy documents says about one request.

Pure. Follows the IAM user guide's "policy evaluation logic" and "policy elements reference":
Action and NotAction, Resource and NotResource, Principal and NotPrincipal, every condition
operator with ``IfExists``, ``ForAnyValue:`` and ``ForAllValues:``, and policy variables.
Whatever cannot be judged (an operator that IAM does not have, a variable with no value, a
request whose resource is not known) never widens what a caller may do: an Allow does not apply
and a Deny does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.identity.json_values import mapping, sequence
from cognito_credentials.emulator.policy.conditions import conditions_hold
from cognito_credentials.emulator.policy.patterns import is_resolvable, matches_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = Mapping[str, Any]


class Verdict(Enum):
    """What documents say of a request. ``SILENT`` is a refusal unless others allow it."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Question:
    """Ask whether a caller may do ``action`` to ``resource``.

    ``resource`` is an ARN, ``"*"`` for an action that has no resource, or None where the
    emulator cannot tell which resource a request means. ``context`` maps condition keys in
    lower case to their values. ``principals`` maps the kinds of a policy's Principal element
    ("AWS", "Federated") to all names that the caller goes by; it is None for the policies of a
    user, role or session, which name no principal.
    """

    action: str
    resource: str | None
    context: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    principals: Mapping[str, frozenset[str]] | None = None


def judge(documents: Iterable[Document], question: Question) -> Verdict:
    """Weigh all statements of ``documents``: an explicit Deny wins, then any Allow."""
    verdict = Verdict.SILENT
    for document in documents:
        # Variables came with the language's version of 2012-10-17; before it they are text.
        with_variables = document.get("Version") == "2012-10-17"
        for statement in sequence(document.get("Statement", [])):
            if not _applies(statement, question, with_variables=with_variables):
                continue
            if statement.get("Effect") != "Allow":
                return Verdict.DENIED
            verdict = Verdict.ALLOWED
    return verdict


def _applies(statement: Mapping[str, Any], question: Question, *, with_variables: bool) -> bool:
    allows = statement.get("Effect") == "Allow"
    context = question.context if with_variables else None
    return (
        _names_action(statement, question.action)
        and _names_principal(statement, question.principals)
        and _names_resource(statement, question, context, allows=allows)
        and conditions_hold(
            statement.get("Condition", {}),
            question.context,
            substitute=with_variables,
            unknown=not allows,
        )
    )


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    def matches(patterns: Any) -> bool:
        return any(
            matches_pattern(pattern.lower(), action.lower(), None) for pattern in sequence(patterns)
        )

    if "NotAction" in statement:
        return not matches(statement["NotAction"])
    return matches(statement.get("Action", []))


def _names_resource(
    statement: Mapping[str, Any],
    question: Question,
    context: Mapping[str, Sequence[str]] | None,
    *,
    allows: bool,
) -> bool:
    negated = "NotResource" in statement
    if not negated and "Resource" not in statement:
        return True  # a trust policy: the role itself is the resource
    patterns = sequence(statement["NotResource" if negated else "Resource"])
    resource = question.resource
    if resource is None:
        return not allows or (not negated and "*" in patterns)
    if allows and negated and not all(is_resolvable(pattern, context) for pattern in patterns):
        return False
    return negated != any(matches_pattern(pattern, resource, context) for pattern in patterns)


def _names_principal(
    statement: Mapping[str, Any], principals: Mapping[str, frozenset[str]] | None
) -> bool:
    if principals is None:
        return True
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], principals)
    return _is_named(statement.get("Principal"), principals)


def _is_named(element: Any, principals: Mapping[str, frozenset[str]]) -> bool:
    if element == "*":
        return True
    return any(
        name in principals.get(kind, ()) or (name == "*" and kind == "AWS")
        for kind, names in mapping(element).items()
        for name in sequence(names)
    )
