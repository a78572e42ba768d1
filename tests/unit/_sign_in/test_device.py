from __future__ import annotations

import pytest
from fake_issuer import FakeIssuer, json_response

from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.device import GRANT_TYPE, sign_in_with_device_code
from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)

TIMEOUT_SECONDS = 300
PENDING = json_response(400, error="authorization_pending")
SLOW_DOWN = json_response(400, error="slow_down")
AUTHORIZATION = {
    "device_code": "device-code-1",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://login.example.com/activate",
    "expires_in": 600,
}


@pytest.fixture
def issuer():
    issuer = FakeIssuer(scopes_supported=["openid", "offline_access"])
    issuer.responses["device"] = json_response(**AUTHORIZATION)
    return issuer


def approve_after(issuer, *responses):
    """Make the token endpoint return these responses, then tokens."""
    tokens = json_response(id_token=issuer.id_token(), refresh_token="r1")
    issuer.responses["token"] = [*responses, tokens]


def sign_in(issuer, **options):
    """Return the session, the arguments passed to `show`, and the elapsed time in seconds."""
    shown: list[tuple[str, ...]] = []
    started = issuer.clock.monotonic()
    client = issuer.client(**options)
    session = sign_in_with_device_code(
        client, show=lambda *texts: shown.append(texts), timeout=TIMEOUT_SECONDS
    )
    return session, shown, issuer.clock.monotonic() - started


def test_the_user_approves_the_sign_in_on_another_device(issuer):
    approve_after(issuer, PENDING, PENDING)
    session, shown, waited = sign_in(issuer)
    assert (session.subject, session.refresh_token) == ("user-1", "r1")
    assert shown == [("https://login.example.com/activate", "ABCD-EFGH", "")]
    assert waited == 15  # There are three polls, each after 5 seconds, the default interval.
    assert issuer.forms("device") == [{"client_id": "app", "scope": "openid offline_access"}]
    assert issuer.forms("token")[0] == {
        "grant_type": GRANT_TYPE,
        "device_code": "device-code-1",
        "client_id": "app",
    }


def test_slow_down_increases_the_interval_by_five_seconds(issuer):
    issuer.responses["device"] = json_response(**AUTHORIZATION, interval=2)
    approve_after(issuer, SLOW_DOWN, PENDING)
    assert sign_in(issuer)[2] == 2 + 7 + 7


@pytest.mark.parametrize("interval", [0, -1, True, "2", None])
def test_an_invalid_interval_is_replaced_by_five_seconds(issuer, interval):
    issuer.responses["device"] = json_response(**AUTHORIZATION, interval=interval)
    approve_after(issuer)
    assert sign_in(issuer)[2] == 5


@pytest.mark.parametrize("name", ["interval", "expires_in"])
@pytest.mark.parametrize("value", [1e400, float("nan"), 10**400, 10**7])
def test_a_number_that_is_too_large_is_rejected_by_its_name(issuer, name, value):
    issuer.responses["device"] = json_response(**{**AUTHORIZATION, name: value})
    with pytest.raises(MalformedResponseError, match=name):
        sign_in(issuer)


@pytest.mark.parametrize("name", ["device_code", "user_code", "verification_uri"])
@pytest.mark.parametrize("value", [7, ["x"], "", None])
def test_a_missing_or_malformed_member_is_rejected_by_its_name(issuer, name, value):
    issuer.responses["device"] = json_response(**{**AUTHORIZATION, name: value})
    with pytest.raises(MalformedResponseError, match=name):
        sign_in(issuer)


def test_a_failed_request_doubles_the_interval(issuer):
    issuer.responses["device"] = json_response(**AUTHORIZATION, interval=2)
    approve_after(issuer, TransportError("no route"), TransportError("no route"))
    assert sign_in(issuer)[2] == 2 + 4 + 8


def test_the_verification_url_may_have_the_name_that_google_uses(issuer):
    authorization = {**AUTHORIZATION, "verification_url": "https://www.google.com/device"}
    del authorization["verification_uri"]
    issuer.responses["device"] = json_response(**authorization, verification_uri_complete=None)
    approve_after(issuer)
    assert sign_in(issuer)[1][0][0] == "https://www.google.com/device"


@pytest.mark.parametrize("response", [PENDING, json_response(400, error="expired_token")])
def test_the_sign_in_times_out_if_the_code_is_not_entered(issuer, response):
    issuer.responses["token"] = response
    started = issuer.clock.monotonic()
    with pytest.raises(RequestTimeoutError):
        sign_in(issuer)
    assert issuer.clock.monotonic() - started <= TIMEOUT_SECONDS


def test_the_sign_in_ends_when_the_code_expires(issuer):
    issuer.responses["device"] = json_response(**{**AUTHORIZATION, "expires_in": 60})
    issuer.responses["token"] = PENDING
    started = issuer.clock.monotonic()
    with pytest.raises(RequestTimeoutError):
        sign_in(issuer)
    assert issuer.clock.monotonic() - started <= 60


def test_an_error_for_a_sign_in_that_the_user_denies_hides_the_device_code(issuer):
    issuer.responses["token"] = json_response(
        400, error="access_denied", error_description="device-code-1 was denied"
    )
    with pytest.raises(IssuerError, match=r"access_denied: .hidden. was denied"):
        sign_in(issuer)


def test_an_issuer_without_device_codes_is_rejected_with_the_alternatives():
    issuer = FakeIssuer(device_authorization_endpoint=None)
    with pytest.raises(ConfigurationError, match="device_authorization_endpoint") as caught:
        sign_in(issuer)
    assert "--no-browser" in caught.value.hint


def test_an_application_that_may_not_use_device_codes_is_rejected(issuer):
    issuer.responses["device"] = json_response(400, error="unauthorized_client")
    with pytest.raises(IssuerError) as caught:
        sign_in(issuer)
    assert caught.value.code == "unauthorized_client"


@pytest.mark.parametrize(
    "response", [json_response(), json_response(device_code=7, user_code="A"), json_response(500)]
)
def test_a_response_without_a_device_code_is_rejected(issuer, response):
    issuer.responses["device"] = response
    with pytest.raises(MalformedResponseError):
        sign_in(issuer)


def test_the_client_secret_is_sent_to_both_endpoints(issuer, never_printed):
    approve_after(issuer)
    sign_in(issuer, secret=never_printed("s3cr3t-of-the-client"))
    requests = [r for r in issuer.requests if r.url.endswith(("/device", "/token"))]
    assert len(requests) == 2
    assert all(r.headers["Authorization"].startswith("Basic ") for r in requests)
