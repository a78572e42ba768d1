"""What holds for every lifetime, moment, policy and draw."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._core.freshness import Decision, Entry, Failure, decide, remember
from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.testing import FakeClock

NOW = 1_800_000_000.0
SERVED = {Decision.SERVE, Decision.SERVE_AND_REFRESH}
# What is worse for the caller has the higher rank.
RANK = {Decision.SERVE: 0, Decision.SERVE_AND_REFRESH: 1, Decision.WAIT: 2, Decision.REFUSE: 2}

windows = st.none() | st.floats(0, 100_000)
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


def credentials(lifetime):
    return Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + lifetime, UTC),
        identity_id="us-east-1:1",
    )


@st.composite
def entries(draw):
    return Entry(credentials(draw(lifetimes)), now=NOW, policy=draw(policies()), random=draw(draws))


def failure_until(until):
    return None if until is None else Failure(ConfigurationError("x"), until)


@given(policies(), lifetimes, draws)
def test_the_windows_are_in_order_and_leave_a_part_of_the_lifetime(policy, lifetime, draw):
    advisory, mandatory = policy.windows(lifetime, draw)
    assert 0 <= mandatory <= advisory <= 0.9 * lifetime


@given(policies(), lifetimes, draws, draws)
def test_more_jitter_is_never_a_later_refresh(policy, lifetime, one, other):
    low, high = sorted((one, other))
    assert policy.windows(lifetime, low)[0] <= policy.windows(lifetime, high)[0]


@given(lifetimes, lifetimes, draws)
def test_by_default_a_longer_lifetime_has_no_shorter_windows(one, other, draw):
    short, long = sorted((one, other))
    policy = RefreshPolicy()
    assert policy.windows(short, draw) <= policy.windows(long, draw)


@given(entries())
def test_the_states_follow_each_other(entry):
    assert NOW < entry.advisory_at <= entry.mandatory_at <= entry.expires_at


@given(entries(), ages, failures, st.booleans())
def test_nothing_that_is_over_is_ever_served(entry, age, until, in_flight):
    assume(NOW + age >= entry.expires_at)
    failure = failure_until(until)
    assert decide(NOW + age, entry, failure, in_flight=in_flight) not in SERVED


@given(entries(), ages, failures, st.booleans())
def test_nobody_waits_while_they_are_fresh_or_only_to_be_renewed_early(
    entry, age, until, in_flight
):
    assume(NOW + age < entry.mandatory_at)
    failure = failure_until(until)
    assert decide(NOW + age, entry, failure, in_flight=in_flight) in SERVED


@given(entries(), ages, failures, st.booleans())
def test_nothing_is_refused_while_something_is_valid(entry, age, until, in_flight):
    assume(NOW + age < entry.expires_at)
    failure = failure_until(until)
    assert decide(NOW + age, entry, failure, in_flight=in_flight) is not Decision.REFUSE


@given(entries(), ages, failures)
def test_where_a_refresh_is_under_way_no_other_is_started(entry, age, until):
    decision = decide(NOW + age, entry, failure_until(until), in_flight=True)
    assert decision in {Decision.SERVE, Decision.WAIT}


@given(entries(), ages, ages, st.booleans())
def test_it_never_gets_better_with_age(entry, one, other, in_flight):
    early, late = sorted((one, other))
    first = decide(NOW + early, entry, None, in_flight=in_flight)
    second = decide(NOW + late, entry, None, in_flight=in_flight)
    assert RANK[first] <= RANK[second]


@given(entries(), ages, failures, st.booleans(), st.floats(0, 50_000), st.floats(0, 50_000))
def test_who_asks_for_more_never_waits_less(entry, age, until, in_flight, one, other):
    less, more = sorted((one, other))
    failure = failure_until(until)
    first, second = (
        decide(NOW + age, entry, failure, in_flight=in_flight, min_remaining=needed)
        for needed in (less, more)
    )
    assert RANK[first] <= RANK[second]
    if second in SERVED:
        assert entry.expires_at - (NOW + age) >= more


@given(entries(), ages, draws, st.booleans())
def test_a_failure_is_never_put_off_for_longer_than_ten_minutes_or_into_another_state(
    entry, age, draw, is_retryable
):
    error = TransportError("x") if is_retryable else ConfigurationError("x")
    now = NOW + age
    until = remember(error, now, entry, draw).until
    assert now <= until <= now + 600
    for boundary in (entry.mandatory_at, entry.expires_at):
        if now < boundary:
            assert until <= boundary


# --- with a clock that does what it likes ---------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["advance", "jump"]), st.floats(-10_000, 10_000)), max_size=20
)


@given(lifetimes, steps)
def test_whatever_the_clocks_do_nothing_is_served_for_longer_than_it_lives(lifetime, moves):
    clock = FakeClock(NOW)
    holding = RefreshState(
        clock=clock, service_now=clock.now, policy=RefreshPolicy(), random=lambda: 0.0
    )
    holding.accept(credentials(lifetime), epoch=0)
    passed = 0.0
    for kind, seconds in moves:
        if kind == "advance":
            clock.advance(abs(seconds))
            passed += abs(seconds)
        else:
            clock.jump(seconds)
        if passed >= lifetime or clock.now() >= NOW + lifetime:
            assert holding.peek() is None
            assert holding.fresh() is None
        elif holding.fresh() is not None:
            assert holding.peek() is not None
