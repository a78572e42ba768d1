"""The states of sync and async caches: fresh, advisory window, mandatory window, expired."""

from __future__ import annotations

import pytest
from fake_store import FakeStore
from harness import GET_CREDENTIALS, GET_ID, IDENTITY, OTHER, POOL_NOT_FOUND, Side

from cognito_credentials import CredentialsCache, RefreshPolicy
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityPoolNotFound,
    InternalErrorException,
    TransportError,
)
from cognito_credentials.testing import credentials_response, error_response

LIFETIME = 3600
# The window begins 17 minutes before the expiration, or up to a tenth earlier due to jitter.
ADVISORY_AT_LATEST = LIFETIME - 1020
ADVISORY_AT_EARLIEST = LIFETIME - 1122
MANDATORY = LIFETIME - 60

FAILED = TransportError("no route")
POOL_NOT_FOUND_RESPONSE = error_response(*POOL_NOT_FOUND)
ONE_ATTEMPT = {"max_attempts": 1}


def fetches(subject):
    return subject.operations.count(GET_CREDENTIALS)


def warnings(side):
    return [line for line in side.log if line.startswith("WARNING")]


def cached(side, *later, **config):
    """Return a provider with cached credentials of generation 1; `later` has the next responses."""
    subject = side.pool(
        [side.id_response(), side.credentials(generation=1), *later], client_config=config
    )
    assert generation(subject.get()) == 1
    return subject


def generation(credentials):
    return int(credentials.access_key_id[-6:])


# --- fresh ------------------------------------------------------------------------------------------


def test_fresh_credentials_are_returned_as_one_object(side):
    subject = cached(side)
    first = subject.get()
    side.clock.advance(ADVISORY_AT_EARLIEST - 1)
    assert subject.get() is first
    assert subject.operations == [GET_ID, GET_CREDENTIALS]


def test_peek_never_fetches(side):
    subject = side.pool([side.id_response(), side.credentials()])
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
    subject = cached(side)
    assert subject.provider.cached() is subject.provider.cached()


def test_another_cache_may_have_another_policy(side):
    subject = side.pool([side.id_response(), side.credentials()])
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


def test_a_window_longer_than_the_lifetime_is_rejected(side):
    subject = side.pool([])
    kind = CredentialsCache if side.is_sync else AsyncCredentialsCache
    with pytest.raises(ConfigurationError, match="advisory_refresh_window"):
        kind(subject.provider, RefreshPolicy(advisory_refresh_window=4000))


def test_in_the_advisory_window_one_refresh_runs_and_no_caller_waits(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_LATEST)
    gate = side.hold_requests()
    for _ in range(20):
        assert generation(subject.get()) == 1
    assert gate.arrived.acquire(timeout=10)
    assert fetches(subject) == 1  # The gate blocks the second fetch.
    for _ in range(20):
        assert generation(subject.get()) == 1
    side.settle()
    assert generation(subject.get()) == 2
    assert fetches(subject) == 2
    assert not gate.arrived.acquire(blocking=False)


