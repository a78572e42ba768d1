"""Several processes, one store: each process is a provider with a cache of its own."""

from __future__ import annotations

import json

import pytest
from fake_store import AsyncFakeStore, BlockingStore, FakeStore
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    OPAQUE_TOKEN,
    OTHER,
    OTHER_POOL,
    POOL,
    ROLE,
    Side,
    Subject,
    Supplier,
    jwt,
)

from cognito_credentials import BasicFlow, RefreshPolicy, token_subject
from cognito_credentials._core.shared_fetch import LEASE_SECONDS, LOCK_WAIT_TIMEOUT_SECONDS
from cognito_credentials.errors import ConfigurationError, InternalErrorException, LoginTokenExpired
from cognito_credentials.testing import refusal

BOTH = [GET_ID, GET_CREDENTIALS]
LIFETIME = 3600
FAILS = refusal("InternalErrorException", "no", status=500)


@pytest.fixture
def store(side: Side) -> FakeStore:
    return FakeStore(side.clock)


def process(side: Side, store: FakeStore, *script, **arguments) -> Subject:
    """Return what another process would make; without a script it must not call the service."""
    return side.pool(list(script), **arguments).use_store(store)


def first(side: Side, store: FakeStore, *, lifetime=LIFETIME, **arguments) -> Subject:
    """Return a process that has fetched generation 1 and put it into the store."""
    subject = process(
        side, store, side.id_response(), side.credentials(lifetime=lifetime), **arguments
    )
    assert generation(subject.get()) == 1
    return subject


def generation(credentials):
    return int(credentials.access_key_id[-6:])


def warnings(side: Side) -> list[str]:
    return [line for line in side.log if line.startswith("WARNING")]


# --- one fetch for all ----------------------------------------------------------------------------


def test_a_second_process_calls_nothing(side: Side, store: FakeStore):
    ours = first(side, store)
    other = process(side, store)
    assert other.get() == ours.get()
    assert other.identity_id == ours.identity_id
    assert other.operations == []


def test_a_second_process_writes_nothing(side: Side, store: FakeStore):
    first(side, store)
    store.used.clear()
    process(side, store).get()
    assert set(store.used) == {"get"}


def test_the_store_is_asked_in_this_order(side: Side, store: FakeStore):
    first(side, store, cache={} if not side.is_awaitable else None)
    credentials = [name for name in store.used if name != "delete"]
    if not side.is_awaitable:  # there the identity id is in the store, too
        assert credentials == ["get", "lock", "get", "put", "release"]
    assert store.holders == {}


def test_what_is_put_carries_the_lease_that_it_was_fetched_under(side: Side, store: FakeStore):
    first(side, store)
    (key,) = store.of_kind("credentials")
    assert store.leases[key].key == key


def test_what_is_fetched_without_a_lease_is_put_without_one(side: Side, store: FakeStore):
    key = store_key(side, store)
    store.lock(key, 1e9)
    process(side, store, side.id_response(), side.credentials(generation=2)).get()
    assert store.leases[key] is None


@pytest.mark.parametrize(("random", "pause"), [(0.0, 0.01), (0.5, 0.02), (0.99, 0.0298)])
def test_a_crowd_does_not_ask_in_step(side: Side, store: FakeStore, random, pause):
    key = store_key(side, store)
    store.lock(key, 10)
    side.random = random
    process(side, store, side.id_response(), side.credentials(generation=2)).get()
    assert side.clock.slept[0] == pytest.approx(pause)
    assert max(side.clock.slept) <= 0.25 * 1.5


def test_who_waits_gets_what_the_holder_puts(side: Side, store: FakeStore):
    ours = first(side, store)
    record = dict(store.entries)
    store.entries.clear()
    key = next(key for key in record if key.startswith("credentials:"))
    lease = store.lock(key, 10)
    turns: list[int] = []

    def work():
        turns.append(1)
        if len(turns) == 4:
            store.entries.update(record)
            lease.release()

    store.on_contention = work
    waiter = process(side, store)
    assert waiter.get() == ours.get()
    assert waiter.operations == []
    assert sum(side.clock.slept) < 1


