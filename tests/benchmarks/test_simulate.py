"""The simulation keeps its books: what it says about strategies follows from their calls."""

from __future__ import annotations

import pytest
from benchmarks import simulate
from benchmarks.simulate import Day, deployment, requests_of_a_day

USERS = 300


@pytest.fixture(scope="module")
def day():
    return list(requests_of_a_day(USERS))


def outcome(strategy, hosts, requests):
    return Day(strategy, hosts, USERS).run(iter(requests))


def test_requests_come_in_order_and_none_is_lost(day):
    moments = [moment for moment, _ in day]
    assert moments == sorted(moments)
    assert len(day) == USERS * simulate.REQUESTS_A_SESSION
    assert {user for _, user in day} == set(range(USERS))


def test_without_a_cache_each_request_makes_two_calls(day):
    assert outcome("naive", 1, day).calls == 2 * len(day)


def test_with_one_host_each_user_is_identified_once(day):
    for strategy in ("in step", "jittered", "shared"):
        one = outcome(strategy, 1, day)
        assert sum(one.get_id.values()) == USERS
        assert USERS <= sum(one.get_credentials.values()) < 2 * USERS
        assert one.refused == 0


def test_calls_grow_with_hosts_unless_they_share(day):
    few, many = (outcome("jittered", hosts, day) for hosts in (1, 20))
    assert many.calls > 5 * few.calls
    few, many = (outcome("shared", hosts, day) for hosts in (1, 20))
    assert many.calls == pytest.approx(few.calls, rel=0.05)


def test_jitter_spreads_the_second_wave_after_a_restart():
    hosts, users = 1, 3000
    runs = {
        name: Day(name, hosts, users).run(deployment(users)) for name in ("in step", "jittered")
    }

    def longest_wave(name):
        later = [
            second for second in runs[name].get_credentials if 1000 < second < simulate.LIFETIME
        ]
        return max(later) - min(later)

    assert longest_wave("jittered") > longest_wave("in step") + 60


def test_paced_calls_keep_to_the_quota():
    run = Day("jittered", 1, 9000).run(deployment(9000))
    assert run.peak("get_id") <= 31  # a burst and a second's calls
    assert max(run.waits) <= simulate.PATIENCE + 2 * simulate.CALL_SECONDS + 1e-6
    assert run.refused > 0


def test_a_kept_store_spares_a_restart_its_identity_ids():
    kept = Day("shared", 10, 500)
    kept.keep_store()
    run = kept.run(deployment(500))
    lost = Day("shared", 10, 500).run(deployment(500))
    assert not run.get_id
    assert sum(lost.get_id.values()) == 500
    assert 0 < run.calls < lost.calls


def test_a_table_has_a_row_for_each(day):
    rows = [simulate.row(outcome(name, 2, day)) for name in simulate.STRATEGIES]
    lines = simulate.table(rows).splitlines()
    assert len(lines) == 6
    assert len({len(line) for line in lines}) == 1
