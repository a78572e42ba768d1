from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._core import rejections
from cognito_credentials._core.freshness import CachedCredentials, decide, schedule_retry
from cognito_credentials._core.freshness import Decision as Freshness
from cognito_credentials._core.rejections import Decision
from cognito_credentials.errors import ConfigurationError, TransportError

NOW = 1_800_000_000.0
NEVER = float("inf")


def create_cached(access_key_id="ASIA1", *, is_rejected=False):
    credentials = Credentials(
        access_key_id=access_key_id,
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + 3600, UTC),
        identity_id="us-east-1:1",
    )
    cached = CachedCredentials(credentials, now=NOW, policy=RefreshPolicy(), random=0.0)
    if is_rejected:
        cached.mark_rejected()
    return cached


@pytest.mark.parametrize(
    ("cached", "has_failed", "seconds_since_last", "decision"),
    [
        (None, False, NEVER, Decision.REPLACED),
        (None, True, 0.0, Decision.REPLACED),
        (create_cached("ASIA2"), False, NEVER, Decision.REPLACED),
        (create_cached("ASIA2"), True, 0.0, Decision.REPLACED),
        (create_cached(), False, NEVER, Decision.MARK),
        (create_cached(), True, NEVER, Decision.MARK),
        (create_cached(), False, 5.0, Decision.MARK),
        (create_cached(), False, 4.999, Decision.IGNORE),
        (create_cached(), True, 0.0, Decision.IGNORE),
        (create_cached(is_rejected=True), False, 0.0, Decision.PENDING),
        (create_cached(is_rejected=True), False, NEVER, Decision.PENDING),
        (create_cached(is_rejected=True), True, NEVER, Decision.IGNORE),
    ],
)
def test_the_decision_about_a_rejected_request(cached, has_failed, seconds_since_last, decision):
    assert decision is rejections.decide(
        cached, "ASIA1", has_failed=has_failed, seconds_since_last=seconds_since_last
    )


@pytest.mark.parametrize("code", [None, "ExpiredToken", "ExpiredTokenException", "InvalidToken"])
def test_rejections_of_a_token(code):
    assert rejections.is_rejection("ASIA1", code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "400",
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "ThrottlingException",
        "UnrecognizedClientException",
        "expiredtoken",
    ],
)
def test_other_errors_do_not_concern_the_token(code):
    assert not rejections.is_rejection("ASIA1", code)


@pytest.mark.parametrize("access_key_id", ["", None, 1, b"ASIA1"])
def test_an_invalid_access_key_id_is_rejected(access_key_id):
    with pytest.raises(ConfigurationError, match="access_key_id"):
        rejections.is_rejection(access_key_id, None)


@pytest.mark.parametrize("code", [400, b"ExpiredToken"])
def test_an_invalid_error_code_is_rejected(code):
    with pytest.raises(ConfigurationError, match="error_code"):
        rejections.is_rejection("ASIA1", code)


def test_callers_wait_until_rejected_credentials_are_replaced_or_a_fetch_fails():
    cached = create_cached(is_rejected=True)
    assert decide(NOW, cached, None, in_flight=False) is Freshness.WAIT
    failure = schedule_retry(TransportError("no route"), NOW, cached, 0.0)
    assert decide(NOW, cached, failure, in_flight=False) is Freshness.SERVE
    assert decide(failure.retry_at, cached, failure, in_flight=False) is Freshness.WAIT
    assert decide(NOW + 3600, cached, None, in_flight=False) is Freshness.WAIT


@given(st.floats(0, 3599), st.floats(0, 1, exclude_max=True))
def test_a_failed_fetch_is_repeated_after_5_to_9_seconds(age, random):
    cached = create_cached(is_rejected=True)
    now = NOW + age
    retry_at = schedule_retry(TransportError("no route"), now, cached, random).retry_at
    assert min(now + 5, cached.expires_at) <= retry_at <= min(now + 9, cached.expires_at)