def test_who_waits_needs_the_credentials_and_not_the_lock(side: Side, store: FakeStore):
    """Its holder puts them, and dies before it releases the lock."""
    ours = first(side, store)
    record = dict(store.entries)
    store.entries.clear()
    store.lock(next(key for key in record if key.startswith("credentials:")), 10)
    store.on_contention = lambda: store.entries.update(record)
    waiter = process(side, store)
    assert waiter.get() == ours.get()
    assert sum(side.clock.slept) < 1


def test_who_waits_for_a_dead_holder_fetches_when_its_lease_is_over(side: Side, store: FakeStore):
    key = store_key(side, store)
    store.lock(key, LEASE_SECONDS)
    waiter = process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LEASE_SECONDS <= sum(side.clock.slept) < LEASE_SECONDS + 1
    assert warnings(side) == []


def test_nobody_waits_for_ever_for_a_holder_that_is_stuck(side: Side, store: FakeStore):
    key = store_key(side, store)
    store.lock(key, 1e9)
    waiter = process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LOCK_WAIT_TIMEOUT_SECONDS <= sum(side.clock.slept) < LOCK_WAIT_TIMEOUT_SECONDS + 1
    assert len(warnings(side)) == 1
    assert "held a lock" in warnings(side)[0]


def test_a_clock_that_is_set_back_does_not_prolong_the_wait(side: Side, store: FakeStore):
    key = store_key(side, store)
    store.lock(key, 1e9)
    store.on_contention = lambda: side.clock.jump(-1)
    waiter = process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LOCK_WAIT_TIMEOUT_SECONDS <= sum(side.clock.slept) < LOCK_WAIT_TIMEOUT_SECONDS + 1


def store_key(side: Side, store: FakeStore) -> str:
    """Return the key of a guest's credentials; nothing stays in the store."""
    first(side, store)
    (key,) = store.of_kind("credentials")
    store.entries.clear()
    side.clock.slept.clear()
    return key


@pytest.mark.parametrize("error", [FAILS])
def test_a_fetch_that_fails_gives_the_lock_back(side: Side, store: FakeStore, error):
    subject = process(side, store, side.id_response(), error, client_config={"max_attempts": 1})
    subject.expect_error(InternalErrorException, subject.get)
    assert store.holders == {}
    assert store.of_kind("credentials") == []


def test_a_blocking_store_serves_both_sides(side: Side):
    if side.is_awaitable:
        pytest.skip("an awaited store does not block")
    store = BlockingStore(side.clock)
    ours = first(side, store)
    assert process(side, store).get() == ours.get()


# --- when --------------------------------------------------------------------------------------------


def test_a_refresh_takes_what_another_has_fetched(side: Side, store: FakeStore):
    ours = first(side, store)
    side.clock.advance(LIFETIME - 1000)
    other = process(side, store, side.credentials(generation=2))
    # What is left is good enough to start with, and is renewed behind the caller's back.
    assert generation(other.get()) == 1
    other.get()
    side.settle()
    assert generation(other.get()) == 2
    ours.get()
    side.settle()
    assert generation(ours.get()) == 2
    assert other.operations == [GET_CREDENTIALS]
    assert ours.operations == BOTH


def test_the_last_minute_is_not_taken(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME - 60)
    assert generation(process(side, store, side.credentials(generation=2)).get()) == 2


def test_what_is_stored_goes_on_where_a_fetch_fails(side: Side, store: FakeStore):
    ours = first(side, store)
    side.clock.advance(LIFETIME - 30)
    late = process(side, store, FAILS, client_config={"max_attempts": 1})
    assert late.get() == ours.cache.peek()
    (warning,) = warnings(side)
    assert "internal-error" in warning
    assert "expire in 30 s" in warning
    side.clock.advance(31)
    late = process(side, store, FAILS, client_config={"max_attempts": 1})
    late.expect_error(InternalErrorException, late.get)


def test_who_asks_for_more_than_is_left_gets_new_ones(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME - 600)
    other = process(side, store, side.credentials(generation=2))
    assert generation(other.get(500)) == 1
    assert generation(other.get(900)) == 2


def test_who_comes_and_asks_for_more_than_is_left_gets_new_ones(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME - 600)
    assert generation(process(side, store, side.credentials(generation=2)).get(900)) == 2


