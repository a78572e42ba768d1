from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.policy.documents import read_policy
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest
from cognito_credentials.emulator.policy.explanations import explain_denial

NAME = "inline policy 'p' of the role 'r'"
VERSION = "2012-10-17"


def make_request(**options: Any) -> AuthorizationRequest:
    return AuthorizationRequest(
        **{"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", **options}
    )


def explain(*statements: Any, **options: Any) -> tuple[str, ...]:
    document = {"Version": VERSION, "Statement": list(statements)}
    return explain_denial({NAME: document}, make_request(**options))


def make_statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", **elements}


def test_a_malformed_policy_is_named():
    (text,) = explain_denial({NAME: read_policy("{")}, make_request())
    assert text == f"The {NAME} is malformed, and therefore denies everything."


def test_only_the_statement_that_denies_is_shown():
    deny = make_statement(Effect="Deny")
    (text,) = explain(make_statement(Resource="none"), make_statement(Action="x:*"), deny)
    assert text.startswith(f"Statement 3 of the {NAME} denies the action s3:GetObject: ")


def test_every_mismatch_of_a_statement_is_listed():
    condition = {"StringLike": {"s3:prefix": "a*"}, "Bool": {"aws:SecureTransport": "true"}}
    texts = explain(
        make_statement(Resource="arn:aws:s3:::b/other", Condition=condition),
        context={"aws:securetransport": ["false"]},
    )
    assert len(texts) == 3
    assert "'arn:aws:s3:::b/other'" in texts[0]
    assert "expects 'a*', and the request has nothing" in texts[1]
    assert "expects 'true', and the request has 'false'" in texts[2]


def test_a_statement_about_other_resources_is_explained():
    statement = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}
    (text,) = explain(statement)
    assert (
        "its NotResource is 'arn:aws:s3:::b/*', and the request is for 'arn:aws:s3:::b/k'" in text
    )


def test_a_principal_is_compared():
    (text,) = explain(
        make_statement(Principal={"AWS": "arn:x"}), principals={"AWS": frozenset(("arn:y",))}
    )
    assert "its Principal is {" in text
    assert "'arn:y'" in text


def test_an_unknown_resource_is_explained():
    (text,) = explain(make_statement(Resource="arn:aws:s3:::b/*"), resource=None)
    assert "cannot determine" in text


def test_a_variable_without_a_value_is_explained():
    (text,) = explain(make_statement(Resource="arn:aws:s3:::b/${aws:username}"))
    assert "'arn:aws:s3:::b/${aws:username}' (a variable has no value)" in text


def test_an_old_policy_has_no_variables():
    statement = make_statement(Resource="arn:aws:s3:::b/${aws:username}")
    (text,) = explain_denial({NAME: {"Statement": [statement]}}, make_request())
    assert "variable" not in text


def test_the_explanation_of_many_policies_is_limited():
    document = {"Version": VERSION, "Statement": [make_statement(Action="x:*")]}
    policies = {f"policy {number}": document for number in range(100)}
    assert len(explain_denial(policies, make_request())) == 20
