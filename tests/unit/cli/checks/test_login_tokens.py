from __future__ import annotations

from typing import Any

import pytest
from harness import FACEBOOK, FACEBOOK_TOKEN, GOOGLE, USER_POOL, jwt

from cognito_credentials._sync.driver import Driver
from cognito_credentials.cli.checks.login_tokens import check_login_tokens
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.testing import FakeClock, ScriptedTransport

NOW = 1_800_000_000.0


def checked(logins: dict[str, Any], now: float | None = NOW) -> tuple[Any, list[Row]]:
    shown: list[Row] = []
    driver = Driver(transport=ScriptedTransport([]), clock=FakeClock(NOW), longest_flight=1)
    suppliers = {key: lambda token=token: token for key, token in logins.items()}
    resolved = check_login_tokens(Report(shown.append), driver.run, suppliers, service_now=now)
    return resolved, shown


def results(rows: list[Row]) -> list[str]:
    return [row.result for row in rows]


def token(key: str = GOOGLE, **claims: Any) -> str:
    return jwt(key, **{"sub": "ada", "aud": "app", "exp": NOW + 1800} | claims)


def test_an_id_token_that_is_right():
    given = token()
    resolved, rows = checked({GOOGLE: given})
    assert resolved.tokens == {GOOGLE: given}
    assert resolved.refreshable_names == {GOOGLE}
    assert results(rows) == ["passed"] * 4
    assert "client id (aud) 'app'" in rows[1].text
    assert "30 minutes are left" in rows[3].text
    assert not any(given in row.text for row in rows)


@pytest.mark.parametrize(
    ("key", "given", "failed"),
    [
        (USER_POOL, "no-json-web-token", "login kind"),
        (USER_POOL, token(USER_POOL, token_use="access"), "login kind"),
        (GOOGLE, token(USER_POOL), "login issuer"),
        (USER_POOL, token(USER_POOL, exp=NOW - 1), "login expiry"),
        (GOOGLE, token(exp=NOW - 301), "login expiry"),
    ],
)
def test_what_is_wrong_gets_the_cross_and_the_rest_waits(key: str, given: str, failed: str):
    resolved, rows = checked({key: given})
    assert resolved is None
    at = next(number for number, row in enumerate(rows) if row.check == failed)
    assert results(rows) == ["passed"] * at + ["failed"] + ["not checked"] * (3 - at)
    assert rows[at].fix


def test_an_expiry_is_not_judged_by_this_machines_clock():
    resolved, rows = checked({GOOGLE: token(exp=NOW - 4000)}, now=None)
    assert resolved is not None
    assert (rows[3].result, "the service's time is not known" in rows[3].text) == (
        "not checked",
        True,
    )


def test_a_token_that_nobody_here_can_read_is_sent():
    resolved, rows = checked({FACEBOOK: FACEBOOK_TOKEN})
    assert resolved.tokens == {FACEBOOK: FACEBOOK_TOKEN}
    assert results(rows) == ["passed"] + ["not checked"] * 3


def test_one_login_that_fails_spoils_all():
    resolved, rows = checked({GOOGLE: token(), FACEBOOK: ""})
    assert resolved is None
    assert results(rows) == ["passed"] * 4 + ["failed"] + ["not checked"] * 3
    assert "is empty" in rows[4].text


def test_a_guest_has_none():
    resolved, rows = checked({})
    assert (resolved.tokens, rows) == ({}, [])