def test_rejected_credentials_do_not_come_back_from_the_store(side: Side, store: FakeStore):
    ours = first(side, store)
    other = process(side, store, side.credentials(generation=2))
    rejected = other.get()
    side.clock.advance(1)
    other.cache.invalidate(rejected)
    assert generation(other.get()) == 2
    # And who had them too finds the newer ones there.
    ours.cache.invalidate(ours.get())
    assert generation(ours.get()) == 2
    assert ours.operations == BOTH


def test_invalidate_means_what_was_there_before_it(side: Side, store: FakeStore):
    first(side, store)
    other = process(side, store, side.credentials(generation=2))
    other.get()
    side.clock.advance(60)
    newer = process(side, store, side.credentials(generation=3))
    newer.cache.invalidate()
    assert generation(newer.get()) == 3
    other.cache.invalidate()
    assert generation(other.get()) == 2


def test_the_windows_are_those_of_the_whole_life(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME / 2)
    other = process(side, store)
    other.get()
    side.clock.advance(LIFETIME / 2 - 1200)
    other.get()
    side.settle()
    assert other.operations == []


def test_an_expired_login_does_not_take_away_what_is_stored(side: Side, store: FakeStore):
    token = jwt(exp=int(side.clock.now()) + 600)
    ours = first(side, store, logins={GOOGLE: token})
    side.clock.advance(1200)
    assert process(side, store, logins={GOOGLE: token}).get() == ours.get()


# --- whose -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "different",
    [
        {"user_identifier": "somebody"},
        {"logins": {GOOGLE: jwt()}},
        {"pool_id": OTHER_POOL},
        {"account_id": "123456789012"},
        {"client_config": {"endpoint_url": "https://elsewhere.example"}},
        {"custom_role_arn": ROLE},
        {"basic_flow": BasicFlow(role_arn=ROLE)},
    ],
    ids=lambda different: next(iter(different)),
)
def test_nothing_of_one_answers_for_another(side: Side, store: FakeStore, different):
    first(side, store)
    other = process(side, store, refusal("ResourceConflictException", "asked"), **different)
    with pytest.raises(Exception, match="asked"):
        other.get()


def test_users_are_told_apart_by_their_tokens(side: Side, store: FakeStore):
    alice, bob = jwt(sub="alice"), jwt(sub="bob")
    first(side, store, logins={GOOGLE: alice})
    other = process(
        side,
        store,
        side.id_response(OTHER),
        side.credentials(OTHER, generation=2),
        logins={GOOGLE: bob},
    )
    assert generation(other.get()) == 2
    assert len(store.of_kind("credentials")) == 2


def test_a_token_that_the_service_has_not_seen_costs_a_call(side: Side, store: FakeStore):
    """Anybody can write a subject into a token: only the service tells a forged one."""
    ours = {"logins": {GOOGLE: jwt(sub="alice", jti="1")}, "user_identifier": token_subject}
    forged = {"logins": {GOOGLE: jwt(sub="alice", jti="forged")}, "user_identifier": token_subject}
    first(side, store, **ours)
    refused = refusal(
        "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."
    )
    thief = process(side, store, refused, client_config={"max_attempts": 1}, **forged)
    with pytest.raises(Exception, match="verify"):
        thief.get()
    assert generation(process(side, store, **ours).get()) == 1


def test_each_device_of_a_user_is_accepted_once(side: Side, store: FakeStore):
    phone, laptop = (
        {"logins": {GOOGLE: jwt(sub="alice", jti=name)}, "user_identifier": token_subject}
        for name in ("phone", "laptop")
    )
    first(side, store, **phone)
    assert generation(process(side, store, side.credentials(generation=2), **laptop).get()) == 2
    assert generation(process(side, store, **phone).get()) == 2
    assert generation(process(side, store, **laptop).get()) == 2


