from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cognito_credentials._core.freshness import (
    CachedCredentials,
    Decision,
    Failure,
    check_not_expired,
    decide,
    has_remaining,
    require_remaining,
    schedule_retry,
)
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError, ExpiredOnArrivalError, TransportError
from cognito_credentials.policy import RefreshPolicy

NOW = 1_800_000_000.0
ERROR = ConfigurationError("wrong pool")
SERVE, REFRESH, WAIT, RAISE = (
    Decision.SERVE,
    Decision.SERVE_AND_REFRESH,
    Decision.WAIT,
    Decision.RAISE,
)


def cached_credentials(lifetime=3600.0, random=0.0):
    credentials = Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + lifetime, UTC),
        identity_id="us-east-1:1",
    )
    return CachedCredentials(credentials, now=NOW, policy=RefreshPolicy(), random=random)


def test_the_states_of_credentials_for_an_hour():
    hour = cached_credentials()
    assert hour.fetched_at == NOW
    assert hour.advisory_at == NOW + 3600 - 17 * 60
    assert hour.mandatory_at == NOW + 3600 - 60
    assert hour.expires_at == NOW + 3600


def test_the_jitter_extends_the_advisory_window_only():
    assert cached_credentials(random=0.5).advisory_at == NOW + 3600 - 1.05 * 17 * 60
    assert cached_credentials(random=0.5).mandatory_at == cached_credentials().mandatory_at


FRESH, ADVISORY, MANDATORY, EXPIRED = 0, 2580, 3540, 3600


@pytest.mark.parametrize(
    ("age", "failed", "in_flight", "min_remaining", "expected"),
    [
        # Nothing is cached.
        (None, False, False, 0, WAIT),
        (None, False, True, 0, WAIT),
        (None, True, False, 0, RAISE),
        (None, True, True, 0, WAIT),
        # The credentials are fresh.
        (FRESH, False, False, 0, SERVE),
        (FRESH, False, True, 0, SERVE),
        (FRESH, True, False, 0, SERVE),
        (ADVISORY - 1, False, False, 0, SERVE),
        # The credentials are in the advisory window.
        (ADVISORY, False, False, 0, REFRESH),
        (ADVISORY, False, True, 0, SERVE),
        (ADVISORY, True, False, 0, SERVE),
        (MANDATORY - 1, False, False, 0, REFRESH),
        # The credentials are in the mandatory window.
        (MANDATORY, False, False, 0, WAIT),
        (MANDATORY, False, True, 0, WAIT),
        (MANDATORY, True, False, 0, SERVE),
        (EXPIRED - 1, False, False, 0, WAIT),
        # The credentials have expired.
        (EXPIRED, False, False, 0, WAIT),
        (EXPIRED, True, False, 0, RAISE),
        (EXPIRED, True, True, 0, WAIT),
        (EXPIRED + 10**9, False, False, 0, WAIT),
        # The caller needs credentials that are valid for longer.
        (FRESH, False, False, 3600, SERVE),
        (FRESH, False, False, 3601, WAIT),
        (ADVISORY, False, True, 1020, SERVE),
        (ADVISORY, False, True, 1021, WAIT),
        (ADVISORY, True, False, 1021, WAIT),
    ],
)
def test_decide_depends_on_age_failure_flight_and_min_remaining(
    age, failed, in_flight, min_remaining, expected
):
    now = NOW + (age or 0)
    cached = None if age is None else cached_credentials()
    failure = Failure(ERROR, now + 1) if failed else None
    assert (
        decide(now, cached, failure, in_flight=in_flight, min_remaining=min_remaining) is expected
    )


def test_after_a_failure_the_credentials_are_returned_until_they_expire():
    now = NOW + EXPIRED - 0.5
    assert decide(now, cached_credentials(), Failure(ERROR, now + 1), in_flight=False) is SERVE


def test_an_expired_failure_is_ignored():
    assert decide(NOW, None, Failure(ERROR, NOW), in_flight=False) is WAIT


@pytest.mark.parametrize(
    ("age", "random", "pause"),
    [
        (ADVISORY, 0.0, 300),
        (ADVISORY, 0.5, 450),
        # The next attempt is made no later than the start of the mandatory window.
        (MANDATORY - 100, 0.9, 100),
        (MANDATORY, 0.0, 1),
        (MANDATORY, 0.5, 3),
        (EXPIRED - 2, 0.9, 2),  # The next attempt is made no later than the expiration.
    ],
)
def test_how_long_the_next_attempt_is_put_off(age, random, pause):
    for error in (ERROR, TransportError("x")):
        failure = schedule_retry(error, NOW + age, cached_credentials(), random)
        assert failure.error is error
        assert failure.retry_at == pytest.approx(NOW + age + pause)


@pytest.mark.parametrize("cached", [None, cached_credentials(lifetime=-1)])
def test_without_valid_credentials_a_retryable_failure_is_not_remembered(cached):
    assert schedule_retry(ERROR, NOW, cached, 0.5).retry_at == NOW + 3
    assert schedule_retry(TransportError("x"), NOW, cached, 0.5).retry_at == NOW
    assert schedule_retry(KeyError("x"), NOW, cached, 0.5).retry_at == NOW + 3


# --- remaining lifetime ---------------------------------------------------------------------------


def credentials_for(seconds):
    return Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + seconds, UTC),
        identity_id="us-east-1:1",
        _now=lambda: NOW,
    )


@pytest.mark.parametrize(
    ("seconds", "now"), [(1, NOW), (1, None), (0, NOW - 1), (-1000, NOW - 1001)]
)
def test_credentials_are_not_expired_at_a_time_before_their_expiration(seconds, now):
    check_not_expired(credentials_for(seconds), now)


@pytest.mark.parametrize(
    ("seconds", "now"), [(0, NOW), (0, None), (1, NOW + 1), (1000, NOW + 1000)]
)
def test_credentials_are_expired_from_their_expiration(seconds, now):
    with pytest.raises(ExpiredOnArrivalError) as caught:
        check_not_expired(credentials_for(seconds), now)
    assert caught.value.is_retryable


@pytest.mark.parametrize("min_remaining", [0.0, 100.0, 3600.0])
def test_credentials_with_enough_time_left_are_returned(min_remaining):
    credentials = credentials_for(3600)
    assert has_remaining(credentials, min_remaining)
    assert require_remaining(credentials, min_remaining) is credentials


def test_credentials_with_too_little_time_left_are_a_configuration_error():
    assert not has_remaining(credentials_for(3600), 3601.0)
    with pytest.raises(ConfigurationError, match="min_remaining"):
        require_remaining(credentials_for(3600), 3601.0)


@pytest.mark.parametrize("min_remaining", [0.0, 1.0])
@pytest.mark.parametrize("seconds", [0, -1])
def test_expired_credentials_are_never_returned(seconds, min_remaining):
    with pytest.raises(ExpiredOnArrivalError) as raised:
        require_remaining(credentials_for(seconds), min_remaining)
    assert raised.value.is_retryable
