"""Properties of freshness decisions that hold for every lifetime, age, policy and jitter."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._core.freshness import (
    CachedCredentials,
    Decision,
    Failure,
    decide,
    schedule_retry,
)
from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.testing import FakeClock

NOW = 1_800_000_000.0
SERVED = {Decision.SERVE, Decision.SERVE_AND_REFRESH}
# The worse a decision is for the caller, the higher its rank.
RANK = {Decision.SERVE: 0, Decision.SERVE_AND_REFRESH: 1, Decision.WAIT: 2, Decision.RAISE: 2}

windows = st.none() | st.floats(0, 43_200)
lifetimes = st.integers(1, 43_200)
draws = st.floats(0, 1, exclude_max=True)
ages = st.floats(-50_000, 100_000)
failures = st.none() | st.floats(NOW - 1000, NOW + 50_000)


@st.composite
def policies(draw):
    advisory, mandatory = draw(windows), draw(windows)
    if advisory is not None and mandatory is not None:
        advisory, mandatory = max(advisory, mandatory), min(advisory, mandatory)
    return RefreshPolicy(
        advisory_refresh_window=advisory,
        mandatory_refresh_window=mandatory,
        jitter=draw(st.floats(0, 10)),
    )


def credentials(lifetime, now=lambda: NOW):
    return Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + lifetime, UTC),
        identity_id="us-east-1:1",
        _now=now,
    )


@st.composite
def cached_credentials(draw):
    return CachedCredentials(
        credentials(draw(lifetimes)), now=NOW, policy=draw(policies()), random=draw(draws)
    )


def failure_with(retry_at):
    return None if retry_at is None else Failure(ConfigurationError("x"), retry_at)


@given(policies(), lifetimes, draws)
def test_windows_are_in_order_and_shorter_than_the_lifetime(policy, lifetime, draw):
    advisory, mandatory = policy.windows(lifetime, draw)
    assert 0 <= mandatory <= advisory <= 0.9 * lifetime


@given(policies(), lifetimes, draws, draws)
def test_more_jitter_never_delays_the_refresh(policy, lifetime, one, other):
    low, high = sorted((one, other))
    assert policy.windows(lifetime, low)[0] <= policy.windows(lifetime, high)[0]


@given(lifetimes, lifetimes, draws)
def test_default_windows_do_not_shrink_with_the_lifetime(one, other, draw):
    short, long = sorted((one, other))
    policy = RefreshPolicy()
    assert policy.windows(short, draw) <= policy.windows(long, draw)


@given(cached_credentials())
def test_the_states_are_in_order(cached):
    assert NOW < cached.advisory_at <= cached.mandatory_at <= cached.expires_at


@given(cached_credentials(), ages, failures, st.booleans())
def test_expired_credentials_are_never_served(cached, age, retry_at, in_flight):
    assume(NOW + age >= cached.expires_at)
    failure = failure_with(retry_at)
    assert decide(NOW + age, cached, failure, in_flight=in_flight) not in SERVED


@given(cached_credentials(), ages, failures, st.booleans())
def test_no_caller_waits_before_the_mandatory_window(cached, age, retry_at, in_flight):
    assume(NOW + age < cached.mandatory_at)
    failure = failure_with(retry_at)
    assert decide(NOW + age, cached, failure, in_flight=in_flight) in SERVED


@given(cached_credentials(), ages, failures, st.booleans())
def test_no_failure_is_raised_while_credentials_are_valid(cached, age, retry_at, in_flight):
    assume(NOW + age < cached.expires_at)
    failure = failure_with(retry_at)
    assert decide(NOW + age, cached, failure, in_flight=in_flight) is not Decision.RAISE


@given(cached_credentials(), ages, failures)
def test_no_refresh_is_started_while_one_is_in_flight(cached, age, retry_at):
    decision = decide(NOW + age, cached, failure_with(retry_at), in_flight=True)
    assert decision in {Decision.SERVE, Decision.WAIT}


@given(cached_credentials(), ages, ages, st.booleans())
def test_a_decision_never_improves_with_age(cached, one, other, in_flight):
    early, late = sorted((one, other))
    first = decide(NOW + early, cached, None, in_flight=in_flight)
    second = decide(NOW + late, cached, None, in_flight=in_flight)
    assert RANK[first] <= RANK[second]


@given(
    cached_credentials(), ages, failures, st.booleans(), st.floats(0, 50_000), st.floats(0, 50_000)
)
def test_a_larger_min_remaining_never_waits_less(cached, age, retry_at, in_flight, one, other):
    less, more = sorted((one, other))
    failure = failure_with(retry_at)
    first, second = (
        decide(NOW + age, cached, failure, in_flight=in_flight, min_remaining=needed)
        for needed in (less, more)
    )
    assert RANK[first] <= RANK[second]
    if second in SERVED:
        assert cached.expires_at - (NOW + age) >= more


@given(cached_credentials(), ages, draws, st.booleans())
def test_the_next_attempt_follows_within_ten_minutes_and_in_the_same_state(
    cached, age, draw, is_retryable
):
    error = TransportError("x") if is_retryable else ConfigurationError("x")
    now = NOW + age
    retry_at = schedule_retry(error, now, cached, draw).retry_at
    assert now <= retry_at <= now + 600
    for boundary in (cached.mandatory_at, cached.expires_at):
        if now < boundary:
            assert retry_at <= boundary


# --- with clocks that jump ---------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["advance", "jump"]), st.floats(-10_000, 10_000)), max_size=20
)


@given(lifetimes, steps)
def test_no_change_of_the_clocks_prolongs_credentials(lifetime, moves):
    clock = FakeClock(NOW)
    state = RefreshState(
        clock=clock, service_now=clock.now, policy=RefreshPolicy(), random=lambda: 0.0
    )
    state.accept(credentials(lifetime, clock.now), epoch=state.epoch)
    passed = 0.0
    for kind, seconds in moves:
        if kind == "advance":
            clock.advance(abs(seconds))
            passed += abs(seconds)
        else:
            clock.jump(seconds)
        if passed >= lifetime or clock.now() >= NOW + lifetime:
            assert state.peek() is None
            assert state.get_fresh() is None
        elif state.get_fresh() is not None:
            assert state.peek() is not None
