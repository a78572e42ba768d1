from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.policy.policies import Question, Verdict, judge

ALLOWED, DENIED, SILENT = Verdict.ALLOWED, Verdict.DENIED, Verdict.SILENT
NOTES = "arn:aws:s3:::notes/me/x"


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def ask(resource: str | None = NOTES, **more: Any) -> Question:
    return Question("s3:GetObject", resource, **more)


@pytest.mark.parametrize(
    ("elements", "verdict"),
    [
        ({}, ALLOWED),
        ({"Effect": "Deny"}, DENIED),
        ({"Action": "S3:getobject"}, ALLOWED),
        ({"Action": ["s3:Put*", "s3:Get*"]}, ALLOWED),
        ({"Action": "s3:?etObject"}, ALLOWED),
        ({"Action": "s3:Get"}, SILENT),
        ({"Action": "s3.GetObject"}, SILENT),
        ({"Action": "*"}, ALLOWED),
        ({"Resource": NOTES}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes/*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes/m?/x"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::notes"}, SILENT),
        ({"Resource": "arn:aws:s3:::NOTES/*"}, SILENT),
        ({"Resource": ["arn:aws:s3:::a", NOTES]}, ALLOWED),
        ({"Effect": "Unknown"}, DENIED),
    ],
)
def test_actions_and_resources(elements: dict[str, Any], verdict: Verdict):
    assert judge([document(statement(**elements))], ask()) is verdict


def test_not_action_and_not_resource_turn_round():
    but_delete = {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}
    but_get = {"Effect": "Allow", "NotAction": ["s3:Get*"], "Resource": "*"}
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::notes/*"}
    other = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}
    verdicts = [judge([document(each)], ask()) for each in (but_delete, but_get, elsewhere, other)]
    assert verdicts == [ALLOWED, SILENT, SILENT, ALLOWED]


def test_a_deny_wins_wherever_it_stands():
    allow, deny = document(statement()), document(statement(Effect="Deny"))
    assert judge([allow, deny], ask()) is DENIED
    assert judge([deny, allow], ask()) is DENIED
    assert judge([document(statement(), statement(Effect="Deny"))], ask()) is DENIED


def test_a_statement_may_stand_alone():
    assert judge([{"Statement": statement()}], ask()) is ALLOWED
    assert judge([{}], ask()) is SILENT
    assert judge([], ask()) is SILENT


def test_an_unknown_resource_is_given_only_by_a_star_and_taken_by_any_deny():
    def verdict(**elements: Any) -> Verdict:
        return judge([document(statement(**elements))], ask(None))

    assert verdict(Resource="*") is ALLOWED
    assert verdict(Resource="arn:aws:s3:::*") is SILENT
    assert verdict(Effect="Deny", Resource="arn:aws:s3:::other") is DENIED
    turned = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other"}
    assert judge([document(turned)], ask(None)) is SILENT


OWN = "arn:aws:s3:::notes/${who}/*"


@pytest.mark.parametrize(
    ("who", "verdict"),
    [(["me"], ALLOWED), (["you"], SILENT), (["m*"], SILENT), ([], SILENT), (["me", "you"], SILENT)],
)
def test_a_variable_stands_for_its_one_value(who: list[str], verdict: Verdict):
    assert judge([document(statement(Resource=OWN))], ask(context={"who": who})) is verdict


def test_before_2012_variables_were_text():
    context = {"who": ["me"]}
    old = document(statement(Resource=OWN), version="2008-10-17")
    assert judge([old], ask(context=context)) is SILENT
    literal = ask("arn:aws:s3:::notes/${who}/x", context=context)
    assert judge([old], literal) is ALLOWED


def test_an_unknown_variable_never_widens_an_allow():
    turned = {"Effect": "Allow", "Action": "*", "NotResource": OWN}
    assert judge([document(turned)], ask()) is SILENT
    assert judge([document({**turned, "Effect": "Deny"})], ask()) is DENIED


PRINCIPALS = {"AWS": frozenset({"123", "arn:role"}), "Federated": frozenset({"cognito"})}


@pytest.mark.parametrize(
    ("element", "verdict"),
    [
        ({"Principal": "*"}, ALLOWED),
        ({"Principal": {"AWS": "*"}}, ALLOWED),
        ({"Principal": {"AWS": ["arn:other", "arn:role"]}}, ALLOWED),
        ({"Principal": {"AWS": "123"}}, ALLOWED),
        ({"Principal": {"AWS": "arn:other"}}, SILENT),
        ({"Principal": {"Federated": "cognito"}}, ALLOWED),
        ({"Principal": {"Federated": "*"}}, SILENT),
        ({"Principal": {"Service": "cognito"}}, SILENT),
        ({"NotPrincipal": {"AWS": "arn:role"}}, SILENT),
        ({"NotPrincipal": {"AWS": "arn:other"}}, ALLOWED),
        ({}, SILENT),
    ],
)
def test_principals_of_resource_policies(element: dict[str, Any], verdict: Verdict):
    assert judge([document(statement(**element))], ask(principals=PRINCIPALS)) is verdict


def test_strangers_are_named_by_a_star_alone():
    def verdict(principal: Any) -> Verdict:
        return judge([document(statement(Principal=principal))], ask(principals={}))

    assert verdict("*") is ALLOWED
    assert verdict({"AWS": "*"}) is ALLOWED
    assert verdict({"AWS": "123"}) is SILENT


words = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:*", "*", NOTES, "arn:aws:s3:::other"])
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": words, "Resource": words}
)


@given(st.lists(statements), statements)
def test_one_more_deny_never_gives_and_one_more_allow_never_takes(
    before: list[dict[str, Any]], more: dict[str, Any]
):
    rank = {DENIED: 0, SILENT: 1, ALLOWED: 2}
    old = rank[judge([document(*before)], ask())]
    new = rank[judge([document(*before, more)], ask())]
    assert new <= old if more["Effect"] == "Deny" else new >= old
