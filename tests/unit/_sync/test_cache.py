"""The object itself; its states run in tests/concurrency."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

from cognito_credentials import CredentialsCache, RefreshPolicy, from_cognito_identity
from cognito_credentials.errors import ExpiredOnArrivalError, RefreshTimeoutError
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import FakeClock, ScriptedTransport, credentials_answer

IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def provider_of(clock, *script):
    config = {"transport": ScriptedTransport(script), "clock": clock}
    return from_cognito_identity(IDENTITY, client_config=config)


def test_policy_and_jitter_are_the_callers():
    clock = FakeClock()
    provider = provider_of(clock, credentials_answer(clock=clock))
    policy = RefreshPolicy(advisory_refresh_window=1000, jitter=0.5)
    cache = CredentialsCache(provider, policy, random=lambda: 1.0)
    assert cache.provider is provider
    cache.get()
    assert cache._holding.fresh() is not None
    clock.advance(3600 - 1500 - 1)
    assert cache._holding.fresh() is not None
    clock.advance(1)
    assert cache._holding.fresh() is None
    assert cache.peek() is not None


def test_an_error_that_is_not_ours_is_remembered_as_well():
    clock = FakeClock()

    class Programming(Exception):  # noqa: N818
        """A mistake in a user's supplier of the transport."""

    def fail(request):
        raise Programming

    provider = provider_of(clock, fail)
    for _ in range(2):
        with pytest.raises(Programming):
            provider.cached().get()
    assert len(provider._driver.transport.requests) == 1


def test_a_wait_that_takes_too_long_still_gives_what_is_valid():
    clock = FakeClock()
    provider = provider_of(clock, credentials_answer(clock=clock))
    cache = provider.cached()
    credentials = cache.get()
    clock.advance(3600 - 30)

    def too_long(key, work):
        raise RefreshTimeoutError("too long")

    cache._flights.run = too_long
    assert (cache.get()) is credentials
    clock.advance(30)
    with pytest.raises(RefreshTimeoutError):
        cache.get()


def test_a_thread_that_was_held_up_after_its_look_takes_what_has_landed_since():
    clock = FakeClock()
    cache = provider_of(clock, credentials_answer(clock=clock)).cached()
    run = cache._flights.run
    arrived, go = threading.Event(), threading.Event()

    def held_up(key, work):
        if threading.current_thread() is late:
            arrived.set()
            assert go.wait(10)
        return run(key, work)

    cache._flights.run = held_up
    got = []
    late = threading.Thread(target=lambda: got.append(cache.get()))
    late.start()
    assert arrived.wait(10)
    got.append(cache.get())
    go.set()
    late.join()
    assert got[0] is got[1]
    assert len(cache.provider._driver.transport.requests) == 1


def test_a_cache_and_a_provider_stay_in_their_process():
    cache = provider_of(FakeClock(), credentials_answer()).cached()
    for kept in (cache, cache.provider):
        with pytest.raises(TypeError, match="make one in each process"):
            pickle.dumps(kept)
        with pytest.raises(TypeError, match="make one in each process"):
            copy.deepcopy(kept)


def test_who_asks_after_all_was_thrown_away_does_not_join_what_was_under_way():
    clock, asked, found = FakeClock(), [], []

    def respond(request):
        asked.append(request)
        if len(asked) == 1:
            cache.invalidate()
            later.start()
            later.join(10)
        return credentials_answer(clock=clock, generation=len(asked))

    cache = provider_of(clock, respond).cached()
    later = threading.Thread(target=lambda: found.append(cache.get()), daemon=True)
    cache.get()
    assert len(asked) == 2
    assert cache.get() is found[0]


def test_with_a_store_who_asks_for_more_life_has_a_flight_of_its_own():
    """What others have fetched may be enough for the rest, and not for this caller."""
    clock, keys = FakeClock(), []
    cache = CredentialsCache(
        provider_of(clock, lambda request: credentials_answer(clock=clock)), store=MemoryStore()
    )
    run = cache._flights.run

    def noted(key, work):
        keys.append(key)
        return run(key, work)

    cache._flights.run = noted
    cache.get()
    clock.advance(1)
    cache.get(3600)
    assert len(keys) == len(set(keys)) == 2


@pytest.mark.parametrize("min_remaining", [0, 60])
def test_a_waiter_that_resumes_too_late_does_not_get_expired_credentials(min_remaining):
    clock = FakeClock()
    cache = provider_of(clock, lambda request: credentials_answer(clock=clock)).cached()
    run, delays = cache._flights.run, [3600, 0]

    def resume_late(key, work):
        credentials = run(key, work)
        clock.jump(delays.pop(0))
        return credentials

    cache._flights.run = resume_late
    with pytest.raises(ExpiredOnArrivalError):
        cache.get(min_remaining)
    credentials = cache.get(min_remaining)
    assert not credentials.is_expired
