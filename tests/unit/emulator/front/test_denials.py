from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.front.denials import explain_rejection
from cognito_credentials.emulator.front.principals import Principal
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest

ARN = "arn:aws:iam::123456789012:role/r"
NEEDED = AuthorizationRequest("s3:GetObject", "arn:aws:s3:::b/k")
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
OTHER = {**ALLOW, "Action": "s3:PutObject"}


def make_policy(name: str, *statements: Any) -> dict[str, Any]:
    return {name: {"Version": "2012-10-17", "Statement": list(statements)}}


def make_principal(policies: Any, **limits: Any) -> Principal:
    return Principal(ARN, "id", policies, limits=limits, names={"AWS": frozenset((ARN,))})


def explain(principal: Principal, bucket_policy: Any = None) -> list[str]:
    first, *others = explain_rejection(principal, NEEDED, bucket_policy or {})
    assert (
        first == f"The principal {ARN} needs permission for the action s3:GetObject on"
        " 'arn:aws:s3:::b/k'."
    )
    return others


def test_a_deny_hides_the_policies_that_do_not_allow():
    session = make_policy("session policy", DENY)
    (text,) = explain(make_principal(make_policy("p", OTHER), session=session))
    assert text.startswith("Statement 1 of the session policy denies")


def test_every_policy_that_does_not_allow_is_explained():
    session = make_policy("session policy", OTHER)
    texts = explain(make_principal(make_policy("p", OTHER), session=session))
    assert [text.partition(" has ")[0] for text in texts] == ["The p", "The session policy"]


def test_a_bucket_policy_that_allows_replaces_identity_based_policies():
    bucket = make_policy("bucket policy", {**ALLOW, "Principal": {"AWS": ARN}})
    session = make_policy("session policy", OTHER)
    (text,) = explain(make_principal(make_policy("p", OTHER), session=session), bucket)
    assert text.startswith("The session policy has no statement")


def test_a_principal_without_policies_is_explained():
    assert explain(make_principal({})) == ["The principal has no identity-based policy."]
