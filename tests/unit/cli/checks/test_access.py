from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from harness import GOOGLE, IDENTITY, OTHER, POOL, ROLE, jwt

from cognito_credentials import BasicFlow, from_cognito_identity, from_cognito_identity_pool
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli.checks.access import check_access, rungs_of
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.ports import HttpResponse
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    answer,
    credentials_answer,
    refusal,
)

NA = "NotAuthorizedException"
RNF = "ResourceNotFoundException"
HAS_ID = answer(IdentityId=IDENTITY)


class Case:
    """One account, as a script says it, and what was reported of it."""

    def __init__(self, **options: Any) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.options = options

    def rows(self, *script: Any, is_stored: bool = True) -> dict[str, Row]:
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
        settings: Any = Namespace(
            provider=provider,
            selection=Namespace(values={} if identity_id else {"identity_pool_id": POOL}),
            is_guest=not tokens,
            is_basic="basic_flow" in options,
        )
        shown: list[Row] = []
        with provider:
            exchange = provider.through(self.store, None).exchange
            logins = ResolvedLogins(tokens)
            check_access(Report(shown.append), settings, exchange, logins, is_stored=is_stored)
        assert [row.check for row in shown] == rungs_of(settings)
        assert len(transport.requests) == len(script)
        return {row.check: row for row in shown}

    def credentials(self) -> Any:
        return credentials_answer(IDENTITY, clock=self.clock)


def by_result(rows: dict[str, Row], result: str) -> list[str]:
    return [check for check, row in rows.items() if row.result == result]


def test_a_new_guest_is_said_to_be_new_and_is_stored():
    case = Case()
    rows = case.rows(HAS_ID, case.credentials())
    assert by_result(rows, "passed") == ["pool", "guests", "identity", "role", "credentials"]
    assert "a new guest identity was made" in rows["identity"].text
    rows = case.rows(case.credentials())
    assert by_result(rows, "passed") == ["pool", "guests", "identity", "role", "credentials"]
    assert rows["identity"].text == f"{IDENTITY}, from the store"


@pytest.mark.parametrize(
    ("script", "passed", "failed"),
    [
        ([refusal(RNF, f"IdentityPool '{POOL}' not found.")], [], "pool"),
        ([refusal(NA, "Unauthenticated access is not supported for")], ["pool"], "guests"),
        ([refusal("TooManyRequestsException", "Rate exceeded")], [], "identity"),
        (
            [HAS_ID, refusal("InternalErrorException", "?", status=500)],
            ["pool", "guests", "identity"],
            "credentials",
        ),
        (
            [HAS_ID, refusal("InvalidIdentityPoolConfigurationException", "Check roles")],
            ["pool", "guests", "identity"],
            "role",
        ),
    ],
)
def test_a_guest_who_is_refused(script: list[Any], passed: list[str], failed: str):
    rows = Case().rows(*script)
    assert by_result(rows, "passed") == passed
    assert by_result(rows, "failed") == [failed]
    assert rows[failed].fix


@pytest.mark.parametrize(
    ("text", "failed", "passed"),
    [
        ("Token is not from a supported provider of this pool.", "login audience", ["pool"]),
        (
            "Invalid login token. Couldn't verify signed token.",
            "login accepted",
            ["pool", "login audience"],
        ),
        (
            "Invalid login token. Token expired: 2 >= 1",
            "login accepted",
            ["pool", "login audience"],
        ),
    ],
)
def test_a_user_who_is_refused(text: str, failed: str, passed: list[str]):
    rows = Case(tokens={GOOGLE: jwt(sub="ada", aud="app")}).rows(refusal(NA, text))
    assert by_result(rows, "passed") == passed
    assert by_result(rows, "failed") == [failed]
    assert all("eyJ" not in row.text + row.fix for row in rows.values())


def test_a_stored_identity_that_is_gone_says_nothing_of_the_pool():
    case = Case()
    case.rows(HAS_ID, case.credentials())
    rows = case.rows(refusal(RNF, f"Identity '{IDENTITY}' not found."))
    assert by_result(rows, "failed") == ["identity"]
    assert by_result(rows, "passed") == []
    assert "the pool not asked" in rows["pool"].text


def test_a_parameter_is_the_login_or_the_role():
    ip = "InvalidParameterException"
    tokens = {GOOGLE: jwt(sub="ada", aud="app")}
    rows = Case(tokens=tokens).rows(refusal(ip, "Please provide a valid public provider."))
    assert by_result(rows, "failed") == ["login audience"]
    rows = Case(tokens=tokens).rows(HAS_ID, refusal(ip, "CustomRoleArn is not supported"))
    assert by_result(rows, "failed") == ["role"]
    assert rows["role"].policy is None
    rows = Case().rows(refusal(ip, "what nobody said"))
    assert by_result(rows, "failed") == ["identity"]


def test_a_policy_of_the_organization_is_not_mended_by_a_role():
    text = "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: *"
    rows = Case().rows(refusal("AccessDeniedException", text))
    assert (by_result(rows, "failed"), by_result(rows, "passed")) == (["identity"], [])
    assert rows["identity"].policy is None


def test_what_sts_refuses_says_that_all_before_it_is_right():
    case = Case(basic_flow=BasicFlow(role_arn=ROLE))
    with_token = answer(IdentityId=IDENTITY, Token=jwt(sub=IDENTITY))
    error = b"<Error><Code>ValidationError</Code><Message>no</Message></Error>"
    refused = HttpResponse(400, {}, b"<ErrorResponse>%b</ErrorResponse>" % error)
    case.rows(HAS_ID, with_token, refused)
    rows = case.rows(with_token, refused)
    assert by_result(rows, "passed") == ["pool", "guests", "identity", "basic flow"]
    assert by_result(rows, "failed") == ["credentials"]
    assert by_result(rows, "not checked") == ["role"]


def test_an_identity_that_cannot_be_stored_is_said_so():
    case = Case()
    rows = case.rows(HAS_ID, case.credentials(), is_stored=False)
    assert rows["identity"].text.endswith("a new guest identity was made, and cannot be stored")


def test_the_identity_that_a_merge_left_is_stored():
    case = Case(tokens={GOOGLE: jwt(sub="ada", aud="app")})
    case.rows(HAS_ID, credentials_answer(OTHER, clock=case.clock))
    rows = case.rows(case.credentials())
    assert rows["identity"].text == f"{OTHER}, from the store"


def test_an_identity_that_was_given_has_no_pool():
    case = Case(identity_id=IDENTITY)
    rows = case.rows(case.credentials())
    assert by_result(rows, "passed") == ["guests", "identity", "role", "credentials"]
    assert rows["identity"].text == f"{IDENTITY}, as it was given"


def test_the_basic_flow_has_a_rung_of_its_own():
    case = Case(basic_flow=BasicFlow(role_arn=ROLE))
    off = refusal("InvalidParameterException", "Basic (classic) flow is not enabled, please use")
    rows = case.rows(HAS_ID, off)
    assert by_result(rows, "failed") == ["basic flow"]
    assert by_result(rows, "not checked") == ["role", "credentials"]


def test_what_a_trust_policy_mends_has_it_to_paste():
    policy = (
        Case()
        .rows(HAS_ID, refusal("InvalidIdentityPoolConfigurationException", "?"))["role"]
        .policy
    )
    assert policy is not None
    (statement,) = policy["Statement"]
    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": POOL},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
    }
    rows = Case(tokens={GOOGLE: jwt(sub="ada", aud="app")}).rows(
        HAS_ID, refusal(NA, "The ambiguous role mapping rules for: x denied this request.")
    )
    assert rows["role"].policy is None
