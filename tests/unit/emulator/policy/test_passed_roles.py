from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.policy.passed_roles import pass_role_requests

GUEST, USER, ADMIN = (f"arn:aws:iam::123456789012:role/{name}" for name in ("G", "U", "A"))


def test_every_role_must_be_passed_to_the_service() -> None:
    rules = [{"RoleARN": ADMIN}, {"RoleARN": USER}]
    mappings = {
        "token": {"Type": "Token"},
        "rules": {"Type": "Rules", "RulesConfiguration": {"Rules": rules}},
    }
    requests = list(
        pass_role_requests(
            {"Roles": {"authenticated": USER, "unauthenticated": GUEST}, "RoleMappings": mappings}
        )
    )
    assert [request.resource for request in requests] == [USER, GUEST, ADMIN]
    assert {request.action for request in requests} == {"iam:PassRole"}
    assert {tuple(request.context["iam:passedtoservice"]) for request in requests} == {
        ("cognito-identity.amazonaws.com",)
    }


@pytest.mark.parametrize(
    "parameters",
    [{}, {"Roles": 5}, {"Roles": [], "RoleMappings": {"k": 1}}, {"RoleMappings": {"k": {}}}],
)
def test_a_request_without_roles_needs_no_permission(parameters: dict[str, Any]) -> None:
    assert list(pass_role_requests(parameters)) == []
