from __future__ import annotations

import pytest
from fake_issuer import FakeIssuer, json_response

from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials._sign_in.device import GRANT, sign_in
from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)

PENDING = json_response(400, error="authorization_pending")
SLOW_DOWN = json_response(400, error="slow_down")
CODES = {
    "device_code": "device-code-1",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://login.example.com/activate",
    "expires_in": 600,
}


@pytest.fixture
def issuer():
    issuer = FakeIssuer(scopes_supported=["openid", "offline_access"])
    issuer.responses["device"] = json_response(**CODES)
    return issuer


def agree(issuer, *before):
    done = json_response(id_token=issuer.id_token(), refresh_token="r1")
    issuer.responses["token"] = [*before, done]


def run(issuer, **options):
    shown: list[tuple[str, ...]] = []
    start = issuer.clock.monotonic()
    client = issuer.client(**options)
    session = sign_in(client, show=lambda *texts: shown.append(texts), timeout=300)
    return session, shown, issuer.clock.monotonic() - start


def test_the_user_agrees_elsewhere(issuer):
    agree(issuer, PENDING, PENDING)
    session, shown, waited = run(issuer)
    assert (session.subject, session.refresh_token) == ("user-1", "r1")
    assert shown == [("https://login.example.com/activate", "ABCD-EFGH", "")]
    assert waited == 15  # five seconds where the issuer says nothing (section 3.2)
    assert issuer.forms("device") == [{"client_id": "app", "scope": "openid offline_access"}]
    assert issuer.forms("token")[0] == {
        "grant_type": GRANT,
        "device_code": "device-code-1",
        "client_id": "app",
    }


def test_the_issuer_asks_for_patience(issuer):
    issuer.responses["device"] = json_response(**CODES, interval=2)
    agree(issuer, SLOW_DOWN, PENDING)
    assert run(issuer)[2] == 2 + 7 + 7


@pytest.mark.parametrize("interval", [0, -1, True, "2", None])
def test_what_is_no_interval_is_five_seconds(issuer, interval):
    issuer.responses["device"] = json_response(**CODES, interval=interval)
    agree(issuer)
    assert run(issuer)[2] == 5


def test_a_network_that_fails_is_asked_less_often(issuer):
    issuer.responses["device"] = json_response(**CODES, interval=2)
    agree(issuer, TransportError("no route"), TransportError("no route"))
    assert run(issuer)[2] == 2 + 4 + 8


def test_googles_name_for_the_address(issuer):
    codes = {**CODES, "verification_url": "https://www.google.com/device"}
    del codes["verification_uri"]
    issuer.responses["device"] = json_response(**codes, verification_uri_complete=None)
    agree(issuer)
    assert run(issuer)[1][0][0] == "https://www.google.com/device"


@pytest.mark.parametrize("last", [PENDING, json_response(400, error="expired_token")])
def test_nobody_types_the_code(issuer, last):
    issuer.responses["token"] = last
    with pytest.raises(RequestTimeoutError, match="nobody typed the code in time"):
        run(issuer)
    assert issuer.clock.monotonic() - 1000 <= 300


def test_the_user_refuses(issuer, never_printed):
    issuer.responses["token"] = json_response(
        400, error="access_denied", error_description="device-code-1 was denied"
    )
    with pytest.raises(RefusedError, match="access_denied: … was denied"):
        run(issuer)


def test_an_issuer_without_devices():
    with pytest.raises(ConfigurationError, match="no device_authorization_endpoint") as caught:
        run(FakeIssuer(device_authorization_endpoint=None))
    assert "--no-browser" in caught.value.hint


def test_a_client_that_may_not_use_devices(issuer):
    issuer.responses["device"] = json_response(400, error="unauthorized_client")
    with pytest.raises(RefusedError, match="unauthorized_client"):
        run(issuer)


@pytest.mark.parametrize(
    "answer", [json_response(), json_response(device_code=7, user_code="A"), json_response(500)]
)
def test_no_code(issuer, answer):
    issuer.responses["device"] = answer
    with pytest.raises(MalformedResponseError):
        run(issuer)


def test_a_client_with_a_secret_proves_it_both_times(issuer, never_printed):
    agree(issuer)
    run(issuer, secret=never_printed("s3cr3t-of-the-client"))
    posts = [r for r in issuer.requests if r.url.endswith(("/device", "/token"))]
    assert all(r.headers["Authorization"].startswith("Basic ") for r in posts)
