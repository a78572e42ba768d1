"""Explanations of the requests that access control rejects."""

from __future__ import annotations

from dataclasses import replace

from cognito_credentials.emulator.front.principals import ANONYMOUS, Principal
from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    evaluate,
)
from cognito_credentials.emulator.policy.explanations import NamedPolicies, explain_denial
from cognito_credentials.emulator.quoting import quote


def explain_rejection(
    principal: Principal, needed: AuthorizationRequest, bucket_policy: NamedPolicies
) -> tuple[str, ...]:
    """Return sentences that state which policies do not allow an action.

    Args:
        principal: The sender of the request.
        needed: The action, its resource and its context.
        bucket_policy: The bucket policy, if the action is an S3 action and the bucket has a policy.
    """
    sender = "An unsigned request" if principal is ANONYMOUS else f"The principal {principal.arn}"
    resource = "" if needed.resource is None else f" on {quote(needed.resource)}"
    sentences = [f"{sender} needs permission for the action {needed.action}{resource}."]
    if principal is ANONYMOUS and not bucket_policy:
        sentences.append("The bucket has no bucket policy, and its ACL does not allow the action.")
    named = replace(needed, principals=principal.names)
    groups = [("resource-based policy", bucket_policy, named)]
    if principal.policies is not None and principal is not ANONYMOUS:
        groups.append(("identity-based policy", principal.policies, needed))
    groups += [(kind, policies, needed) for kind, policies in principal.limits.items()]
    decisions = [(*group, evaluate(group[1].values(), group[2])) for group in groups]
    is_denied = any(decision is PolicyDecision.EXPLICIT_DENY for *_, decision in decisions)
    # A resource-based policy can grant a permission that the identity-based policies do not grant.
    is_granted = decisions[0][-1] is PolicyDecision.ALLOWED
    for kind, policies, request, decision in decisions:
        if decision is PolicyDecision.ALLOWED:
            continue
        if is_denied and decision is not PolicyDecision.EXPLICIT_DENY:
            continue
        if is_granted and kind == "identity-based policy" and not is_denied:
            continue
        if not policies and kind != "resource-based policy":
            sentences.append(f"The principal has no {kind}.")
        sentences += explain_denial(policies, request)
    return tuple(sentences)
