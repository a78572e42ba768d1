"""The states of a cache, one after another: fresh, advisory, mandatory, expired."""

from __future__ import annotations

import pickle
import threading

import pytest
from fake_store import FakeStore
from harness import GET_CREDENTIALS, GET_ID, IDENTITY, OTHER, POOL_GONE, Side

from cognito_credentials import CognitoCredentialProvider, CredentialsCache, RefreshPolicy
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityPoolNotFound,
    InternalErrorException,
    TransportError,
)
from cognito_credentials.testing import credentials_answer, refusal

LIFETIME = 3600
# 17 minutes, and a tenth more where the jitter is full.
ADVISORY_AT_LATEST = LIFETIME - 1020
ADVISORY_AT_EARLIEST = LIFETIME - 1122
MANDATORY = LIFETIME - 60

FAILED = TransportError("no route")
HOPELESS = refusal(*POOL_GONE)
ONE_ATTEMPT = {"max_attempts": 1}


def fetches(subject):
    return subject.operations.count(GET_CREDENTIALS)


def warnings(side):
    return [line for line in side.log if line.startswith("WARNING")]


def held(side, *later, **config):
    """Return a provider whose cache holds generation 1, fetched now; `later` comes after it."""
    subject = side.pool(
        [side.id_answer(), side.credentials(generation=1), *later], client_config=config
    )
    assert generation(subject.get()) == 1
    return subject


def generation(credentials):
    return int(credentials.access_key_id[-6:])


# --- fresh ------------------------------------------------------------------------------------------


def test_fresh_credentials_are_served_as_one_object(side):
    subject = held(side)
    first = subject.get()
    side.clock.advance(ADVISORY_AT_EARLIEST - 1)
    assert subject.get() is first
    assert subject.operations == [GET_ID, GET_CREDENTIALS]


def test_peek_never_fetches(side):
    subject = side.pool([side.id_answer(), side.credentials()])
    assert subject.cache.peek() is None
    assert subject.requests == []
    credentials = subject.get()
    assert subject.cache.peek() is credentials
    side.clock.advance(LIFETIME - 1)
    assert subject.cache.peek() is credentials
    side.clock.advance(1)
    assert subject.cache.peek() is None
    assert fetches(subject) == 1


def test_a_provider_has_one_cache(side):
    subject = held(side)
    assert subject.provider.cached() is subject.provider.cached()


def test_another_cache_may_have_another_policy(side):
    subject = side.pool([side.id_answer(), side.credentials()])
    kind = CredentialsCache if side.is_sync else AsyncCredentialsCache
    early = kind(subject.provider, RefreshPolicy(advisory_refresh_window=3000, jitter=0))
    side.run(early.get)
    subject.get()
    side.clock.advance(601)
    side.run(early.get)
    subject.get()
    side.settle()
    assert fetches(subject) == 3


# --- advisory ---------------------------------------------------------------------------------------


def test_a_window_longer_than_the_credentials_live_is_refused(side):
    subject = side.pool([])
    kind = CredentialsCache if side.is_sync else AsyncCredentialsCache
    with pytest.raises(ConfigurationError, match="advisory_refresh_window is 4000 s"):
        kind(subject.provider, RefreshPolicy(advisory_refresh_window=4000))


def test_in_the_advisory_window_one_refresh_runs_and_nobody_waits(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_LATEST)
    gate = side.hold()
    for _ in range(20):
        assert generation(subject.get()) == 1
    assert gate.arrived.acquire(timeout=10)
    assert fetches(subject) == 1  # the second is under way, and held back
    for _ in range(20):
        assert generation(subject.get()) == 1
    side.settle()
    assert generation(subject.get()) == 2
    assert fetches(subject) == 2
    assert not gate.arrived.acquire(blocking=False)


