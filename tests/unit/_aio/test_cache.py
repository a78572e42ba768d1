"""The object itself; its states run in tests/concurrency."""

from __future__ import annotations

import copy
import pickle

import pytest

from cognito_credentials import RefreshPolicy
from cognito_credentials.aio import AsyncCredentialsCache, from_cognito_identity
from cognito_credentials.errors import ExpiredOnArrivalError, RefreshTimeoutError
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock, credentials_answer

IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def provider_of(clock, *script):
    config = {"transport": AsyncScriptedTransport(script), "clock": clock}
    return from_cognito_identity(IDENTITY, client_config=config)


async def test_policy_and_jitter_are_the_callers():
    clock = FakeClock()
    provider = provider_of(clock, credentials_answer(clock=clock))
    policy = RefreshPolicy(advisory_refresh_window=1000, jitter=0.5)
    cache = AsyncCredentialsCache(provider, policy, random=lambda: 1.0)
    assert cache.provider is provider
    await cache.get()
    assert cache._holding.fresh() is not None
    clock.advance(3600 - 1500 - 1)
    assert cache._holding.fresh() is not None
    clock.advance(1)
    assert cache._holding.fresh() is None
    assert cache.peek() is not None


async def test_an_error_that_is_not_ours_is_remembered_as_well():
    clock = FakeClock()

    class Programming(Exception):  # noqa: N818
        """A mistake in a user's supplier of the transport."""

    def fail(request):
        raise Programming

    provider = provider_of(clock, fail)
    for _ in range(2):
        with pytest.raises(Programming):
            await provider.cached().get()
    assert len(provider._driver.transport.requests) == 1


async def test_a_wait_that_takes_too_long_still_gives_what_is_valid():
    clock = FakeClock()
    provider = provider_of(clock, credentials_answer(clock=clock))
    cache = provider.cached()
    credentials = await cache.get()
    clock.advance(3600 - 30)

    async def too_long(key, work):
        raise RefreshTimeoutError("too long")

    cache._flights.run = too_long
    assert (await cache.get()) is credentials
    clock.advance(30)
    with pytest.raises(RefreshTimeoutError):
        await cache.get()


def test_a_cache_and_a_provider_stay_in_their_process():
    cache = provider_of(FakeClock(), credentials_answer()).cached()
    for kept in (cache, cache.provider):
        with pytest.raises(TypeError, match="make one in each process"):
            pickle.dumps(kept)
        with pytest.raises(TypeError, match="make one in each process"):
            copy.deepcopy(kept)


async def test_who_asks_after_all_was_thrown_away_does_not_join_what_was_under_way():
    clock, asked, found = FakeClock(), [], []

    class Transport:
        async def send(self, request):
            asked.append(request)
            number = len(asked)
            if number == 1:
                cache.invalidate()
                found.append(await cache.get())
            return credentials_answer(clock=clock, generation=number)

        async def aclose(self):
            pass

    config = {"transport": Transport(), "clock": clock}
    cache = from_cognito_identity(IDENTITY, client_config=config).cached()
    await cache.get()
    assert await cache.get() is found[0]
    assert len(asked) == 2


async def test_with_a_store_who_asks_for_more_life_has_a_flight_of_its_own():
    """What others have fetched may be enough for the rest, and not for this caller."""
    clock, keys = FakeClock(), []
    cache = AsyncCredentialsCache(
        provider_of(clock, lambda request: credentials_answer(clock=clock)), store=MemoryStore()
    )
    run = cache._flights.run

    async def noted(key, work):
        keys.append(key)
        return await run(key, work)

    cache._flights.run = noted
    await cache.get()
    clock.advance(1)
    await cache.get(3600)
    assert len(keys) == len(set(keys)) == 2


@pytest.mark.parametrize("min_remaining", [0, 60])
async def test_a_waiter_that_resumes_too_late_does_not_get_expired_credentials(min_remaining):
    clock = FakeClock()
    cache = provider_of(clock, lambda request: credentials_answer(clock=clock)).cached()
    run, delays = cache._flights.run, [3600, 0]

    async def resume_late(key, work):
        credentials = await run(key, work)
        clock.jump(delays.pop(0))
        return credentials

    cache._flights.run = resume_late
    with pytest.raises(ExpiredOnArrivalError):
        await cache.get(min_remaining)
    credentials = await cache.get(min_remaining)
    assert not credentials.is_expired
