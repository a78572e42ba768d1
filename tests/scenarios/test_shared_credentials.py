"""Processes that share a store, each simulated by a provider with its own cache."""

from __future__ import annotations

import json

import fake_store
import pytest
from fake_store import AsyncFakeStore, BlockingStore, FakeStore
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
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

from cognito_credentials import BasicFlow, RefreshPolicy, aio, token_subject
from cognito_credentials._base.provider import get_spec
from cognito_credentials._core.identity_id_keys import GUEST, format_store_key
from cognito_credentials._core.records import encode_identity_id
from cognito_credentials._core.shared_fetch import LEASE_SECONDS, LOCK_WAIT_TIMEOUT_SECONDS
from cognito_credentials.errors import (
    ConfigurationError,
    InternalErrorException,
    LoginTokenExpired,
    TransportError,
)
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import error_response

BOTH_CALLS = [GET_ID, GET_CREDENTIALS]
LIFETIME = 3600
INTERNAL_ERROR = error_response("InternalErrorException", "no", status=500)


@pytest.fixture
def store(side: Side) -> FakeStore:
    return FakeStore(side.clock)


def start_process(side: Side, store: FakeStore, *script, **arguments) -> Subject:
    """Return a simulated process; without a script, it must not call the service."""
    return side.pool(list(script), **arguments).use_store(store)


def fetch_first(side: Side, store: FakeStore, *, lifetime=LIFETIME, **arguments) -> Subject:
    """Return a process that has fetched and stored credentials of generation 1."""
    subject = start_process(
        side, store, side.id_response(), side.credentials(lifetime=lifetime), **arguments
    )
    assert generation(subject.get()) == 1
    return subject


def generation(credentials):
    return int(credentials.access_key_id[-6:])


def warnings(side: Side) -> list[str]:
    return [line for line in side.log if line.startswith("WARNING")]


# --- one fetch for all ----------------------------------------------------------------------------


