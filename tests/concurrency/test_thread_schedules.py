"""Threads that share a cache or a broker, switched between any two lines.

`SCHEDULES=10000` runs 10,000 schedules of each test; `SEED=...` repeats one of them.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from brokers import Broker
from harness import FACEBOOK, FACEBOOK_TOKEN, GET_CREDENTIALS, GET_ID, Side
from thread_schedules import Scheduler

import cognito_credentials
from cognito_credentials._base import cache as cache_module
from cognito_credentials._core import broker as broker_module
from cognito_credentials._core import freshness, refresh
from cognito_credentials._sync import cache as sync_cache
from cognito_credentials._sync import flight
from cognito_credentials.errors import ConfigurationError, TransportError

FILES = {
    module.__file__
    for module in (cache_module, broker_module, freshness, refresh, sync_cache, flight)
}
SEEDS = (
    [int(os.environ["SEED"])]
    if "SEED" in os.environ
    else range(int(os.environ.get("SCHEDULES", "40")))
)
LIFETIME = 3600


@pytest.fixture
def sync_side():
    with Side("sync") as side:
        yield side
    assert side.leaks() == []


def explore(world):
    """Call a function with the scheduler of each seed."""
    for seed in SEEDS:
        scheduler = Scheduler(seed, FILES)
        try:
            world(scheduler)
        except BaseException as error:
            error.add_note(f"SEED={seed}")
            raise


def script(side, *first):
    return [
        side.id_response(),
        *first,
        *(side.credentials(generation=number) for number in range(1, 30)),
    ]


def generation(result):
    """Return the generation of a result; the result must be credentials that have not expired."""
    assert isinstance(result, cognito_credentials.Credentials), repr(result)
    assert not result.is_expired
    return int(result.access_key_id[-6:])


def check_idle(subject):
    """Check that no flight is left, and that a call still returns credentials."""
    assert subject.provider._driver.flights._flights == {}
    generation(subject.get())


def test_first_callers_share_one_fetch(sync_side):
    def world(scheduler):
        subject = sync_side.pool(script(sync_side))
        results = scheduler.run(*[subject.cache.get] * 3)
        assert {generation(result) for result in results} == {1}
        assert subject.operations == [GET_ID, GET_CREDENTIALS]
        check_idle(subject)

    explore(world)


def test_every_caller_gets_the_error_or_later_credentials(sync_side):
    def world(scheduler):
        failure = TransportError("no route")
        subject = sync_side.pool(script(sync_side, failure), client_config={"max_attempts": 1})
        results = scheduler.run(*[subject.cache.get] * 3)
        errors = [result for result in results if isinstance(result, Exception)]
        assert {type(error) for error in errors} <= {TransportError}
        assert len({id(error) for error in errors}) == len(errors)
        for result in results:
            assert result in errors or generation(result) == 1
        sync_side.clock.advance(10)
        check_idle(subject)

    explore(world)


def test_a_caller_takes_over_from_an_interrupted_leader(sync_side):
    def interrupt(request):
        raise KeyboardInterrupt

    def world(scheduler):
        subject = sync_side.pool(script(sync_side, interrupt))
        results = scheduler.run(*[subject.cache.get] * 3)
        interrupted = [result for result in results if isinstance(result, KeyboardInterrupt)]
        assert len(interrupted) == 1
        assert {generation(result) for result in results if result not in interrupted} == {1}
        check_idle(subject)

    explore(world)


def test_a_background_refresh_delays_no_caller(sync_side):
    def world(scheduler):
        subject = sync_side.pool(script(sync_side))
        subject.get()
        sync_side.clock.advance(LIFETIME - 300)
        results = scheduler.run(*[subject.cache.get] * 3)
        sync_side.settle()
        assert {generation(result) for result in results} <= {1, 2}
        assert generation(subject.get()) == 2
        assert subject.operations.count(GET_CREDENTIALS) == 2
        check_idle(subject)

    explore(world)


def test_no_caller_gets_credentials_from_before_its_invalidation(sync_side):
    def world(scheduler):
        subject = sync_side.pool(script(sync_side))
        cache, requested = subject.cache, [0]

        def invalidate():
            cache.get()
            # The generation of the credentials is the number of the request that fetched them.
            before = subject.operations.count(GET_CREDENTIALS)
            cache.invalidate()
            requested.append(before)
            latest = cache.get()
            assert generation(latest) > before
            return latest

        for result in scheduler.run(invalidate, invalidate, cache.get):
            generation(result)
        latest = cache.peek()
        assert latest is None or generation(latest) > max(requested)
        check_idle(subject)

    explore(world)


def test_rejected_credentials_are_replaced_once(sync_side):
    def world(scheduler):
        subject = sync_side.pool(script(sync_side))
        first = subject.get()
        sync_side.clock.advance(10)

        def report():
            assert subject.cache.mark_rejected(first.access_key_id)
            return subject.cache.get()

        *reported, other = scheduler.run(report, report, subject.cache.get)
        assert {generation(result) for result in reported} == {2}
        assert generation(other) in {1, 2}
        assert subject.operations.count(GET_CREDENTIALS) == 2
        check_idle(subject)

    explore(world)


def test_a_closed_cache_returns_no_credentials(sync_side):
    def world(scheduler):
        subject = sync_side.pool(script(sync_side))
        closed, *results = scheduler.run(subject.cache.close, *[subject.cache.get] * 2)
        assert closed is None
        for result in results:
            assert isinstance(result, ConfigurationError) or generation(result)
        with pytest.raises(ConfigurationError):
            subject.cache.get()
        assert subject.cache.peek() is None

    explore(world)


def test_the_users_of_a_broker_never_share_credentials(sync_side):
    def world(scheduler):
        subject = Broker(sync_side)
        logins: dict[str, Any] = {
            user: {FACEBOOK: f"{FACEBOOK_TOKEN}-{user}"} for user in ("ann", "ben")
        }

        def get(user):
            return lambda: (user, subject.broker.get(user, logins[user]))

        def forget():
            subject.broker.forget("ann")
            return get("ann")()

        ids: dict[str, set[str]] = {"ann": set(), "ben": set()}
        for user, credentials in scheduler.run(get("ann"), get("ben"), get("ann"), forget):
            generation(credentials)
            ids[user].add(credentials.identity_id)
        assert [len(each) for each in ids.values()] == [1, 1]
        assert ids["ann"] != ids["ben"]
        assert subject.service.count() <= 4
        assert subject.broker._driver.flights._flights == {}
        subject.close()

    explore(world)
