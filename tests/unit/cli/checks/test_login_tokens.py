from __future__ import annotations

from typing import Any

import pytest
from harness import FACEBOOK, FACEBOOK_TOKEN, GOOGLE, USER_POOL, jwt

from cognito_credentials._sync.driver import Driver
from cognito_credentials.cli.checks.login_tokens import check_login_tokens
from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.testing import FakeClock, ScriptedTransport

NOW = 1_800_000_000.0


def check(logins: dict[str, Any], now: float | None = NOW) -> tuple[Any, list[CheckResult]]:
    results: list[CheckResult] = []
    driver = Driver(transport=ScriptedTransport([]), clock=FakeClock(NOW), max_flight_seconds=1)
    suppliers = {name: lambda token=token: token for name, token in logins.items()}
    resolved = check_login_tokens(Report(results.append), driver.run, suppliers, service_now=now)
    return resolved, results


def outcomes(results: list[CheckResult]) -> list[str]:
    return [result.outcome for result in results]


def make_token(key: str = GOOGLE, **claims: Any) -> str:
    return jwt(key, **{"sub": "ada", "aud": "app", "exp": NOW + 1800} | claims)


def test_a_valid_id_token_passes_all_checks():
    token = make_token()
    resolved, results = check({GOOGLE: token})
    assert resolved.tokens == {GOOGLE: token}
    assert resolved.refreshable_names == {GOOGLE}
    assert [result.check for result in results] == [
        "login token",
        "token type",
        "token issuer",
        "token expiry",
    ]
    assert outcomes(results) == ["passed"] * 4
    assert "'app'" in results[1].text
    assert "30 min" in results[3].text
    assert not any(token in result.text for result in results)


@pytest.mark.parametrize(
    ("name", "token", "failed"),
    [
        (USER_POOL, "no-json-web-token", "token type"),
        (USER_POOL, make_token(USER_POOL, token_use="access"), "token type"),
        (GOOGLE, make_token(USER_POOL), "token issuer"),
        (USER_POOL, make_token(USER_POOL, exp=NOW - 1), "token expiry"),
        (GOOGLE, make_token(exp=NOW - 301), "token expiry"),
    ],
)
def test_the_checks_after_a_failed_check_are_not_made(name: str, token: str, failed: str):
    resolved, results = check({name: token})
    assert resolved is None
    index = next(i for i, result in enumerate(results) if result.check == failed)
    assert outcomes(results) == ["passed"] * index + ["failed"] + ["not checked"] * (3 - index)
    assert results[index].fix


def test_the_expiry_is_not_checked_with_the_clock_of_this_machine():
    resolved, results = check({GOOGLE: make_token(exp=NOW - 4000)}, now=None)
    assert resolved is not None
    assert results[3].check == "token expiry"
    assert results[3].outcome == "not checked"


def test_an_opaque_token_is_sent_unchecked():
    resolved, results = check({FACEBOOK: FACEBOOK_TOKEN})
    assert resolved.tokens == {FACEBOOK: FACEBOOK_TOKEN}
    assert outcomes(results) == ["passed"] + ["not checked"] * 3


def test_a_single_missing_token_fails_all_logins():
    resolved, results = check({GOOGLE: make_token(), FACEBOOK: ""})
    assert resolved is None
    assert outcomes(results) == ["passed"] * 4 + ["failed"] + ["not checked"] * 3
    assert FACEBOOK in results[4].text


def test_a_guest_has_no_checks():
    resolved, results = check({})
    assert (resolved.tokens, results) == ({}, [])
