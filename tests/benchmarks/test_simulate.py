"""The simulation must count calls, waiting times and timeouts correctly."""

from __future__ import annotations

import pytest
from benchmarks import simulate
from benchmarks.simulate import (
    BROKER,
    BROKER_AND_STORE,
    HOST_CACHE,
    NO_CACHE,
    Fleet,
    requests_after_restart,
    requests_of_a_day,
)

USERS = 300


@pytest.fixture(scope="module")
def requests():
    return list(requests_of_a_day(USERS))


def simulate_day(strategy, hosts, requests):
    return Fleet(strategy, hosts, USERS).serve_all(iter(requests))


def simulate_restart(strategy, hosts, users):
    return Fleet(strategy, hosts, users).serve_all(requests_after_restart(users))


def test_requests_of_a_day_are_complete_and_in_chronological_order(requests):
    times = [time for time, _ in requests]
    assert times == sorted(times)
    assert len(requests) == USERS * simulate.REQUESTS_PER_SESSION
    assert {user for _, user in requests} == set(range(USERS))


def test_each_request_makes_two_calls_without_a_cache(requests):
    assert simulate_day(NO_CACHE, 1, requests).calls == 2 * len(requests)


@pytest.mark.parametrize("strategy", [HOST_CACHE, BROKER, BROKER_AND_STORE])
def test_get_id_is_called_once_per_user_on_one_host(strategy, requests):
    outcome = simulate_day(strategy, 1, requests)
    assert sum(outcome.get_id.values()) == USERS
    assert USERS <= sum(outcome.get_credentials.values()) < 2 * USERS
    assert outcome.timeouts == 0


def test_more_hosts_make_more_calls_unless_they_share_a_store(requests):
    few, many = (simulate_day(BROKER, hosts, requests) for hosts in (1, 20))
    assert many.calls > 5 * few.calls
    few, many = (simulate_day(BROKER_AND_STORE, hosts, requests) for hosts in (1, 20))
    assert many.calls == pytest.approx(few.calls, rel=0.05)


def test_jitter_spreads_the_refreshes_that_follow_a_restart():
    def first_refreshes_seconds(strategy):
        calls = simulate_restart(strategy, 1, 3000).get_credentials
        refreshes = [second for second in calls if 1000 < second < simulate.LIFETIME_SECONDS]
        return max(refreshes) - min(refreshes)

    assert first_refreshes_seconds(BROKER) > first_refreshes_seconds(HOST_CACHE) + 60


def test_rate_limited_calls_stay_within_the_quota_and_the_timeout():
    outcome = simulate_restart(BROKER, 1, 9000)
    assert outcome.peak("get_id") <= 31  # The limit is one second's quota plus a burst.
    longest = simulate.WAIT_TIMEOUT_SECONDS + 2 * simulate.CALL_SECONDS
    assert max(outcome.waits) <= longest + 1e-6
    assert outcome.timeouts > 0


def test_no_get_id_calls_follow_a_restart_with_a_retained_store():
    fleet = Fleet(BROKER_AND_STORE, 10, 500)
    fleet.fill_store()
    retained = fleet.serve_all(requests_after_restart(500))
    lost = simulate_restart(BROKER_AND_STORE, 10, 500)
    assert not retained.get_id
    assert sum(lost.get_id.values()) == 500
    assert 0 < retained.calls < lost.calls


def test_table_has_one_aligned_row_per_strategy(requests):
    rows = [simulate.row(simulate_day(name, 2, requests)) for name in simulate.STRATEGIES]
    lines = simulate.table(rows).splitlines()
    assert len(lines) == 2 + len(simulate.STRATEGIES)
    assert len({len(line) for line in lines}) == 1