def test_a_second_process_does_not_call_the_service(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    other = start_process(side, store)
    assert other.get() == ours.get()
    assert other.identity_id == ours.identity_id
    assert other.operations == []


def test_a_second_process_only_reads_the_store(side: Side, store: FakeStore):
    fetch_first(side, store)
    store.used.clear()
    start_process(side, store).get()
    assert set(store.used) == {"get"}


def test_the_order_of_the_calls_of_the_store(side: Side, store: FakeStore):
    fetch_first(side, store, cache={} if not side.is_awaitable else None)
    calls = [name for name in store.used if name != "delete"]
    if not side.is_awaitable:  # Without `cache`, the store is also called for the identity ID.
        assert calls == ["get", "lock", "get", "put", "release"]
    assert store.holders == {}


def test_credentials_are_stored_with_the_lease_of_their_fetch(side: Side, store: FakeStore):
    fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    assert store.leases[key].key == key


def test_credentials_that_were_fetched_without_a_lease_are_stored_without_one(
    side: Side, store: FakeStore
):
    key = get_guest_key(side, store)
    store.lock(key, 1e9)
    start_process(side, store, side.id_response(), side.credentials(generation=2)).get()
    assert store.leases[key] is None


@pytest.mark.parametrize(("random", "pause"), [(0.0, 0.01), (0.5, 0.02), (0.99, 0.0298)])
def test_processes_do_not_poll_the_store_in_step(side: Side, store: FakeStore, random, pause):
    key = get_guest_key(side, store)
    store.lock(key, 10)
    side.random = random
    start_process(side, store, side.id_response(), side.credentials(generation=2)).get()
    assert side.clock.slept[0] == pytest.approx(pause)
    assert max(side.clock.slept) <= 0.25 * 1.5


def test_a_waiting_process_gets_the_credentials_of_the_lock_holder(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
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
    waiter = start_process(side, store)
    assert waiter.get() == ours.get()
    assert waiter.operations == []
    assert sum(side.clock.slept) < 1


def test_a_waiting_process_needs_the_credentials_but_not_the_lock(side: Side, store: FakeStore):
    """The process with the lock stores the credentials, but dies before it releases the lock."""
    ours = fetch_first(side, store)
    record = dict(store.entries)
    store.entries.clear()
    store.lock(next(key for key in record if key.startswith("credentials:")), 10)
    store.on_contention = lambda: store.entries.update(record)
    waiter = start_process(side, store)
    assert waiter.get() == ours.get()
    assert sum(side.clock.slept) < 1


def test_a_waiting_process_fetches_when_the_lease_of_a_dead_holder_expires(
    side: Side, store: FakeStore
):
    key = get_guest_key(side, store)
    store.lock(key, LEASE_SECONDS)
    waiter = start_process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LEASE_SECONDS <= sum(side.clock.slept) < LEASE_SECONDS + 1
    assert warnings(side) == []


def test_a_process_does_not_wait_forever_for_a_holder_that_hangs(side: Side, store: FakeStore):
    key = get_guest_key(side, store)
    store.lock(key, 1e9)
    waiter = start_process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LOCK_WAIT_TIMEOUT_SECONDS <= sum(side.clock.slept) < LOCK_WAIT_TIMEOUT_SECONDS + 1
    assert len(warnings(side)) == 1


def test_a_clock_that_is_set_back_does_not_prolong_the_wait(side: Side, store: FakeStore):
    key = get_guest_key(side, store)
    store.lock(key, 1e9)
    store.on_contention = lambda: side.clock.jump(-1)
    waiter = start_process(side, store, side.id_response(), side.credentials(generation=2))
    assert generation(waiter.get()) == 2
    assert LOCK_WAIT_TIMEOUT_SECONDS <= sum(side.clock.slept) < LOCK_WAIT_TIMEOUT_SECONDS + 1


def get_guest_key(side: Side, store: FakeStore) -> str:
    """Return the key for a guest's credentials, and empty the store."""
    fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    store.entries.clear()
    side.clock.slept.clear()
    return key


def test_a_failed_fetch_releases_the_lock(side: Side, store: FakeStore):
    subject = start_process(
        side, store, side.id_response(), INTERNAL_ERROR, client_config={"max_attempts": 1}
    )
    subject.expect_error(InternalErrorException, subject.get)
    assert store.holders == {}
    assert store.of_kind("credentials") == []


def test_a_blocking_store_works_on_both_sides(side: Side):
    if side.is_awaitable:
        pytest.skip("covered by the other two sides")
    store = BlockingStore(side.clock)
    ours = fetch_first(side, store)
    assert start_process(side, store).get() == ours.get()


# --- freshness --------------------------------------------------------------------------------------------


def test_a_refresh_returns_the_credentials_of_another_process(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    side.clock.advance(LIFETIME - 1000)
    other = start_process(side, store, side.credentials(generation=2))
    # The stored credentials are still valid, and are refreshed in the background.
    assert generation(other.get()) == 1
    other.get()
    side.settle()
    assert generation(other.get()) == 2
    ours.get()
    side.settle()
    assert generation(ours.get()) == 2
    assert other.operations == [GET_CREDENTIALS]
    assert ours.operations == BOTH_CALLS


def test_stored_credentials_in_the_mandatory_window_are_not_used(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME - 60)
    assert generation(start_process(side, store, side.credentials(generation=2)).get()) == 2


def test_stored_credentials_are_used_if_the_fetch_fails(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    side.clock.advance(LIFETIME - 30)
    late = start_process(side, store, INTERNAL_ERROR, client_config={"max_attempts": 1})
    assert late.get() == ours.cache.peek()
    (warning,) = warnings(side)
    assert "internal-error" in warning
    assert "expire in 30 s" in warning
    side.clock.advance(31)
    late = start_process(side, store, INTERNAL_ERROR, client_config={"max_attempts": 1})
    late.expect_error(InternalErrorException, late.get)


def test_a_caller_that_needs_more_time_gets_new_credentials(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME - 600)
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get(500)) == 1
    assert generation(other.get(900)) == 2


def test_a_new_process_that_needs_more_time_gets_new_credentials(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME - 600)
    assert generation(start_process(side, store, side.credentials(generation=2)).get(900)) == 2


def test_rejected_credentials_are_not_read_from_the_store_again(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    other = start_process(side, store, side.credentials(generation=2))
    rejected = other.get()
    side.clock.advance(1)
    other.cache.mark_rejected(rejected.access_key_id)
    assert generation(other.get()) == 2
    # The first process gets the newer credentials from the store.
    ours.cache.mark_rejected(ours.get().access_key_id)
    assert generation(ours.get()) == 2
    assert ours.operations == BOTH_CALLS


def test_a_process_that_starts_during_the_fetch_does_not_use_rejected_credentials(
    side: Side, store: FakeStore
):
    entries_during_fetch = {}

    def respond(request):
        entries_during_fetch.update(store.entries)
        return side.credentials(generation=2)(request)

    fetch_first(side, store)
    ours = start_process(side, store, respond)
    ours.cache.mark_rejected(ours.get().access_key_id)
    assert generation(ours.get()) == 2
    store.entries = entries_during_fetch
    later = start_process(side, store, side.credentials(generation=3))
    assert generation(later.get()) == 3


def test_rejected_credentials_in_the_store_are_used_only_if_no_others_can_be_fetched(
    side: Side, store: FakeStore
):
    failing = {"client_config": {"max_attempts": 1}}
    fetch_first(side, store)
    ours = start_process(side, store, INTERNAL_ERROR, **failing)
    rejected = ours.get()
    ours.cache.mark_rejected(rejected.access_key_id)
    assert ours.get() == rejected
    # The fetch failed, so the store still contains the rejected credentials.
    other = start_process(side, store, INTERNAL_ERROR, side.credentials(generation=2), **failing)
    assert other.get() == rejected
    assert other.operations == [GET_CREDENTIALS]
    side.clock.advance(9)
    assert generation(other.get()) == 2
    side.clock.advance(9)
    assert generation(ours.get()) == 2
    assert ours.operations == [GET_CREDENTIALS]


def test_rejected_credentials_are_not_restored_as_good_ones(side: Side, store: FakeStore):
    fetch_first(side, store)
    ours = start_process(side, store, INTERNAL_ERROR, client_config={"max_attempts": 1})
    ours.cache.mark_rejected(ours.get().access_key_id)
    ours.get()
    for key in store.of_kind("credentials"):
        del store.entries[key]
    side.clock.advance(2)
    ours.get()  # This call detects that the store has lost the credentials.
    side.settle()
    assert len(store.of_kind("credentials")) == 1
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2


def test_invalidate_accepts_records_that_are_stored_later(side: Side, store: FakeStore):
    fetch_first(side, store)
    other = start_process(side, store, side.credentials(generation=2))
    other.get()
    side.clock.advance(60)
    newer = start_process(side, store, side.credentials(generation=3))
    newer.cache.invalidate()
    assert generation(newer.get()) == 3
    other.cache.invalidate()
    assert generation(other.get()) == 2


def test_windows_depend_on_the_whole_lifetime(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME / 2)
    other = start_process(side, store)
    other.get()
    side.clock.advance(LIFETIME / 2 - 1200)
    other.get()
    side.settle()
    assert other.operations == []


def test_stored_credentials_remain_usable_after_the_login_token_expired(
    side: Side, store: FakeStore
):
    token = jwt(exp=int(side.clock.now()) + 600)
    ours = fetch_first(side, store, logins={GOOGLE: token})
    side.clock.advance(1200)
    assert start_process(side, store, logins={GOOGLE: token}).get() == ours.get()


# --- users -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "different",
    [
        {"user_identifier": "another user"},
        {"logins": {GOOGLE: jwt()}},
        {"pool_id": OTHER_POOL},
        {"account_id": "123456789012"},
        {"client_config": {"endpoint_url": "https://other.example"}},
        {"custom_role_arn": ROLE},
        {"basic_flow": BasicFlow(role_arn=ROLE)},
    ],
    ids=lambda different: next(iter(different)),
)
def test_credentials_are_shared_only_with_the_same_configuration(
    side: Side, store: FakeStore, different
):
    fetch_first(side, store)
    other = start_process(
        side, store, error_response("ResourceConflictException", "called"), **different
    )
    with pytest.raises(Exception, match="called"):
        other.get()


def test_users_are_distinguished_by_their_tokens(side: Side, store: FakeStore):
    alice, bob = jwt(sub="alice"), jwt(sub="bob")
    fetch_first(side, store, logins={GOOGLE: alice})
    other = start_process(
        side,
        store,
        side.id_response(OTHER),
        side.credentials(OTHER, generation=2),
        logins={GOOGLE: bob},
    )
    assert generation(other.get()) == 2
    assert len(store.of_kind("credentials")) == 2


def test_a_token_that_the_service_has_not_accepted_causes_a_call(side: Side, store: FakeStore):
    """Any caller can forge a token for any subject, and only the service detects the forgery."""
    ours = {"logins": {GOOGLE: jwt(sub="alice", jti="1")}, "user_identifier": token_subject}
    forged = {"logins": {GOOGLE: jwt(sub="alice", jti="forged")}, "user_identifier": token_subject}
    fetch_first(side, store, **ours)
    rejection = error_response(
        "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."
    )
    attacker = start_process(side, store, rejection, client_config={"max_attempts": 1}, **forged)
    with pytest.raises(Exception, match="verify"):
        attacker.get()
    assert generation(start_process(side, store, **ours).get()) == 1


def test_the_token_of_each_device_is_checked_once(side: Side, store: FakeStore):
    phone, laptop = (
        {"logins": {GOOGLE: jwt(sub="alice", jti=name)}, "user_identifier": token_subject}
        for name in ("phone", "laptop")
    )
    fetch_first(side, store, **phone)
    assert (
        generation(start_process(side, store, side.credentials(generation=2), **laptop).get()) == 2
    )
    assert generation(start_process(side, store, **phone).get()) == 2
    assert generation(start_process(side, store, **laptop).get()) == 2


def test_an_expired_token_does_not_get_credentials_that_were_fetched_later(
    side: Side, store: FakeStore
):
    """Otherwise, a stolen token would forever give access to the credentials that newer tokens fetch."""
    now = int(side.clock.now())
    old = {"logins": {GOOGLE: jwt(sub="alice", exp=now + 600)}, "user_identifier": token_subject}
    new = {"logins": {GOOGLE: jwt(sub="alice", exp=now + 9000)}, "user_identifier": token_subject}
    fetch_first(side, store, **old)
    side.clock.advance(300)
    assert generation(start_process(side, store, side.credentials(generation=2), **new).get()) == 2
    side.clock.advance(400)
    assert generation(start_process(side, store, **old).get()) == 2, (
        "the credentials were fetched while the old token was accepted"
    )
    later = start_process(side, store, side.credentials(generation=3), **new)
    later.cache.invalidate()
    assert generation(later.get()) == 3
    attacker = start_process(
        side, store, error_response("NotAuthorizedException", "Token expired: 1 >= 0"), **old
    )
    attacker.expect_error(LoginTokenExpired, attacker.get)


def test_each_opaque_token_counts_as_a_user(side: Side, store: FakeStore):
    fetch_first(side, store, logins={FACEBOOK: FACEBOOK_TOKEN})
    other = start_process(
        side,
        store,
        side.id_response(OTHER),
        side.credentials(OTHER, generation=2),
        logins={FACEBOOK: OPAQUE_TOKEN},
    )
    assert generation(other.get()) == 2


def test_the_accepted_token_is_the_one_that_the_service_accepted_in_the_end(
    side: Side, store: FakeStore
):
    """The service rejects the first token as expired, so the supplier is called again."""
    old, new = jwt(sub="alice", jti="old"), jwt(sub="alice", jti="new")
    supplier = side.adapt(Supplier(old, new))
    expired = error_response("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0")
    start_process(
        side,
        store,
        side.id_response(),
        expired,
        side.credentials(),
        logins={GOOGLE: supplier},
    ).get()
    assert generation(start_process(side, store, logins={GOOGLE: new}).get()) == 1


# --- identity IDs ------------------------------------------------------------------------------------


def test_a_guest_retains_its_identity_after_the_credentials_expired(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME + 1)
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2
    assert other.operations == [GET_CREDENTIALS]
    (key,) = store.of_kind("identity-id")
    assert store.expiries[key] is None
    assert key == f"identity-id:{POOL}"


def test_a_process_whose_lease_was_overtaken_adopts_the_later_credentials(
    side: Side, store: FakeStore
):
    fetch_first(side, store)
    stored = dict(store.entries)
    store.entries.clear()
    side.clock.advance(1)

    def is_overtaken(key, lease):
        if key.startswith("credentials:"):
            store.entries.update(stored)
        return key.startswith("credentials:")

    store.is_overtaken = is_overtaken
    late = start_process(
        side, store, side.id_response(OTHER), side.credentials(OTHER, generation=2)
    )
    credentials = late.get()
    assert (generation(credentials), credentials.identity_id) == (1, IDENTITY)
    assert late.identity_id == IDENTITY
    assert IDENTITY in store.entries[store.of_kind("identity-id")[0]].decode()


def test_a_process_uses_its_credentials_if_the_store_discards_them_and_has_none(
    side: Side, store: FakeStore
):
    store.is_overtaken = lambda key, lease: True
    fetch_first(side, store)


class Flaky(FakeStore):
    """Store whose next `failures` reads fail."""

    failures = 0

    def get(self, key):
        if self.failures:
            self.failures -= 1
            self.used.append("get")
            raise OSError("the store is busy")
        return super().get(key)


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_guest_retains_its_identity_if_a_read_of_the_store_fails(side: Side, failures):
    """The first failed read is for the credentials; the others are for the identity ID."""
    store = Flaky(side.clock)
    fetch_first(side, store)
    side.clock.advance(LIFETIME + 1)
    store.failures = failures
    other = start_process(side, store, side.credentials(generation=2))
    assert other.get().identity_id == IDENTITY
    assert other.operations == [GET_CREDENTIALS]
    assert sum(side.clock.slept) < 0.1


def test_a_guest_retains_its_identity_if_the_store_failed_shortly_before(
    side: Side, store: FakeStore
):
    fetch_first(side, store)
    (credentials_key,) = store.of_kind("credentials")
    del store.entries[credentials_key]
    other = start_process(side, store, side.credentials(generation=2))
    store.broken = {"get"}
    original, side.clock.sleep = side.clock.sleep, lambda s: (store.broken.clear(), original(s))
    assert other.get().identity_id == IDENTITY
    assert other.operations == [GET_CREDENTIALS]


def test_a_guest_adopts_the_identity_id_that_was_stored_during_get_id(side: Side, store: FakeStore):
    fetch_first(side, store)
    (key,) = store.of_kind("identity-id")
    value = store.entries.pop(key)

    def respond(request):
        store.entries[key] = value
        return side.id_response(OTHER)(request)

    # The processes share only identity IDs, so no lock prevents the race.
    cache = AsyncFakeStore(store) if side.is_awaitable else store
    late = side.pool([respond, side.credentials(generation=2)], cache=cache)
    assert late.fetch().identity_id == IDENTITY
    assert late.calls[-1] == (GET_CREDENTIALS, {"IdentityId": IDENTITY})
    assert store.entries[key] == value


def test_a_failed_write_of_a_new_identity_id_is_retried(side: Side):
    class Busy(FakeStore):
        failures = 2

        def put(self, key, value, **options):
            if key.startswith("identity-id:") and self.failures:
                self.failures -= 1
                raise OSError("the store is busy")
            super().put(key, value, **options)

    store = Busy(side.clock)
    fetch_first(side, store)
    assert store.of_kind("identity-id")


def test_a_provider_writes_the_identity_id_back_with_its_next_fetch(side: Side, store: FakeStore):
    ours = start_process(
        side, store, side.id_response(), *(side.credentials(generation=n) for n in (1, 2, 3))
    )
    ours.get()
    store.entries.clear()
    ours.fetch()
    assert store.of_kind("identity-id")
    other = start_process(side, store, side.credentials(generation=4))
    assert other.get().identity_id == IDENTITY


@pytest.mark.parametrize("lost", ["all", "identity-id", "credentials"])
def test_the_next_use_stores_the_cached_records_again(side: Side, store: FakeStore, lost):
    """If a store loses its data, processes restore the records that they have cached."""
    ours = fetch_first(side, store)
    stored = dict(store.entries)
    for key in stored:
        if lost == "all" or key.startswith(lost):
            del store.entries[key]
    side.clock.advance(1)
    assert generation(ours.get()) == 1
    side.settle()
    assert store.entries == stored
    other = start_process(side, store)
    assert generation(other.get()) == 1


def test_the_next_use_does_not_replace_records_of_another_process(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    store.entries.clear()
    other = start_process(
        side, store, side.id_response(OTHER), side.credentials(OTHER, generation=2)
    )
    other.get()
    stored = dict(store.entries)
    side.clock.advance(1)
    assert generation(ours.get()) == 1
    side.settle()
    assert store.entries == stored


def test_the_next_use_leaves_the_credentials_to_a_process_that_is_fetching(
    side: Side, store: FakeStore
):
    ours = fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    store.entries.clear()
    assert store.lock(key, 100)
    side.clock.advance(1)
    ours.get()
    side.settle()
    assert store.of_kind("identity-id")
    assert not store.of_kind("credentials")


def test_a_use_of_cached_credentials_reads_the_store_once_a_second(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    store.used.clear()
    for _ in range(3):
        for _ in range(5):
            ours.get()
            side.settle()
        side.clock.advance(1)
    assert store.used == ["get", "get"] * 2, "each check must read the ID and the credentials"


def test_discarded_credentials_are_not_written_back(side: Side, store: FakeStore):
    ours = start_process(
        side, store, side.id_response(), side.credentials(), side.credentials(generation=2)
    )
    ours.get()
    store.entries.clear()
    ours.cache.invalidate()
    side.clock.advance(1)
    assert generation(ours.get()) == 2


def test_an_unavailable_store_does_not_affect_uses_of_cached_credentials(
    side: Side, store: FakeStore
):
    ours = fetch_first(side, store)
    store.broken = {"get", "put", "lock"}
    for _ in range(5):
        side.clock.advance(3)
        assert generation(ours.get()) == 1
        side.settle()
    assert len(warnings(side)) == 1
    store.broken = set()
    store.entries.clear()
    side.clock.advance(11)
    ours.get()
    side.settle()
    assert store.of_kind("identity-id")
    assert store.of_kind("credentials")


def test_a_guest_adopts_the_identity_id_of_a_store_that_was_unavailable(
    side: Side, store: FakeStore
):
    """The new identity ID must not replace the stored one, which other processes use."""
    fetch_first(side, store)
    store.broken = {"get", "put", "lock"}
    store.is_local = False
    late = start_process(
        side,
        store,
        side.id_response(OTHER),
        side.credentials(OTHER, generation=2),
        side.credentials(generation=3),
    )
    assert late.get().identity_id == OTHER
    store.broken = set()
    side.clock.advance(LIFETIME + 1)
    assert late.get().identity_id == IDENTITY
    assert IDENTITY in store.entries[store.of_kind("identity-id")[0]].decode()


def test_a_store_can_be_only_a_cache_of_identity_ids(side: Side, store: FakeStore):
    if side.is_awaitable:
        pytest.skip("covered by the other two sides")
    side.pool([side.id_response(), side.credentials()], cache=store).fetch()
    other = side.pool([side.credentials(generation=2)], cache=store)
    assert generation(other.fetch()) == 2


def test_each_store_of_a_provider_gets_its_identity_id(side: Side, store: FakeStore):
    subject = start_process(side, store, side.id_response(), side.credentials(), side.credentials())
    subject.get()
    other = FakeStore(side.clock)
    subject.use_store(other).get()
    assert other.of_kind("identity-id") == store.of_kind("identity-id") != []
    side.clock.advance(LIFETIME + 1)
    assert start_process(side, other, side.credentials(generation=2)).get()  # GetId is not called.


def test_a_store_gets_the_identity_id_of_a_provider_that_has_fetched_before(
    side: Side, store: FakeStore
):
    subject = side.pool([side.id_response(), side.credentials(), side.credentials()])
    subject.fetch()
    subject.use_store(store).get()
    assert len(store.of_kind("identity-id")) == 1


def test_a_second_store_retains_its_own_identity_id(side: Side, store: FakeStore):
    """Other hosts may use the identity ID in the second store."""
    other = FakeStore(side.clock)
    fetch_first(side, other)
    (key,) = other.of_kind("identity-id")
    former = other.entries[key]
    side.clock.advance(LIFETIME + 1)
    responses = side.id_response(OTHER), side.credentials(OTHER), side.credentials(OTHER)
    subject = start_process(side, store, *responses)
    assert subject.get().identity_id == OTHER
    assert subject.use_store(other).get().identity_id == OTHER
    assert other.entries[key] == former


def test_an_identity_id_in_the_second_store_is_written_to_the_first(side: Side, store: FakeStore):
    other = FakeStore(side.clock)
    fetch_first(side, other)
    side.clock.advance(LIFETIME + 1)
    subject = start_process(side, store, side.credentials(generation=2)).use_store(other)
    assert subject.get().identity_id == IDENTITY
    assert subject.operations == [GET_CREDENTIALS]
    (key,) = store.of_kind("identity-id")
    assert store.entries[key] == other.entries[key]


def test_an_identity_id_that_is_stored_during_get_id_is_written_to_the_other_stores(side: Side):
    key = format_store_key(POOL, GUEST)
    value = encode_identity_id(key, OTHER)
    stores = first, second, third = [FakeStore(side.clock) for _ in range(3)]

    def respond(request):
        second.entries[key] = value
        return side.id_response()(request)

    subject = start_process(side, first, respond, side.credentials(OTHER))
    assert subject.use_store(second).use_store(third).get().identity_id == OTHER
    assert [store.entries[key] for store in stores] == [value] * 3


def test_a_process_that_finds_credentials_writes_a_lost_identity_id(side: Side, store: FakeStore):
    fetch_first(side, store)
    (key,) = store.of_kind("identity-id")
    value = store.entries.pop(key)
    assert generation(start_process(side, store).get()) == 1
    assert store.entries[key] == value


def test_processes_with_the_same_fixed_identity_id_share_credentials(side: Side, store: FakeStore):
    logins = {FACEBOOK: FACEBOOK_TOKEN}
    ours = side.identity([side.credentials()], logins=logins).use_store(store)
    credentials = ours.get()
    assert list(store.entries) == store.of_kind("credentials"), "the caller knows the identity ID"
    same = side.identity([], logins=logins).use_store(store)
    assert same.get() == credentials
    assert same.operations == []
    another = side.identity([side.credentials(OTHER, generation=2)], OTHER, logins=logins)
    assert generation(another.use_store(store).get()) == 2
    (key, _) = store.entries
    store.entries.clear()
    side.clock.advance(1)
    assert ours.get() == credentials
    side.settle()
    assert list(store.entries) == [key]
    assert ours.operations == [GET_CREDENTIALS]


def test_stores_get_no_identity_id_if_the_provider_has_a_cache(side: Side, store: FakeStore):
    subject = start_process(side, store, side.id_response(), side.credentials(), cache={})
    other = FakeStore(side.clock)
    assert subject.use_store(other).get()
    assert other.of_kind("identity-id") == []


@pytest.mark.parametrize("value", [b"", b"{", b'{"format":1}', b"\xff\xfe", b"[]", b"null"])
def test_an_unreadable_identity_id_counts_as_missing(side: Side, store: FakeStore, value):
    fetch_first(side, store)
    (key,) = store.of_kind("identity-id")
    store.entries.clear()
    store.entries[key] = value
    other = start_process(
        side, store, side.id_response(OTHER), side.credentials(OTHER, generation=2)
    )
    assert generation(other.get()) == 2
    assert len(warnings(side)) == 1
    assert OTHER.encode() in store.entries[key]


# --- failures ---------------------------------------------------------------------------


def corrupt(value: bytes, **changes) -> bytes:
    return json.dumps(json.loads(value) | changes).encode()


@pytest.mark.parametrize(
    ("damage", "reason"),
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
def test_an_unreadable_record_counts_as_missing_and_is_logged_once(
    side: Side, store: FakeStore, damage, reason
):
    fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    store.entries[key] = damage(store.entries[key])
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2
    assert len(warnings(side)) == 1
    assert reason in warnings(side)[0]
    assert generation(start_process(side, store).get()) == 2


@pytest.mark.parametrize("broken", ["get", "lock", "put", "release", "get lock put release delete"])
def test_an_unavailable_store_only_prevents_sharing(side: Side, broken):
    store = FakeStore(side.clock, broken)
    fetch_first(side, store)
    assert len(warnings(side)) == (0 if broken == "release" else 1)
    assert all("OSError" in warning for warning in warnings(side))


def test_an_unavailable_store_is_not_called_for_a_while(side: Side, store: FakeStore):
    store.broken = {"get", "lock", "put"}
    subject = start_process(
        side,
        store,
        side.id_response(),
        side.credentials(),
        side.credentials(generation=2),
        side.credentials(generation=3),
    )
    subject.get()
    # The credentials are read once. The identity ID is read with three attempts before GetId and
    # three attempts after GetId.
    assert store.used == ["get"] * 7
    side.clock.advance(5)
    subject.cache.invalidate()
    subject.get()
    assert store.used == ["get"] * 7
    store.broken = set()
    side.clock.advance(6)
    subject.cache.invalidate()
    assert generation(subject.get()) == 3
    assert store.of_kind("credentials")
    assert len(warnings(side)) == 1


def test_a_read_only_store_is_logged_once(side: Side, store: FakeStore):
    store.broken = {"lock", "put"}
    generations = [side.credentials(generation=number) for number in (1, 2, 3)]
    subject = start_process(side, store, side.id_response(), *generations)
    for _ in range(3):
        subject.get()
        side.clock.advance(11)
        subject.cache.invalidate()
    assert len(warnings(side)) == 1
    assert store.used.count("lock") == 3


def test_a_read_only_store_returns_its_credentials(side: Side, store: FakeStore):
    ours = fetch_first(side, store)
    store.broken = {"lock", "put", "delete"}
    assert start_process(side, store).get() == ours.get()
    assert warnings(side) == []


@pytest.mark.parametrize("method", ["get", "lock"])
def test_a_configuration_error_of_a_store_is_raised(side: Side, store: FakeStore, method):
    store.misconfigured = {method}
    subject = start_process(side, store)
    error = subject.expect_error(ConfigurationError, subject.get)
    assert "password" in str(error)


def test_a_configuration_error_of_a_store_that_has_worked_is_an_outage(
    side: Side, store: FakeStore
):
    """For example, credentials must remain available after the server's password was changed."""
    subject = start_process(
        side, store, side.id_response(), side.credentials(), side.credentials(generation=2)
    )
    subject.get()
    store.misconfigured = {"get", "put", "lock"}
    side.clock.advance(1)
    subject.cache.invalidate()
    assert generation(subject.get()) == 2
    (warning,) = warnings(side)
    assert "password" in warning


def test_a_configuration_error_after_credentials_of_the_store_is_an_outage(
    side: Side, store: FakeStore
):
    """A process that has only read from the store has not yet called the method that fails."""
    fetch_first(side, store)
    reader = start_process(side, store, side.credentials(generation=2))
    assert generation(reader.get()) == 1
    store.misconfigured = {"lock"}
    side.clock.advance(LIFETIME + 1)
    assert generation(reader.get()) == 2
    (warning,) = warnings(side)
    assert "password" in warning


def classes_of(side: Side):
    """Return the cache class and the broker class of this side."""
    if side.is_sync:
        return side.module.CredentialsCache, side.module.CredentialBroker
    return side.module.AsyncCredentialsCache, side.module.AsyncCredentialBroker


@pytest.mark.parametrize(
    ("store", "text"),
    [
        ({}, "^store must .* dict"),
        (FakeStore, r"^store must .* class FakeStore.*store=FakeStore\(\.\.\.\)"),
        (BlockingStore, "^store must .* class BlockingStore"),
    ],
)
def test_an_object_that_is_not_a_store_is_rejected(side: Side, store, text):
    cache, broker = classes_of(side)
    provider = side.pool([]).provider
    with pytest.raises(ConfigurationError, match=text):
        cache(provider, store=store)
    assert get_spec(provider).exchange.identity_source.caches == []
    with pytest.raises(ConfigurationError, match=text):
        broker(POOL, store=store)


class LockWithTtl(FakeStore):
    def lock(self, key, *, ttl):
        raise AssertionError("not called")


class PutWithoutLease(FakeStore):
    def put(self, key, value, *, expires_at):
        raise AssertionError("not called")


class GetWithDefault(FakeStore):
    def get(self, key, default):
        raise AssertionError("not called")


@pytest.mark.parametrize(
    ("kind", "method"), [(LockWithTtl, "lock"), (PutWithoutLease, "put"), (GetWithDefault, "get")]
)
def test_a_store_whose_methods_accept_other_arguments_is_rejected(side: Side, kind, method):
    store = kind(side.clock)
    cache, broker = classes_of(side)
    text = rf"^store has a method {method} .*{method}\(self, key.* in {kind.__name__}"
    with pytest.raises(ConfigurationError, match=text):
        cache(side.pool([]).provider, store=store)
    with pytest.raises(ConfigurationError, match=text):
        broker(POOL, store=store)
    with pytest.raises(ConfigurationError, match=rf"^cache has a method {method} "):
        side.pool([], cache=store)


def test_a_lease_must_have_a_method_release(side: Side, store: FakeStore):
    if side.is_awaitable:
        pytest.skip("the async fake wraps leases in an object with a method `release`")
    store.lock = lambda key, seconds: True
    subject = start_process(side, store)
    error = subject.expect_error(ConfigurationError, subject.get)
    assert "release" in str(error)
    assert "bool" in str(error)


def test_the_warning_names_the_place_of_an_error_in_the_store_but_not_its_text(
    side: Side, store: FakeStore
):
    def get(key):
        raise TypeError(f"the value of {key} is secret-value-1234")

    store.get = get
    subject = start_process(side, store, side.id_response(), side.credentials())
    assert generation(subject.get()) == 1
    (warning,) = warnings(side)
    file = fake_store.__file__ if side.is_awaitable else __file__
    assert f"TypeError in {file}, line " in warning
    assert "secret" not in warning


def test_an_async_store_is_rejected_on_the_sync_side(store: FakeStore):
    with Side("sync") as side:
        cache, broker = classes_of(side)
        provider = side.pool([]).provider
        with pytest.raises(ConfigurationError, match=r"^store must be synchronous"):
            cache(provider, store=AsyncFakeStore(store))
        assert get_spec(provider).exchange.identity_source.caches == []
        with pytest.raises(ConfigurationError, match=r"^store must be synchronous"):
            broker(POOL, store=AsyncFakeStore(store))


def test_a_provider_of_the_other_side_is_rejected(side: Side):
    cache, _ = classes_of(side)
    with pytest.raises(ConfigurationError, match=r"^provider must .* not str"):
        cache(POOL)
    with pytest.raises(ConfigurationError, match=r"^provider must .* not the class"):
        cache(type(side.pool([]).provider))
    with Side("aio" if side.is_sync else "sync") as other:
        expected = classes_of(other)[0].__name__
        with pytest.raises(ConfigurationError, match=f"^provider must .* or use {expected}"):
            cache(other.pool([]).provider)


# --- clocks ------------------------------------------------------------------------------------------


def test_a_new_process_learns_the_skew_from_the_store(side: Side, store: FakeStore):
    side.skew = 7200.0
    fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    # A local store uses this machine's clock to determine when entries expire.
    assert store.expiries[key] == pytest.approx(side.clock.now() + LIFETIME, abs=2)
    side.clock.advance(LIFETIME + 10)
    other = start_process(side, store, side.credentials(generation=2))
    # By the local clock, the credentials would be valid for two more hours.
    assert generation(other.get()) == 2


def test_a_process_does_not_learn_the_skew_from_a_remote_store(side: Side, store: FakeStore):
    side.skew = 7200.0
    store.is_local = False
    fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    # For a remote store, the service's clock is used, because it is the only clock that all hosts
    # share.
    assert store.expiries[key] == pytest.approx(side.clock.now() + 7200 + LIFETIME, abs=2)
    other = start_process(side, store)
    assert generation(other.get()) == 1
    assert get_spec(other.provider).exchange.client.skew is None


def test_a_process_uses_the_skew_of_a_newer_record_for_this_record_only(
    side: Side, store: FakeStore
):
    ours = fetch_first(side, store)
    (key,) = store.of_kind("credentials")
    newer = json.loads(store.entries[key])["fetched_at"] + 10
    store.entries[key] = corrupt(store.entries[key], skew=3000.0, fetched_at=newer)
    ours.cache.invalidate()
    credentials = ours.get()
    assert ours.operations == BOTH_CALLS
    assert credentials.remaining.total_seconds() == pytest.approx(LIFETIME - 3000, abs=2)
    assert get_spec(ours.provider).exchange.client.skew == pytest.approx(0, abs=2)


def test_a_clock_that_is_behind_is_not_trusted_with_a_newer_record(side: Side, store: FakeStore):
    """A host whose clock is an hour behind finds credentials in a Redis store."""
    store.is_local = False
    fetch_first(side, store)
    side.clock.jump(-LIFETIME)
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 1
    side.clock.advance(LIFETIME + 1)
    side.skew = LIFETIME
    assert generation(other.get()) == 2


def test_a_record_with_a_newer_skew_expires_on_time_after_the_clock_was_set_back(
    side: Side, store: FakeStore
):
    ours = fetch_first(side, store)
    side.clock.advance(LIFETIME + 1)
    side.clock.jump(-1200)
    side.skew = 1200.0
    store.entries.clear()
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 2
    assert generation(ours.get()) == 2
    assert ours.cache.peek().remaining.total_seconds() == pytest.approx(LIFETIME, abs=2)


class ClockSettingStore(FakeStore):
    """Store in which one write takes 15 minutes, and then the clock is set back."""

    def __init__(self, clock, slow_write):
        super().__init__(clock)
        self.slow_write = slow_write

    def put(self, key, value, **options):
        if self.used.count("put") == self.slow_write - 1:
            self.clock.advance(900)
            self.clock.jump(-2 * LIFETIME)
        return super().put(key, value, **options)


# The response contains another identity ID, so that the ID is stored before and after the response
# arrives; the third write stores the credentials.
@pytest.mark.parametrize("slow_write", [2, 3])
def test_a_clock_that_is_set_back_before_new_credentials_are_cached_does_not_prolong_them(
    side: Side, slow_write
):
    store = ClockSettingStore(side.clock, slow_write)
    subject = start_process(
        side, store, side.id_response(), side.credentials(OTHER), side.credentials(generation=2)
    )
    assert generation(subject.get()) == 1
    side.clock.advance(LIFETIME + 1 - 900)
    side.skew = LIFETIME
    store.entries.clear()
    assert generation(subject.get()) == 2


def test_stored_credentials_do_not_last_longer_if_the_clock_is_set_back_during_a_failed_fetch(
    side: Side, store: FakeStore
):
    fetch_first(side, store)

    def fail(request):
        side.clock.advance(LIFETIME)
        side.clock.jump(-2 * LIFETIME)
        raise TransportError("the connection was reset")

    other = start_process(side, store, fail, client_config={"max_attempts": 1})
    # With 30 s left, the stored credentials are returned only if the fetch fails.
    side.clock.advance(LIFETIME - 30)
    other.expect_error(TransportError, other.get)


def test_a_record_that_is_found_again_has_grown_older(side: Side, store: FakeStore):
    """A process that starts after the clock was set back does not know the time of the service."""
    fetch_first(side, store)
    side.clock.jump(-2 * LIFETIME)
    side.skew = 2 * LIFETIME
    other = start_process(side, store, side.credentials(generation=2))
    assert generation(other.get()) == 1
    side.clock.advance(LIFETIME + 1)
    assert generation(other.use_store(store).get()) == 2


class FailingOnceStore(FakeStore):
    """Store whose first call fails."""

    def use(self, name):
        super().use(name)
        if len(self.used) == 1:
            raise OSError("the first call fails")


def test_a_guest_is_stored_after_a_single_failed_call(side: Side):
    store = FailingOnceStore(side.clock)
    ours = start_process(side, store, side.id_response(), side.credentials())
    identity_id = ours.get().identity_id
    other = start_process(side, store, side.credentials(generation=2))
    assert other.get().identity_id == identity_id
    assert other.operations == [GET_CREDENTIALS]


def test_credentials_of_another_flight_are_returned_if_the_fetch_for_min_remaining_fails(
    side: Side, store: FakeStore
):
    def respond(request):
        state = subject.cache._state
        state.accept(newer, epoch=state.epoch)
        return INTERNAL_ERROR

    newer = side.pool([side.id_response(), side.credentials(generation=2)]).fetch()
    config = {"max_attempts": 1}
    subject = start_process(side, store, side.id_response(), respond, client_config=config)
    assert subject.get(1200) == newer
    with pytest.raises(ConfigurationError):
        subject.get(LIFETIME + 1)


def test_a_guest_that_another_process_stores_during_get_id_is_adopted(side: Side):
    store = MemoryStore(clock=side.clock)

    def respond(request):
        key = format_store_key(POOL, GUEST)
        assert store.add(key, encode_identity_id(key, OTHER))
        return side.id_response()(request)

    script = [respond, side.credentials(OTHER, generation=2)]
    kind = side.module.CredentialsCache if side.is_sync else aio.AsyncCredentialsCache
    subject = side.pool(script)
    subject.cache = kind(subject.provider, store=store, random=lambda: 0.5)
    assert subject.get().identity_id == OTHER
    assert subject.identity_id == OTHER


def test_a_policy_applies_to_stored_credentials_as_well(side: Side, store: FakeStore):
    fetch_first(side, store)
    side.clock.advance(LIFETIME - 300)
    policy = RefreshPolicy(mandatory_refresh_window=400, advisory_refresh_window=1000)
    other = side.pool([side.credentials(generation=2)]).use_store(store, policy)
    assert generation(other.get()) == 2