def test_an_expired_token_has_no_part_in_what_was_fetched_since(side: Side, store: FakeStore):
    """Who finds an old token must not get, for ever, what newer ones bring."""
    now = int(side.clock.now())
    old = {"logins": {GOOGLE: jwt(sub="alice", exp=now + 600)}, "user_identifier": token_subject}
    new = {"logins": {GOOGLE: jwt(sub="alice", exp=now + 9000)}, "user_identifier": token_subject}
    first(side, store, **old)
    side.clock.advance(300)
    assert generation(process(side, store, side.credentials(generation=2), **new).get()) == 2
    side.clock.advance(400)
    assert generation(process(side, store, **old).get()) == 2, "fetched while it was accepted"
    later = process(side, store, side.credentials(generation=3), **new)
    later.cache.invalidate()
    assert generation(later.get()) == 3
    thief = process(side, store, refusal("NotAuthorizedException", "Token expired: 1 >= 0"), **old)
    thief.expect_error(LoginTokenExpired, thief.get)


def test_opaque_tokens_are_users_of_their_own(side: Side, store: FakeStore):
    first(side, store, logins={FACEBOOK: FACEBOOK_TOKEN})
    other = process(
        side,
        store,
        side.id_response(OTHER),
        side.credentials(OTHER, generation=2),
        logins={FACEBOOK: OPAQUE_TOKEN},
    )
    assert generation(other.get()) == 2


def test_the_token_that_was_taken_is_the_one_that_is_accepted(side: Side, store: FakeStore):
    """A supplier was asked again: what it gave first was refused as expired."""
    old, new = jwt(sub="alice", jti="old"), jwt(sub="alice", jti="new")
    supplier = side.adapt(Supplier(old, new))
    expired = refusal("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0")
    process(
        side,
        store,
        side.id_response(),
        expired,
        side.credentials(),
        logins={GOOGLE: supplier},
    ).get()
    assert generation(process(side, store, logins={GOOGLE: new}).get()) == 1


# --- identity ids ------------------------------------------------------------------------------------


def test_a_guest_stays_who_it_is_after_the_credentials_are_over(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME + 1)
    other = process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2
    assert other.operations == [GET_CREDENTIALS]
    (key,) = store.of_kind("identity-id")
    assert store.expiries[key] is None
    assert key.endswith(f"{POOL}:ANONYMOUS")


def test_a_store_may_be_the_cache_of_identity_ids_alone(side: Side, store: FakeStore):
    if side.is_awaitable:
        pytest.skip("the other two sides show it")
    side.pool([side.id_response(), side.credentials()], cache=store).fetch()
    other = side.pool([side.credentials(generation=2)], cache=store)
    assert generation(other.fetch()) == 2


def test_each_store_of_a_provider_has_its_identity_id(side: Side, store: FakeStore):
    subject = process(side, store, side.id_response(), side.credentials(), side.credentials())
    subject.get()
    other = FakeStore(side.clock)
    subject.use_store(other).get()
    assert other.of_kind("identity-id") == store.of_kind("identity-id") != []
    side.clock.advance(LIFETIME + 1)
    assert process(side, other, side.credentials(generation=2)).get()  # and no GetId


def test_a_store_has_the_identity_id_of_a_provider_that_has_fetched_before(
    side: Side, store: FakeStore
):
    subject = side.pool([side.id_response(), side.credentials(), side.credentials()])
    subject.fetch()
    subject.use_store(store).get()
    assert len(store.of_kind("identity-id")) == 1


def test_a_second_store_keeps_the_guest_that_it_has(side: Side, store: FakeStore):
    """It may be the guest of other hosts."""
    other = FakeStore(side.clock)
    first(side, other)
    (key,) = other.of_kind("identity-id")
    kept = other.entries[key]
    side.clock.advance(LIFETIME + 1)
    answers = side.id_response(OTHER), side.credentials(OTHER), side.credentials(OTHER)
    subject = process(side, store, *answers)
    assert subject.get().identity_id == OTHER
    assert subject.use_store(other).get().identity_id == OTHER
    assert other.entries[key] == kept


def test_a_provider_with_a_cache_of_identity_ids_may_have_any_stores(side: Side, store: FakeStore):
    subject = process(side, store, side.id_response(), side.credentials(), cache={})
    other = FakeStore(side.clock)
    assert subject.use_store(other).get()
    assert other.of_kind("identity-id") == []


