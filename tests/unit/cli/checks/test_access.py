from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from harness import GOOGLE, IDENTITY, OTHER, POOL, ROLE, jwt

from cognito_credentials import BasicFlow, from_cognito_identity, from_cognito_identity_pool
from cognito_credentials._base.provider import get_spec
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli.checks.access import check_access, list_access_checks
from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.ports import HttpResponse
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

NA = "NotAuthorizedException"
RNF = "ResourceNotFoundException"
HAS_ID = success_response(IdentityId=IDENTITY)


class Scenario:
    """Settings for a signed-in user; calls with these settings get scripted responses."""

    def __init__(self, **options: Any) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.options = options

    def check(self, *script: Any, is_stored: bool = True) -> dict[str, CheckResult]:
        options = dict(self.options)
        tokens = options.pop("tokens", {})
        identity_id = options.pop("identity_id", None)
        transport = ScriptedTransport(list(script))
        common: dict[str, Any] = {
            "client_config": {"transport": transport, "clock": self.clock, "max_attempts": 1},
            "basic_flow": options.get("basic_flow"),
        }
        provider = (
            from_cognito_identity(identity_id, **common)
            if identity_id
            else from_cognito_identity_pool(POOL, user_identifier="ada", **common)
        )
        configuration: Any = Namespace(
            provider=provider,
            settings=Namespace(values={} if identity_id else {"identity_pool_id": POOL}),
            is_guest=not tokens,
            uses_basic_flow="basic_flow" in options,
        )
        shown: list[CheckResult] = []
        with provider:
            exchange = get_spec(provider).shared_fetch(self.store, None).exchange
            logins = ResolvedLogins(tokens)
            check_access(Report(shown.append), configuration, exchange, logins, is_stored=is_stored)
        assert [result.check for result in shown] == list_access_checks(configuration)
        assert len(transport.requests) == len(script)
        return {result.check: result for result in shown}

    def credentials(self) -> Any:
        return credentials_response(IDENTITY, clock=self.clock)


def names_with(results: dict[str, CheckResult], outcome: str) -> list[str]:
    return [check for check, result in results.items() if result.outcome == outcome]


def test_a_new_guest_identity_is_reported_and_stored():
    scenario = Scenario()
    results = scenario.check(HAS_ID, scenario.credentials())
    assert names_with(results, "passed") == [
        "identity pool",
        "guest access",
        "identity ID",
        "role",
        "credentials",
    ]
    assert "new guest identity" in results["identity ID"].text
    results = scenario.check(scenario.credentials())
    assert names_with(results, "passed") == [
        "identity pool",
        "guest access",
        "identity ID",
        "role",
        "credentials",
    ]
    assert IDENTITY in results["identity ID"].text
    assert "new guest identity" not in results["identity ID"].text


@pytest.mark.parametrize(
    ("script", "passed", "failed"),
    [
        ([error_response(RNF, f"IdentityPool '{POOL}' not found.")], [], "identity pool"),
        (
            [error_response(NA, "Unauthenticated access is not supported for")],
            ["identity pool"],
            "guest access",
        ),
        ([error_response("TooManyRequestsException", "Rate exceeded")], [], "identity ID"),
        (
            [HAS_ID, error_response("InternalErrorException", "?", status=500)],
            ["identity pool", "guest access", "identity ID"],
            "credentials",
        ),
        (
            [HAS_ID, error_response("InvalidIdentityPoolConfigurationException", "Check roles")],
            ["identity pool", "guest access", "identity ID"],
            "role",
        ),
    ],
)
def test_the_checks_before_a_rejected_guest_call_passed(
    script: list[Any], passed: list[str], failed: str
):
    results = Scenario().check(*script)
    assert names_with(results, "passed") == passed
    assert names_with(results, "failed") == [failed]
    assert results[failed].fix


@pytest.mark.parametrize(
    ("text", "failed", "passed"),
    [
        (
            "Token is not from a supported provider of this pool.",
            "token audience",
            ["identity pool"],
        ),
        (
            "Invalid login token. Couldn't verify signed token.",
            "token accepted",
            ["identity pool", "token audience"],
        ),
        (
            "Invalid login token. Token expired: 2 >= 1",
            "token accepted",
            ["identity pool", "token audience"],
        ),
    ],
)
def test_the_checks_before_a_rejected_token_passed(text: str, failed: str, passed: list[str]):
    results = Scenario(tokens={GOOGLE: jwt(sub="ada", aud="app")}).check(error_response(NA, text))
    assert names_with(results, "passed") == passed
    assert names_with(results, "failed") == [failed]
    assert all("eyJ" not in result.text + result.fix for result in results.values())


