from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cognito_credentials._core.freshness import Decision, Entry, Failure, decide, remember
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.policy import RefreshPolicy

NOW = 1_800_000_000.0
ERROR = ConfigurationError("hopeless")
SERVE, REFRESH, WAIT, REFUSE = (
    Decision.SERVE,
    Decision.SERVE_AND_REFRESH,
    Decision.WAIT,
    Decision.REFUSE,
)


def entry(lifetime=3600.0, random=0.0):
    credentials = Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + lifetime, UTC),
        identity_id="us-east-1:1",
    )
    return Entry(credentials, now=NOW, policy=RefreshPolicy(), random=random)


def test_an_hour_has_its_states_where_they_should_be():
    hour = entry()
    assert hour.fetched_at == NOW
    assert hour.advisory_at == NOW + 3600 - 17 * 60
    assert hour.mandatory_at == NOW + 3600 - 60
    assert hour.expires_at == NOW + 3600


def test_the_early_refresh_is_jittered():
    assert entry(random=0.5).advisory_at == NOW + 3600 - 1.05 * 17 * 60
    assert entry(random=0.5).mandatory_at == entry().mandatory_at


FRESH, ADVISORY, MANDATORY, EXPIRED = 0, 2580, 3540, 3600


@pytest.mark.parametrize(
    ("age", "failed", "in_flight", "min_remaining", "expected"),
    [
        # nothing held
        (None, False, False, 0, WAIT),
        (None, False, True, 0, WAIT),
        (None, True, False, 0, REFUSE),
        (None, True, True, 0, WAIT),
        # fresh
        (FRESH, False, False, 0, SERVE),
        (FRESH, False, True, 0, SERVE),
        (FRESH, True, False, 0, SERVE),
        (ADVISORY - 1, False, False, 0, SERVE),
        # advisory
        (ADVISORY, False, False, 0, REFRESH),
        (ADVISORY, False, True, 0, SERVE),
        (ADVISORY, True, False, 0, SERVE),
        (MANDATORY - 1, False, False, 0, REFRESH),
        # mandatory
        (MANDATORY, False, False, 0, WAIT),
        (MANDATORY, False, True, 0, WAIT),
        (MANDATORY, True, False, 0, SERVE),
        (EXPIRED - 1, False, False, 0, WAIT),
        # expired
        (EXPIRED, False, False, 0, WAIT),
        (EXPIRED, True, False, 0, REFUSE),
        (EXPIRED, True, True, 0, WAIT),
        (EXPIRED + 10**9, False, False, 0, WAIT),
        # a caller that needs more time
        (FRESH, False, False, 3600, SERVE),
        (FRESH, False, False, 3601, WAIT),
        (ADVISORY, False, True, 1020, SERVE),
        (ADVISORY, False, True, 1021, WAIT),
        (ADVISORY, True, False, 1021, WAIT),
    ],
)
def test_the_table(age, failed, in_flight, min_remaining, expected):
    now = NOW + (age or 0)
    held = None if age is None else entry()
    failure = Failure(ERROR, now + 1) if failed else None
    assert decide(now, held, failure, in_flight=in_flight, min_remaining=min_remaining) is expected


def test_a_failure_whose_time_is_over_is_forgotten():
    assert decide(NOW, None, Failure(ERROR, NOW), in_flight=False) is WAIT


@pytest.mark.parametrize(
    ("age", "random", "pause"),
    [
        (ADVISORY, 0.0, 300),
        (ADVISORY, 0.5, 450),
        (MANDATORY - 100, 0.9, 100),  # never into the last minute
        (MANDATORY, 0.0, 1),
        (MANDATORY, 0.5, 3),
        (EXPIRED - 2, 0.9, 2),  # never beyond the end
    ],
)
def test_how_long_a_failed_refresh_is_put_off(age, random, pause):
    for error in (ERROR, TransportError("x")):
        failure = remember(error, NOW + age, entry(), random)
        assert failure.error is error
        assert failure.until == pytest.approx(NOW + age + pause)


@pytest.mark.parametrize("held", [None, entry(lifetime=-1)])
def test_with_nothing_left_only_the_hopeless_is_remembered(held):
    assert remember(ERROR, NOW, held, 0.5).until == NOW + 3
    assert remember(TransportError("x"), NOW, held, 0.5).until == NOW
    assert remember(KeyError("x"), NOW, held, 0.5).until == NOW + 3