@pytest.mark.parametrize("value", [b"", b"{", b'{"format":1}', b"\xff\xfe", b"[]", b"null"])
def test_an_identity_id_that_cannot_be_read_is_a_miss(side: Side, store: FakeStore, value):
    first(side, store)
    (key,) = store.of_kind("identity-id")
    store.entries.clear()
    store.entries[key] = value
    other = process(side, store, side.id_response(OTHER), side.credentials(OTHER, generation=2))
    assert generation(other.get()) == 2
    assert len(warnings(side)) == 1
    assert OTHER.encode() in store.entries[key]


# --- what is wrong with it ---------------------------------------------------------------------------


def corrupt(value: bytes, **changes) -> bytes:
    return json.dumps(json.loads(value) | changes).encode()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda value: value[:-20], "not JSON"),
        (lambda _: b"[1]", "not a JSON object"),
        (lambda value: corrupt(value, format=2), "another version"),
        (lambda value: corrupt(value, key="credentials:0"), "another pool, user or role"),
        (lambda value: corrupt(value, credentials={}), "missing or invalid"),
        (lambda value: corrupt(value, fetched_at="yesterday"), "missing or invalid"),
        (lambda value: corrupt(value, fetched_at=float("inf")), "missing or invalid"),
        (lambda value: corrupt(value, fetched_at=True), "missing or invalid"),
        (lambda value: corrupt(value, accepted=[1]), "missing or invalid"),
        (lambda value: corrupt(value, accepted=[""]), "missing or invalid"),
    ],
)
def test_a_record_that_cannot_be_read_is_a_miss_with_one_warning(
    side: Side, store: FakeStore, spoil, says
):
    first(side, store)
    (key,) = store.of_kind("credentials")
    store.entries[key] = spoil(store.entries[key])
    other = process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2
    assert len(warnings(side)) == 1
    assert says in warnings(side)[0]
    assert generation(process(side, store).get()) == 2


@pytest.mark.parametrize("broken", ["get", "lock", "put", "release", "get lock put release delete"])
def test_a_store_that_is_down_costs_only_the_sharing(side: Side, broken):
    store = FakeStore(side.clock, broken)
    first(side, store)
    assert len(warnings(side)) == (0 if broken == "release" else 1)
    assert all("OSError" in warning for warning in warnings(side))


def test_a_store_that_is_down_is_left_alone_and_asked_again(side: Side, store: FakeStore):
    store.broken = {"get", "lock", "put"}
    subject = process(
        side,
        store,
        side.id_response(),
        side.credentials(),
        side.credentials(generation=2),
        side.credentials(generation=3),
    )
    subject.get()
    assert store.used == ["get"], "for the identity id, too"
    side.clock.advance(5)
    subject.cache.invalidate()
    subject.get()
    assert store.used == ["get"]
    store.broken = set()
    side.clock.advance(6)
    subject.cache.invalidate()
    assert generation(subject.get()) == 3
    assert store.of_kind("credentials")
    assert len(warnings(side)) == 1


def test_a_store_that_can_be_read_and_not_written_is_one_outage(side: Side, store: FakeStore):
    store.broken = {"lock", "put"}
    generations = [side.credentials(generation=number) for number in (1, 2, 3)]
    subject = process(side, store, side.id_response(), *generations)
    for _ in range(3):
        subject.get()
        side.clock.advance(11)
        subject.cache.invalidate()
    assert len(warnings(side)) == 1
    assert store.used.count("lock") == 3


def test_a_store_that_can_be_read_only_serves_what_it_has(side: Side, store: FakeStore):
    ours = first(side, store)
    store.broken = {"lock", "put", "delete"}
    assert process(side, store).get() == ours.get()
    assert warnings(side) == []


@pytest.mark.parametrize("method", ["get", "lock"])
def test_a_mistake_in_a_store_is_told(side: Side, store: FakeStore, method):
    store.misconfigured = {method}
    subject = process(side, store)
    error = subject.expect_error(ConfigurationError, subject.get)
    assert "url needs a password" in str(error)


def test_a_mistake_in_a_store_that_has_worked_is_an_outage(side: Side, store: FakeStore):
    """A server whose password was changed must not take away everybody's credentials."""
    subject = process(
        side, store, side.id_response(), side.credentials(), side.credentials(generation=2)
    )
    subject.get()
    store.misconfigured = {"get", "put", "lock"}
    side.clock.advance(1)
    subject.cache.invalidate()
    assert generation(subject.get()) == 2
    (warning,) = warnings(side)
    assert "url needs a password" in warning


