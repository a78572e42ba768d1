from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    evaluate,
)

ALLOWED = PolicyDecision.ALLOWED
EXPLICIT_DENY = PolicyDecision.EXPLICIT_DENY
IMPLICIT_DENY = PolicyDecision.IMPLICIT_DENY
NOTES = "arn:aws:s3:::notes/me/x"


def make_document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def make_statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def make_request(resource: str | None = NOTES, **more: Any) -> AuthorizationRequest:
    return AuthorizationRequest("s3:GetObject", resource, **more)


@pytest.mark.parametrize(
    ("elements", "decision"),
    [
        ({}, ALLOWED),
        ({"Effect": "Deny"}, EXPLICIT_DENY),
        ({"Action": "S3:getobject"}, ALLOWED),
        ({"Action": ["s3:Put*", "s3:Get*"]}, ALLOWED),
        ({"Action": "s3:?etObject"}, ALLOWED),
        ({"Action": "s3:Get"}, IMPLICIT_DENY),
        ({"Action": "s3.GetObject"}, IMPLICIT_DENY),
        ({"Action": "*"}, ALLOWED),
        ({"Resource": NOTES}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes/*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes/m?/x"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes"}, IMPLICIT_DENY),
        ({"Resource": "arn:aws:s3:::NOTES/*"}, IMPLICIT_DENY),
        ({"Resource": ["arn:aws:s3:::a", NOTES]}, ALLOWED),
        ({"Effect": "Unknown"}, EXPLICIT_DENY),
    ],
)
def test_a_statement_applies_to_its_actions_and_resources(
    elements: dict[str, Any], decision: PolicyDecision
):
    assert evaluate([make_document(make_statement(**elements))], make_request()) is decision


def test_not_action_and_not_resource_are_negated():
    all_but_delete = {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}
    all_but_get = {"Effect": "Allow", "NotAction": ["s3:Get*"], "Resource": "*"}
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::notes/*"}
    other = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}
    decisions = [
        evaluate([make_document(each)], make_request())
        for each in (all_but_delete, all_but_get, elsewhere, other)
    ]
    assert decisions == [ALLOWED, IMPLICIT_DENY, IMPLICIT_DENY, ALLOWED]


def test_a_deny_overrides_an_allow_in_any_order():
    allow, deny = make_document(make_statement()), make_document(make_statement(Effect="Deny"))
    assert evaluate([allow, deny], make_request()) is EXPLICIT_DENY
    assert evaluate([deny, allow], make_request()) is EXPLICIT_DENY
    assert (
        evaluate([make_document(make_statement(), make_statement(Effect="Deny"))], make_request())
        is EXPLICIT_DENY
    )


def test_a_single_statement_needs_no_array():
    assert evaluate([{"Statement": make_statement()}], make_request()) is ALLOWED
    assert evaluate([{}], make_request()) is IMPLICIT_DENY
    assert evaluate([], make_request()) is IMPLICIT_DENY


def test_an_unknown_resource_matches_only_a_star_in_an_allow_and_every_deny():
    def decision(**elements: Any) -> PolicyDecision:
        return evaluate([make_document(make_statement(**elements))], make_request(None))

    assert decision(Resource="*") is ALLOWED
    assert decision(Resource="arn:aws:s3:::*") is IMPLICIT_DENY
    assert decision(Effect="Deny", Resource="arn:aws:s3:::other") is EXPLICIT_DENY
    negated = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other"}
    assert evaluate([make_document(negated)], make_request(None)) is IMPLICIT_DENY


OWN_RESOURCE = "arn:aws:s3:::notes/${name}/*"


@pytest.mark.parametrize(
    ("names", "decision"),
    [
        (["me"], ALLOWED),
        (["you"], IMPLICIT_DENY),
        (["m*"], IMPLICIT_DENY),
        ([], IMPLICIT_DENY),
        (["me", "you"], IMPLICIT_DENY),
    ],
)
def test_a_variable_must_have_exactly_one_value(names: list[str], decision: PolicyDecision):
    assert (
        evaluate(
            [make_document(make_statement(Resource=OWN_RESOURCE))],
            make_request(context={"name": names}),
        )
        is decision
    )


def test_variables_are_plain_text_before_version_2012_10_17():
    context = {"name": ["me"]}
    old = make_document(make_statement(Resource=OWN_RESOURCE), version="2008-10-17")
    assert evaluate([old], make_request(context=context)) is IMPLICIT_DENY
    literal = make_request("arn:aws:s3:::notes/${name}/x", context=context)
    assert evaluate([old], literal) is ALLOWED


def test_an_unknown_variable_never_extends_an_allow():
    negated = {"Effect": "Allow", "Action": "*", "NotResource": OWN_RESOURCE}
    assert evaluate([make_document(negated)], make_request()) is IMPLICIT_DENY
    assert evaluate([make_document({**negated, "Effect": "Deny"})], make_request()) is EXPLICIT_DENY


PRINCIPALS = {"AWS": frozenset({"123", "arn:role"}), "Federated": frozenset({"cognito"})}


@pytest.mark.parametrize(
    ("element", "decision"),
    [
        ({"Principal": "*"}, ALLOWED),
        ({"Principal": {"AWS": "*"}}, ALLOWED),
        ({"Principal": {"AWS": ["arn:other", "arn:role"]}}, ALLOWED),
        ({"Principal": {"AWS": "123"}}, ALLOWED),
        ({"Principal": {"AWS": "arn:other"}}, IMPLICIT_DENY),
        ({"Principal": {"Federated": "cognito"}}, ALLOWED),
        ({"Principal": {"Federated": "*"}}, IMPLICIT_DENY),
        ({"Principal": {"Service": "cognito"}}, IMPLICIT_DENY),
        ({"NotPrincipal": {"AWS": "arn:role"}}, IMPLICIT_DENY),
        ({"NotPrincipal": {"AWS": "arn:other"}}, ALLOWED),
        ({}, IMPLICIT_DENY),
    ],
)
def test_principals_of_resource_policies(element: dict[str, Any], decision: PolicyDecision):
    assert (
        evaluate([make_document(make_statement(**element))], make_request(principals=PRINCIPALS))
        is decision
    )


def test_only_a_star_matches_an_anonymous_principal():
    def decision(principal: Any) -> PolicyDecision:
        return evaluate(
            [make_document(make_statement(Principal=principal))], make_request(principals={})
        )

    assert decision("*") is ALLOWED
    assert decision({"AWS": "*"}) is ALLOWED
    assert decision({"AWS": "123"}) is IMPLICIT_DENY


values = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:*", "*", NOTES, "arn:aws:s3:::other"])
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": values, "Resource": values}
)


@given(st.lists(statements), statements)
def test_a_further_deny_never_allows_and_a_further_allow_never_denies(
    before: list[dict[str, Any]], more: dict[str, Any]
):
    rank = {EXPLICIT_DENY: 0, IMPLICIT_DENY: 1, ALLOWED: 2}
    old = rank[evaluate([make_document(*before)], make_request())]
    new = rank[evaluate([make_document(*before, more)], make_request())]
    assert new <= old if more["Effect"] == "Deny" else new >= old