def test_a_failed_early_refresh_keeps_what_works_logs_once_and_backs_off(side):
    subject = held(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(ADVISORY_AT_LATEST)
    subject.get()
    side.settle()
    for _ in range(29):
        side.clock.advance(10)
        assert generation(subject.get()) == 1
        side.settle()
    assert fetches(subject) == 2
    assert len(warnings(side)) == 1
    side.clock.advance(310)
    assert generation(subject.get()) == 1
    side.settle()
    assert generation(subject.get()) == 2
    assert len(warnings(side)) == 1


def test_no_failure_takes_away_credentials_that_still_work(side):
    subject = held(side, HOPELESS)
    for _ in range(LIFETIME // 5 - 1):
        side.clock.advance(5)
        assert generation(subject.get()) == 1
        side.settle()
    side.clock.advance(5)
    subject.fails(IdentityPoolNotFound, subject.get)


def test_the_next_try_is_never_put_off_into_the_last_minute(side):
    subject = held(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(MANDATORY - 10)
    assert generation(subject.get()) == 1
    side.settle()
    side.clock.advance(10)
    assert generation(subject.get()) == 2


# --- mandatory --------------------------------------------------------------------------------------


def test_in_the_last_minute_callers_wait_for_new_ones(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(MANDATORY)
    assert generation(subject.get()) == 2


def test_in_the_last_minute_a_failure_still_gives_what_is_valid(side):
    subject = held(side, FAILED, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(MANDATORY)
    assert generation(subject.get()) == 1
    assert generation(subject.get()) == 1
    assert fetches(subject) == 2  # the second caller did not try again at once
    side.clock.advance(5)
    assert generation(subject.get()) == 1
    side.clock.advance(5)
    assert generation(subject.get()) == 2


def test_what_expired_during_the_wait_is_not_served(side):
    slow = refusal("InternalErrorException", "", status=500, headers={"retry-after": "20"})
    subject = held(side, slow)
    side.clock.advance(LIFETIME - 30)
    subject.fails(InternalErrorException, subject.get)
    assert side.clock.slept == [20.0, 20.0]


# --- expired ----------------------------------------------------------------------------------------


def test_after_the_end_callers_wait_for_new_ones(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(LIFETIME)
    assert generation(subject.get()) == 2


def test_after_the_end_a_failure_is_the_callers(side):
    subject = held(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(LIFETIME)
    subject.fails(TransportError, subject.get)
    assert generation(subject.get()) == 2  # what may pass is tried again at once


def test_a_hopeless_error_is_remembered_for_a_moment(side):
    subject = side.pool([HOPELESS, side.id_answer(), side.credentials()])
    first = subject.fails(IdentityPoolNotFound, subject.get)
    second = subject.fails(IdentityPoolNotFound, subject.get)
    assert subject.operations == [GET_ID]
    assert second is not first
    side.clock.advance(5)
    assert subject.get().identity_id == IDENTITY


def test_a_remembered_error_does_not_last_longer_because_the_clock_was_set_back(side):
    subject = side.pool([HOPELESS, side.id_answer(), side.credentials()])
    subject.fails(IdentityPoolNotFound, subject.get)
    side.clock.jump(-86_400)
    side.clock.advance(5)
    assert subject.get().identity_id == IDENTITY


# --- min_remaining ----------------------------------------------------------------------------------


def test_a_caller_that_needs_more_time_waits_for_new_ones(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(1800)
    assert generation(subject.get(min_remaining=1800)) == 1
    assert generation(subject.get(min_remaining=1801)) == 2


def test_a_caller_that_needs_more_time_than_there_is_is_told(side):
    subject = held(side, side.credentials(generation=2))
    error = subject.fails(ConfigurationError, lambda: subject.get(min_remaining=3601))
    assert "min_remaining" in str(error)
    assert generation(subject.get()) == 1  # none were fetched to find that out


def test_new_credentials_that_live_too_short_for_the_caller_are_kept(side):
    subject = side.pool([side.id_answer(), side.credentials()])
    error = subject.fails(ConfigurationError, lambda: subject.get(min_remaining=3601))
    assert "min_remaining" in str(error)
    assert generation(subject.get()) == 1


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_time_that_nothing_can_live_is_refused(side, seconds):
    subject = held(side)
    error = subject.fails(ConfigurationError, lambda: subject.get(min_remaining=seconds))
    assert "min_remaining" in str(error)


def test_a_caller_that_needs_more_time_gets_no_less(side):
    subject = held(side, FAILED, **ONE_ATTEMPT)
    side.clock.advance(1800)
    subject.fails(TransportError, lambda: subject.get(min_remaining=3000))
    assert generation(subject.get()) == 1


# --- invalidate -------------------------------------------------------------------------------------


def test_invalidate_makes_the_next_caller_fetch(side):
    subject = held(side, side.credentials(generation=2))
    subject.cache.invalidate()
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


def test_invalidate_throws_away_only_the_generation_it_means(side):
    subject = held(side, side.credentials(generation=2))
    first = subject.get()
    subject.cache.invalidate(first)
    second = subject.get()
    assert generation(second) == 2
    subject.cache.invalidate(first)
    assert subject.get() is second
    assert fetches(subject) == 2


def test_invalidate_means_an_equal_generation_too(side):
    subject = held(side, side.credentials(generation=2))
    copy = pickle.loads(pickle.dumps(subject.get()))  # noqa: S301
    subject.cache.invalidate(copy)
    assert generation(subject.get()) == 2


def test_what_was_under_way_when_all_was_thrown_away_is_not_kept(side):
    def respond(request):
        subject.cache.invalidate()
        return side.credentials()(request)

    subject = side.pool([side.id_answer(), respond, side.credentials(generation=2)])
    first = subject.get()  # who asked before gets it all the same
    second = subject.get()
    assert first != second
    assert subject.get() is second


def test_nor_is_its_failure(side):
    def refuse(request):
        subject.cache.invalidate()
        return refusal(*POOL_GONE)

    subject = side.pool([refuse, side.id_answer(), side.credentials()])
    subject.fails(IdentityPoolNotFound, subject.get)
    subject.get()


def test_what_is_under_way_takes_the_place_of_what_was_rejected(side):
    def respond(request):
        subject.cache.invalidate(first)
        return side.credentials(generation=2)(request)

    subject = side.pool([side.id_answer(), side.credentials(), respond])
    first = subject.get()
    side.clock.advance(LIFETIME - 30)
    second = subject.get()
    assert subject.get() is second


def test_invalidate_forgets_a_failed_refresh(side):
    subject = held(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(ADVISORY_AT_LATEST)
    credentials = subject.get()
    side.settle()
    subject.cache.invalidate(credentials)
    assert generation(subject.get()) == 2


def test_invalidate_discards_a_remembered_failure(side):
    subject = side.pool([HOPELESS, side.id_answer(), side.credentials()])
    subject.fails(IdentityPoolNotFound, subject.get)
    subject.cache.invalidate()
    assert generation(subject.get()) == 1


def test_invalidate_discards_a_shared_record_from_a_host_whose_clock_is_ahead(side):
    store = FakeStore(side.clock)
    side.clock.jump(100)
    shared = side.pool([side.id_answer(), side.credentials()]).share(store)
    assert generation(shared.get()) == 1
    side.clock.jump(-100)
    subject = side.pool([side.credentials(generation=2)]).share(store)
    assert generation(subject.get()) == 1
    subject.cache.invalidate()
    assert generation(subject.get()) == 2


# --- clocks that jump -------------------------------------------------------------------------------


def test_a_wall_clock_set_back_keeps_no_credentials_alive(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.jump(-7200)
    assert generation(subject.get()) == 1
    side.clock.advance(LIFETIME)
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


def test_a_wall_clock_set_forward_costs_one_fetch(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.jump(7200)
    side.skew = -7200  # the service's clock did not jump
    assert generation(subject.get()) == 2
    side.clock.advance(60)
    assert generation(subject.get()) == 2
    assert fetches(subject) == 2


def test_a_machine_that_slept_sees_that_they_are_over(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.jump(LIFETIME)  # the monotonic clock stood still
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


@pytest.mark.parametrize("skew", [-9000, 9000])
def test_a_machine_whose_clock_is_wrong_refreshes_in_time(side, skew):
    side.skew = skew
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_EARLIEST - 1)
    subject.get()
    side.settle()
    assert fetches(subject) == 1
    side.clock.advance(ADVISORY_AT_LATEST - ADVISORY_AT_EARLIEST + 1)
    subject.get()
    side.settle()
    assert generation(subject.get()) == 2


# --- odd lifetimes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lifetime", [1, 10, 60, 899, 43_200])
def test_credentials_of_any_lifetime_are_not_fetched_for_each_request(side, lifetime):
    subject = side.pool([side.id_answer(), side.credentials(lifetime=lifetime)])
    for _ in range(5):
        subject.get()
        side.settle()
    assert fetches(subject) == 1


def test_credentials_without_a_date_are_judged_by_this_machine(side):
    answer = credentials_answer(expires_at=side.clock.now() + 100)
    subject = side.identity([answer])
    first = subject.get()
    assert subject.get() is first


# --- credentials that expire before they are cached -------------------------------------------------


def delayed(side, delay, *later, lifetime=LIFETIME):
    """Return a provider that calls ``delay`` between the check of its response and the cache.

    The response names another identity ID than GetId did, so the first fetch runs the callback.
    """
    return side.pool(
        [side.id_answer(OTHER), side.credentials(lifetime=lifetime), *later],
        on_identity_change=side.user(lambda change: delay()),
    )


@pytest.mark.parametrize("lifetime", [1, 60, LIFETIME])
@pytest.mark.parametrize("excess", [0, 0.25, 7200])
@pytest.mark.parametrize("move", ["jump", "advance"])
@pytest.mark.parametrize("is_shared", [False, True])
def test_credentials_that_expire_before_they_are_cached_are_not_cached(
    side, is_shared, move, excess, lifetime
):
    subject = delayed(
        side,
        lambda: getattr(side.clock, move)(lifetime + excess),
        side.credentials(generation=2),
        lifetime=lifetime,
    )
    store = FakeStore(side.clock)
    if is_shared:
        subject.share(store)
    error = subject.fails(ExpiredOnArrivalError, subject.get)
    assert error.is_retryable
    assert error.hint
    assert subject.cache.peek() is None
    assert store.of_kind("credentials") == []
    second = subject.get()
    assert generation(second) == 2
    assert subject.get() is second
    assert fetches(subject) == 2


@pytest.mark.parametrize("min_remaining", [0, 1, 1800])
def test_each_call_fetches_until_credentials_arrive_in_time(side, min_remaining):
    delays = [LIFETIME, LIFETIME, LIFETIME + 1, 0]
    subject = side.pool(
        [
            side.id_answer(),
            *[side.credentials(identity_id) for identity_id in (OTHER, IDENTITY) * 2],
        ],
        on_identity_change=side.user(lambda change: side.clock.jump(delays.pop(0))),
    )
    for number in range(1, 4):
        subject.fails(ExpiredOnArrivalError, lambda: subject.get(min_remaining))
        assert fetches(subject) == number
    credentials = subject.get(min_remaining)
    assert subject.get() is credentials
    assert fetches(subject) == 4


def test_credentials_that_expire_before_they_are_cached_do_not_replace_valid_ones(side):
    def change(change):
        if change.new == OTHER:
            side.clock.advance(5)

    subject = side.pool(
        [
            side.id_answer(),
            side.credentials(),
            side.credentials(OTHER, lifetime=5, generation=2),
            side.credentials(OTHER, generation=3),
        ],
        on_identity_change=side.user(change),
    )
    first = subject.get()
    side.clock.advance(MANDATORY)
    assert subject.get() is first
    assert len(warnings(side)) == 1
    side.clock.advance(10)
    assert generation(subject.get()) == 3


@pytest.mark.parametrize("lifetime", [1, 60])
def test_a_short_generation_does_not_limit_min_remaining_after_it_has_expired(side, lifetime):
    subject = side.pool(
        [side.id_answer(), side.credentials(lifetime=lifetime), side.credentials(generation=2)]
    )
    subject.fails(ConfigurationError, lambda: subject.get(1800))
    subject.fails(ConfigurationError, lambda: subject.get(1800))
    assert fetches(subject) == 1
    side.clock.advance(lifetime)
    assert generation(subject.get(1800)) == 2


def test_credentials_that_expire_while_they_are_stored_are_not_cached(side):
    class SlowStore(FakeStore):
        delay = LIFETIME

        def put(self, key, value, **options):
            super().put(key, value, **options)
            if key.startswith("credentials:"):
                side.clock.jump(self.delay)
                self.delay = 0

    subject = side.pool([side.id_answer(), side.credentials(), side.credentials(generation=2)])
    subject.share(SlowStore(side.clock))
    subject.fails(ExpiredOnArrivalError, subject.get)
    assert generation(subject.get()) == 2


# --- closed -----------------------------------------------------------------------------------------


def test_a_closed_cache_gives_nothing_and_leaves_the_provider_open(side):
    subject = held(side, side.credentials(generation=2))
    subject.close_cache()
    assert subject.cache.peek() is None
    assert "closed" in str(subject.fails(ConfigurationError, subject.get))
    assert generation(subject.fetch()) == 2


def test_a_closed_provider_fetches_nothing(side):
    subject = held(side)
    subject.close()
    assert "closed" in str(subject.fails(ConfigurationError))
    subject.fails(ConfigurationError, subject.get)
    assert fetches(subject) == 1


def test_a_cache_closed_during_a_refresh_stays_empty(side):
    subject = held(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_LATEST)
    gate = side.hold()
    subject.get()
    if side.is_sync:
        assert gate.arrived.acquire(timeout=10)
    subject.close_cache()
    side.settle()
    assert subject.cache.peek() is None
    subject.fails(ConfigurationError, subject.get)


def test_a_with_statement_closes():
    with Side("sync") as side:
        with side.pool([]).provider as provider:
            pass
        with pytest.raises(ConfigurationError, match="closed"):
            provider()


def test_an_async_with_statement_closes():
    async def program():
        async with side.pool([]).provider as provider:
            pass
        await provider()

    with Side("aio") as side, pytest.raises(ConfigurationError, match="closed"):
        side.run(program)


def test_threads_that_ask_for_the_cache_at_once_get_one():
    together = threading.Barrier(2)

    class BothAreMakingOne(CognitoCredentialProvider):
        @property
        def longest_fetch(self):
            together.wait(10)
            return 1.0

        @longest_fetch.setter
        def longest_fetch(self, value):
            """It is read while a cache is made."""

    with Side("sync") as side:
        provider = side.pool([]).provider
        provider.__class__ = BothAreMakingOne
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(provider.cached())) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(found) == 2
    assert found[0] is found[1]