def test_the_pool_is_not_checked_after_a_stored_identity_was_deleted():
    scenario = Scenario()
    scenario.check(HAS_ID, scenario.credentials())
    results = scenario.check(error_response(RNF, f"Identity '{IDENTITY}' not found."))
    assert names_with(results, "failed") == ["identity ID"]
    assert names_with(results, "passed") == []
    assert results["identity pool"].outcome == "not checked"
    assert "whoami" in results["identity ID"].fix


def test_an_invalid_parameter_is_a_login_provider_name_or_a_role():
    ip = "InvalidParameterException"
    tokens = {GOOGLE: jwt(sub="ada", aud="app")}
    results = Scenario(tokens=tokens).check(
        error_response(ip, "Please provide a valid public provider.")
    )
    assert names_with(results, "failed") == ["token audience"]
    results = Scenario(tokens=tokens).check(
        HAS_ID, error_response(ip, "CustomRoleArn is not supported")
    )
    assert names_with(results, "failed") == ["role"]
    assert results["role"].policy is None
    results = Scenario().check(error_response(ip, "unknown text"))
    assert names_with(results, "failed") == ["identity ID"]


def test_a_policy_of_the_organization_is_not_a_problem_of_the_role():
    text = "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: *"
    results = Scenario().check(error_response("AccessDeniedException", text))
    assert (names_with(results, "failed"), names_with(results, "passed")) == (["identity ID"], [])
    assert results["identity ID"].policy is None


def test_the_checks_before_a_call_that_sts_rejects_passed():
    scenario = Scenario(basic_flow=BasicFlow(role_arn=ROLE))
    with_token = success_response(IdentityId=IDENTITY, Token=jwt(sub=IDENTITY))
    error = b"<Error><Code>ValidationError</Code><Message>no</Message></Error>"
    rejected = HttpResponse(400, {}, b"<ErrorResponse>%b</ErrorResponse>" % error)
    scenario.check(HAS_ID, with_token, rejected)
    results = scenario.check(with_token, rejected)
    assert names_with(results, "passed") == [
        "identity pool",
        "guest access",
        "identity ID",
        "basic flow",
    ]
    assert names_with(results, "failed") == ["credentials"]
    assert names_with(results, "not checked") == ["role"]


def test_an_identity_that_cannot_be_stored_is_reported():
    scenario = Scenario()
    results = scenario.check(HAS_ID, scenario.credentials(), is_stored=False)
    assert "cannot be stored" in results["identity ID"].text


def test_the_identity_after_a_merge_is_stored():
    scenario = Scenario(tokens={GOOGLE: jwt(sub="ada", aud="app")})
    scenario.check(HAS_ID, credentials_response(OTHER, clock=scenario.clock))
    results = scenario.check(scenario.credentials())
    assert OTHER in results["identity ID"].text


def test_a_configured_identity_has_no_check_of_the_pool():
    scenario = Scenario(identity_id=IDENTITY)
    results = scenario.check(scenario.credentials())
    assert names_with(results, "passed") == ["guest access", "identity ID", "role", "credentials"]
    assert IDENTITY in results["identity ID"].text


def test_the_basic_flow_has_a_check_of_its_own():
    scenario = Scenario(basic_flow=BasicFlow(role_arn=ROLE))
    off = error_response(
        "InvalidParameterException", "Basic (classic) flow is not enabled, please use"
    )
    results = scenario.check(HAS_ID, off)
    assert names_with(results, "failed") == ["basic flow"]
    assert names_with(results, "not checked") == ["role", "credentials"]


def test_a_missing_trust_policy_is_reported_as_a_document():
    policy = (
        Scenario()
        .check(HAS_ID, error_response("InvalidIdentityPoolConfigurationException", "?"))["role"]
        .policy
    )
    assert policy is not None
    (statement,) = policy["Statement"]
    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": POOL},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
    }
    results = Scenario(tokens={GOOGLE: jwt(sub="ada", aud="app")}).check(
        HAS_ID, error_response(NA, "The ambiguous role mapping rules for: x denied this request.")
    )
    assert results["role"].policy is None