def cache_of(side: Side):
    """Return the class of caches, and that of brokers."""
    if side.is_sync:
        return side.module.CredentialsCache, side.module.CredentialBroker
    return side.module.AsyncCredentialsCache, side.module.AsyncCredentialBroker


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ({}, "^store must .* dict"),
        (FakeStore, r"^store must .* class FakeStore.*store=FakeStore\(\.\.\.\)"),
        (BlockingStore, "^store must .* class BlockingStore"),
    ],
)
def test_what_is_no_store_is_refused(side: Side, store, says):
    cache, broker = cache_of(side)
    provider = side.pool([]).provider
    with pytest.raises(ConfigurationError, match=says):
        cache(provider, store=store)
    assert provider._spec.exchange.identity_source.caches == []
    with pytest.raises(ConfigurationError, match=says):
        broker(POOL, store=store)


def test_an_awaited_store_is_refused_where_nothing_awaits(store: FakeStore):
    with Side("sync") as side:
        cache, broker = cache_of(side)
        provider = side.pool([]).provider
        with pytest.raises(ConfigurationError, match=r"^store must be synchronous"):
            cache(provider, store=AsyncFakeStore(store))
        assert provider._spec.exchange.identity_source.caches == []
        with pytest.raises(ConfigurationError, match=r"^store must be synchronous"):
            broker(POOL, store=AsyncFakeStore(store))


def test_what_is_no_provider_of_this_side_is_refused(side: Side):
    cache, _ = cache_of(side)
    with pytest.raises(ConfigurationError, match=r"^provider must .* not str"):
        cache(POOL)
    with pytest.raises(ConfigurationError, match=r"^provider must .* not the class"):
        cache(type(side.pool([]).provider))
    with Side("aio" if side.is_sync else "sync") as other:
        right = cache_of(other)[0].__name__
        with pytest.raises(ConfigurationError, match=f"^provider must .* or use {right}"):
            cache(other.pool([]).provider)


# --- clocks ------------------------------------------------------------------------------------------


def test_a_new_process_learns_from_the_store_that_this_clock_is_wrong(side: Side, store: FakeStore):
    side.skew = 7200.0
    first(side, store)
    (key,) = store.of_kind("credentials")
    # By this machine's clock, which the store goes by.
    assert store.expiries[key] == pytest.approx(side.clock.now() + LIFETIME, abs=2)
    side.clock.advance(LIFETIME + 10)
    other = process(side, store, side.credentials(generation=2))
    # By this clock alone the credentials would live for two hours more.
    assert generation(other.get()) == 2


def test_a_store_of_many_hosts_says_nothing_of_this_clock(side: Side, store: FakeStore):
    side.skew = 7200.0
    store.is_local = False
    first(side, store)
    (key,) = store.of_kind("credentials")
    # By the service's clock, which is the only one that hosts have in common.
    assert store.expiries[key] == pytest.approx(side.clock.now() + 7200 + LIFETIME, abs=2)
    other = process(side, store)
    assert generation(other.get()) == 1
    assert other.provider._spec.exchange.client.skew is None


def test_who_knows_the_service_s_clock_does_not_learn_it_from_the_store(
    side: Side, store: FakeStore
):
    ours = first(side, store)
    (key,) = store.of_kind("credentials")
    newer = json.loads(store.entries[key])["fetched_at"] + 10
    store.entries[key] = corrupt(store.entries[key], skew=5000.0, fetched_at=newer)
    ours.cache.invalidate()
    ours.get()
    assert ours.operations == BOTH
    assert ours.provider._spec.exchange.client.skew == pytest.approx(0, abs=2)


def test_a_policy_is_for_what_others_fetched_as_well(side: Side, store: FakeStore):
    first(side, store)
    side.clock.advance(LIFETIME - 300)
    policy = RefreshPolicy(mandatory_refresh_window=400, advisory_refresh_window=1000)
    other = side.pool([side.credentials(generation=2)]).use_store(store, policy)
    assert generation(other.get()) == 2