def test_a_failed_early_refresh_retains_the_credentials_logs_once_and_backs_off(side):
    subject = cached(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
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


def test_no_failure_discards_valid_credentials(side):
    subject = cached(side, POOL_NOT_FOUND_RESPONSE)
    for _ in range(LIFETIME // 5 - 1):
        side.clock.advance(5)
        assert generation(subject.get()) == 1
        side.settle()
    side.clock.advance(5)
    subject.expect_error(IdentityPoolNotFound, subject.get)


def test_the_next_attempt_is_not_put_off_into_the_mandatory_window(side):
    subject = cached(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(MANDATORY - 10)
    assert generation(subject.get()) == 1
    side.settle()
    side.clock.advance(10)
    assert generation(subject.get()) == 2


# --- mandatory --------------------------------------------------------------------------------------


def test_in_the_mandatory_window_callers_wait_for_the_refresh(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(MANDATORY)
    assert generation(subject.get()) == 2


def test_in_the_mandatory_window_a_failed_refresh_returns_the_cached_credentials(side):
    subject = cached(side, FAILED, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(MANDATORY)
    assert generation(subject.get()) == 1
    assert generation(subject.get()) == 1
    assert fetches(subject) == 2  # The second caller did not fetch immediately.
    side.clock.advance(5)
    assert generation(subject.get()) == 1
    side.clock.advance(5)
    assert generation(subject.get()) == 2


def test_credentials_that_expire_during_the_wait_are_not_returned(side):
    slow = error_response("InternalErrorException", "", status=500, headers={"retry-after": "20"})
    subject = cached(side, slow)
    side.clock.advance(LIFETIME - 10)
    subject.expect_error(InternalErrorException, subject.get)
    assert side.clock.slept == [5.025, 5.05]


# --- expired ----------------------------------------------------------------------------------------


def test_after_the_expiration_callers_wait_for_the_refresh(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(LIFETIME)
    assert generation(subject.get()) == 2


def test_after_the_expiration_a_failure_is_raised(side):
    subject = cached(side, FAILED, side.credentials(generation=2), **ONE_ATTEMPT)
    side.clock.advance(LIFETIME)
    subject.expect_error(TransportError, subject.get)
    assert generation(subject.get()) == 2  # Retryable failures are not cached.


def test_an_error_that_is_not_retryable_is_remembered_for_a_few_seconds(side):
    subject = side.pool([POOL_NOT_FOUND_RESPONSE, side.id_response(), side.credentials()])
    first = subject.expect_error(IdentityPoolNotFound, subject.get)
    second = subject.expect_error(IdentityPoolNotFound, subject.get)
    assert subject.operations == [GET_ID]
    assert second is not first
    side.clock.advance(5)
    assert subject.get().identity_id == IDENTITY


def test_setting_the_clock_back_does_not_prolong_a_remembered_error(side):
    subject = side.pool([POOL_NOT_FOUND_RESPONSE, side.id_response(), side.credentials()])
    subject.expect_error(IdentityPoolNotFound, subject.get)
    side.clock.jump(-86_400)
    side.clock.advance(5)
    assert subject.get().identity_id == IDENTITY


# --- min_remaining ----------------------------------------------------------------------------------


def test_a_caller_that_needs_more_time_waits_for_new_credentials(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(1800)
    assert generation(subject.get(min_remaining=1800)) == 1
    assert generation(subject.get(min_remaining=1801)) == 2


def test_a_min_remaining_above_the_lifetime_is_rejected(side):
    subject = cached(side, side.credentials(generation=2))
    error = subject.expect_error(ConfigurationError, lambda: subject.get(min_remaining=3601))
    assert "min_remaining" in str(error)
    assert generation(subject.get()) == 1  # The rejected call did not fetch credentials.


def test_new_credentials_with_less_than_min_remaining_are_cached(side):
    subject = side.pool([side.id_response(), side.credentials()])
    error = subject.expect_error(ConfigurationError, lambda: subject.get(min_remaining=3601))
    assert "min_remaining" in str(error)
    assert generation(subject.get()) == 1


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_an_invalid_min_remaining_is_rejected(side, seconds):
    subject = cached(side)
    error = subject.expect_error(ConfigurationError, lambda: subject.get(min_remaining=seconds))
    assert "min_remaining" in str(error)


def test_a_failed_wait_does_not_return_less_than_min_remaining(side):
    subject = cached(side, FAILED, **ONE_ATTEMPT)
    side.clock.advance(1800)
    subject.expect_error(TransportError, lambda: subject.get(min_remaining=3000))
    assert generation(subject.get()) == 1


# --- invalidate -------------------------------------------------------------------------------------


def test_invalidate_makes_the_next_caller_fetch(side):
    subject = cached(side, side.credentials(generation=2))
    subject.cache.invalidate()
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


def test_a_fetch_in_progress_during_invalidate_is_not_cached(side):
    def respond(request):
        subject.cache.invalidate()
        return side.credentials()(request)

    subject = side.pool([side.id_response(), respond, side.credentials(generation=2)])
    first = subject.get()  # The caller gets the credentials, although they are not cached.
    second = subject.get()
    assert first != second
    assert subject.get() is second


def test_a_failure_of_a_fetch_in_progress_during_invalidate_is_not_remembered(side):
    def reject(request):
        subject.cache.invalidate()
        return error_response(*POOL_NOT_FOUND)

    subject = side.pool([reject, side.id_response(), side.credentials()])
    subject.expect_error(IdentityPoolNotFound, subject.get)
    subject.get()


def test_invalidate_discards_a_remembered_failure(side):
    subject = side.pool([POOL_NOT_FOUND_RESPONSE, side.id_response(), side.credentials()])
    subject.expect_error(IdentityPoolNotFound, subject.get)
    subject.cache.invalidate()
    assert generation(subject.get()) == 1


# --- rejected credentials ---------------------------------------------------------------------------


def reject(subject, credentials, code=None):
    return subject.cache.mark_rejected(credentials.access_key_id, code)


def test_rejected_credentials_are_replaced(side):
    subject = cached(side, side.credentials(generation=2))
    first = subject.get()
    assert reject(subject, first)
    assert generation(subject.get()) == 2
    # A late report about the first credentials does not affect the second.
    assert reject(subject, first)
    assert generation(subject.get()) == 2
    assert fetches(subject) == 2


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "InvalidToken"])
def test_an_expired_or_invalid_token_is_a_rejection(side, code):
    subject = cached(side, side.credentials(generation=2))
    assert reject(subject, subject.get(), code)
    assert generation(subject.get()) == 2


@pytest.mark.parametrize(
    "code",
    [
        "",
        "AccessDenied",
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ],
)
def test_other_codes_are_not_rejections_of_the_token(side, code):
    subject = cached(side)
    first = subject.get()
    assert not reject(subject, first, code)
    assert subject.get() is first


def test_new_credentials_that_are_rejected_at_once_cause_one_fetch_in_5_seconds(side):
    subject = cached(side, *(side.credentials(generation=number) for number in (2, 3)))
    for _ in range(20):
        reject(subject, subject.get())
    assert fetches(subject) == 2
    side.clock.advance(5)
    for _ in range(20):
        reject(subject, subject.get())
    assert fetches(subject) == 3


def test_rejected_credentials_are_returned_if_the_fetch_fails(side):
    subject = cached(side, FAILED, FAILED, side.credentials(generation=3), **ONE_ATTEMPT)
    first = subject.get()
    for _ in range(20):
        reject(subject, first)
        assert subject.get() is first
    assert fetches(subject) == 2
    assert len(warnings(side)) == 1
    side.clock.advance(9)
    assert subject.get() is first
    assert fetches(subject) == 3
    side.clock.advance(9)
    assert generation(subject.get()) == 3


def test_a_background_refresh_in_progress_replaces_rejected_credentials(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_LATEST)
    first = subject.get()  # This call starts a background refresh.
    reject(subject, first)
    assert generation(subject.get()) == 2
    side.settle()
    assert fetches(subject) == 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("",), "access_key_id"),
        ((None,), "access_key_id"),
        (("ASIA1", 403), "error_code"),
    ],
)
def test_invalid_arguments_of_mark_rejected(side, arguments, name):
    with pytest.raises(ConfigurationError, match=name) as raised:
        cached(side).cache.mark_rejected(*arguments)
    assert raised.value.hint


def test_invalidate_discards_a_shared_record_from_a_host_whose_clock_is_ahead(side):
    store = FakeStore(side.clock)
    side.clock.jump(100)
    shared = side.pool([side.id_response(), side.credentials()]).use_store(store)
    assert generation(shared.get()) == 1
    side.clock.jump(-100)
    subject = side.pool([side.credentials(generation=2)]).use_store(store)
    assert generation(subject.get()) == 1
    subject.cache.invalidate()
    assert generation(subject.get()) == 2


# --- clocks that jump -------------------------------------------------------------------------------


def test_setting_the_wall_clock_back_does_not_prolong_credentials(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.jump(-7200)
    assert generation(subject.get()) == 1
    side.clock.advance(LIFETIME)
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


def test_setting_the_wall_clock_forward_causes_one_fetch(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.jump(7200)
    side.skew = -7200  # The service's clock stays the same.
    assert generation(subject.get()) == 2
    side.clock.advance(60)
    assert generation(subject.get()) == 2
    assert fetches(subject) == 2


def test_credentials_are_known_to_be_expired_after_a_suspension(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.jump(LIFETIME)  # The monotonic clock stands still.
    assert subject.cache.peek() is None
    assert generation(subject.get()) == 2


@pytest.mark.parametrize("skew", [-9000, 9000])
def test_a_machine_with_a_wrong_clock_refreshes_in_time(side, skew):
    side.skew = skew
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_EARLIEST - 1)
    subject.get()
    side.settle()
    assert fetches(subject) == 1
    side.clock.advance(ADVISORY_AT_LATEST - ADVISORY_AT_EARLIEST + 1)
    subject.get()
    side.settle()
    assert generation(subject.get()) == 2


# --- other lifetimes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lifetime", [1, 10, 60, 899, 43_200])
def test_credentials_of_any_lifetime_are_not_fetched_for_each_request(side, lifetime):
    subject = side.pool([side.id_response(), side.credentials(lifetime=lifetime)])
    for _ in range(5):
        subject.get()
        side.settle()
    assert fetches(subject) == 1


def test_without_a_date_header_credentials_expire_by_the_local_clock(side):
    response = credentials_response(expires_at=side.clock.now() + 100)
    subject = side.identity([response])
    first = subject.get()
    assert subject.get() is first


# --- credentials that expire before they are cached -------------------------------------------------


def delayed(side, delay, *later, lifetime=LIFETIME):
    """Return a provider that calls `delay` between checking a response and caching it.

    The first fetch calls `delay` through `on_identity_change`, because GetCredentialsForIdentity
    returns another identity ID than GetId.
    """
    return side.pool(
        [side.id_response(OTHER), side.credentials(lifetime=lifetime), *later],
        on_identity_change=side.adapt(lambda change: delay()),
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
        subject.use_store(store)
    error = subject.expect_error(ExpiredOnArrivalError, subject.get)
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
            side.id_response(),
            *[side.credentials(identity_id) for identity_id in (OTHER, IDENTITY) * 2],
        ],
        on_identity_change=side.adapt(lambda change: side.clock.jump(delays.pop(0))),
    )
    for number in range(1, 4):
        subject.expect_error(ExpiredOnArrivalError, lambda: subject.get(min_remaining))
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
            side.id_response(),
            side.credentials(),
            side.credentials(OTHER, lifetime=5, generation=2),
            side.credentials(OTHER, generation=3),
        ],
        on_identity_change=side.adapt(change),
    )
    first = subject.get()
    side.clock.advance(MANDATORY)
    assert subject.get() is first
    assert len(warnings(side)) == 1
    side.clock.advance(10)
    assert generation(subject.get()) == 3


@pytest.mark.parametrize("lifetime", [1, 60])
def test_expired_credentials_do_not_limit_min_remaining(side, lifetime):
    subject = side.pool(
        [side.id_response(), side.credentials(lifetime=lifetime), side.credentials(generation=2)]
    )
    subject.expect_error(ConfigurationError, lambda: subject.get(1800))
    subject.expect_error(ConfigurationError, lambda: subject.get(1800))
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

    subject = side.pool([side.id_response(), side.credentials(), side.credentials(generation=2)])
    subject.use_store(SlowStore(side.clock))
    subject.expect_error(ExpiredOnArrivalError, subject.get)
    assert generation(subject.get()) == 2


# --- closed -----------------------------------------------------------------------------------------


def test_a_closed_cache_raises_and_leaves_the_provider_open(side):
    subject = cached(side, side.credentials(generation=2))
    subject.close_cache()
    assert subject.cache.peek() is None
    assert "closed" in str(subject.expect_error(ConfigurationError, subject.get))
    assert generation(subject.fetch()) == 2


def test_a_closed_provider_does_not_fetch(side):
    subject = cached(side)
    subject.close()
    assert "closed" in str(subject.expect_error(ConfigurationError))
    subject.expect_error(ConfigurationError, subject.get)
    assert fetches(subject) == 1


def test_a_cache_closed_during_a_refresh_stays_empty(side):
    subject = cached(side, side.credentials(generation=2))
    side.clock.advance(ADVISORY_AT_LATEST)
    gate = side.hold_requests()
    subject.get()
    if side.is_sync:
        assert gate.arrived.acquire(timeout=10)
    subject.close_cache()
    side.settle()
    assert subject.cache.peek() is None
    subject.expect_error(ConfigurationError, subject.get)


def test_leaving_a_with_statement_closes_the_provider():
    with Side("sync") as side:
        with side.pool([]).provider as provider:
            pass
        with pytest.raises(ConfigurationError, match="closed"):
            provider()


def test_leaving_an_async_with_statement_closes_the_provider():
    async def program():
        async with side.pool([]).provider as provider:
            pass
        await provider()

    with Side("aio") as side, pytest.raises(ConfigurationError, match="closed"):
        side.run(program)
