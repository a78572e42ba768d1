"""Sync and async brokers with many users, each with its own credentials."""

from __future__ import annotations

import json
import logging

import pytest
from brokers import Broker, Service
from fake_store import AsyncFakeStore, FakeStore
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    OTHER,
    RecordingClock,
    Side,
    Supplier,
    identity_not_found,
    jwt,
)

from cognito_credentials import Quotas, RefreshPolicy
from cognito_credentials._core.records import encode_identity_id
from cognito_credentials._core.shared_fetch import LEASE_SECONDS
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityPoolNotFound,
    InternalErrorException,
    LoginTokenRejected,
    NotAuthorizedException,
    RefreshTimeoutError,
)
from cognito_credentials.logins import FACEBOOK
from cognito_credentials.testing import error_response

LIFETIME = 3600
ADVISORY = LIFETIME - 1122  # The refresh window begins at this age if its jitter is maximal.
MANDATORY = LIFETIME - 60
DEFAULT_DEADLINE = 10.0
INTERNAL_ERROR = error_response("InternalErrorException", "no", status=500)
SIGNATURE_REJECTED = error_response(
    "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."
)

NOT_AUTHORIZED = error_response("NotAuthorizedException", "no")


def login(name: str, **claims) -> dict[str, str]:
    return {GOOGLE: jwt(sub=name, **claims)}


@pytest.fixture
def broker(side: Side):
    broker = Broker(side, prefetch_within=0)
    yield broker
    broker.side.settle()
    broker.close()


@pytest.fixture
def create_broker(side: Side):
    brokers: list[Broker] = []

    def create(**arguments) -> Broker:
        brokers.append(Broker(side, **{"prefetch_within": 0, **arguments}))
        return brokers[-1]

    yield create
    for broker in brokers:
        broker.side.settle()
        broker.close()


def warnings(side: Side) -> list[str]:
    return [line for line in side.log if line.startswith("WARNING")]


# --- users -----------------------------------------------------------------------------------------


def test_each_user_has_its_own_credentials(broker: Broker):
    alice, bob = login("alice"), login("bob")
    first = broker.get("alice", alice)
    second = broker.get("bob", bob)
    assert first.identity_id != second.identity_id
    assert broker.get("alice", alice) is first
    assert broker.get("bob", dict(bob)) is second
    assert broker.service.operations == [GET_ID, GET_CREDENTIALS] * 2
    assert (broker.metrics.hits, broker.metrics.fetches, broker.metrics.waits) == (2, 2, 2)


def test_a_user_without_logins_is_a_guest(broker: Broker):
    first = broker.get("guest 1")
    assert broker.get("guest 1", {}) is first
    assert broker.get("guest 2").identity_id != first.identity_id


def test_a_forged_token_never_returns_cached_credentials(broker: Broker):
    broker.get("alice", login("alice"))
    broker.service.errors = [SIGNATURE_REJECTED] * 2
    with pytest.raises(LoginTokenRejected):
        broker.get("alice", login("alice", jti="forged"))
    # The rejection of the forged token does not affect the real user.
    assert broker.generation("alice", login("alice")) == 1
    assert broker.service.count() == 2


def test_an_accepted_token_returns_cached_credentials(broker: Broker):
    phone, laptop = login("alice", jti="phone"), login("alice", jti="laptop")
    assert broker.generation("alice", phone) == 1
    assert broker.generation("alice", laptop) == 2
    assert broker.generation("alice", phone) == 2
    assert broker.generation("alice", laptop) == 2
    assert broker.service.count() == 2
    assert broker.service.count(GET_ID) == 1


def test_an_expired_token_does_not_return_credentials_that_were_fetched_later(broker: Broker):
    phone = login("alice", jti="phone", exp=int(broker.side.clock.now()) + 600)
    laptop = login("alice", jti="laptop")
    assert broker.generation("alice", phone) == 1
    broker.side.clock.advance(601)
    # Credentials that were issued for a token remain valid after its expiration.
    assert broker.generation("alice", phone) == 1
    assert broker.generation("alice", laptop) == 2
    broker.service.errors = [SIGNATURE_REJECTED] * 2
    # The token is only discarded because the service rejects it.
    with pytest.raises(LoginTokenRejected):
        broker.get("alice", phone)


def test_another_user_with_the_same_identifier_gets_its_own_credentials(broker: Broker):
    """Even if the application mixes up user identifiers, each token gets its own user's credentials."""
    alice, bob = login("alice"), login("bob")
    first = broker.get("user", alice)
    broker.forget("user")
    second = broker.get("user", bob)
    assert first.identity_id != second.identity_id
    # A token that was accepted for one user is not accepted for the other.
    assert broker.service.count() == 2
    assert broker.get("user", alice) != second


def test_opaque_tokens_do_not_confuse_users(broker: Broker):
    """Two users with opaque tokens get their own credentials, even if they have the same identifier."""
    alice, bob = ({FACEBOOK: f"opaque-token-of-{name}"} for name in ("alice", "bob"))
    first = broker.get("user", alice)
    broker.service.errors = [error_response(*identity_not_found(first.identity_id))]
    second = broker.get("user", bob)
    assert second.identity_id != first.identity_id
    broker.service.errors = [error_response(*identity_not_found(second.identity_id))]
    assert broker.get("user", alice).identity_id == first.identity_id


def test_a_supplier_is_called_for_each_fetch(broker: Broker, side: Side):
    supplier = Supplier(login("alice")[GOOGLE])
    logins = {GOOGLE: side.adapt(supplier)}
    first = broker.get("alice", logins)
    assert broker.get("alice", logins) is first
    assert supplier.refresh_arguments == [False]


def test_a_token_that_expires_before_the_credentials_is_not_logged(broker: Broker, side: Side):
    """The caller is expected to pass a newer token with a later call."""
    for name in ("alice", "bob"):
        broker.get(name, login(name, exp=int(side.clock.now()) + 900))
    assert warnings(side) == []


@pytest.mark.parametrize("name", ["", None, 5])
def test_an_invalid_user_identifier_is_rejected(broker: Broker, name):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.get(name, login("alice"))
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.forget(name)


def test_invalid_logins_are_rejected(broker: Broker):
    with pytest.raises(ConfigurationError, match="logins"):
        broker.get("alice", "a-token")
    with pytest.raises(ConfigurationError, match="None"):
        broker.get("alice", {GOOGLE: None})


# --- freshness ------------------------------------------------------------------------------------------


def test_a_window_longer_than_the_lifetime_is_rejected(create_broker):
    with pytest.raises(ConfigurationError, match="mandatory_refresh_window"):
        create_broker(policy=RefreshPolicy(mandatory_refresh_window=4000))


def test_in_the_advisory_window_no_caller_waits(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 1000)
    assert broker.generation("alice", login("alice")) == 1
    broker.side.settle()
    assert broker.generation("alice", login("alice")) == 2
    assert broker.service.count(GET_ID) == 1
    assert broker.metrics.refreshes == 1


def test_in_the_mandatory_window_callers_wait_for_the_refresh(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(MANDATORY)
    assert broker.generation("alice", login("alice")) == 2


def test_a_failed_refresh_retains_the_credentials_and_backs_off(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 1000)
    broker.service.errors = [INTERNAL_ERROR]
    for _ in range(3):
        assert broker.generation("alice", login("alice")) == 1
        broker.side.settle()
    assert broker.service.count() == 2
    assert broker.metrics.failures == 1
    assert len(warnings(side)) == 1
    side.clock.advance(601)
    broker.get("alice", login("alice"))
    broker.side.settle()
    assert broker.generation("alice", login("alice")) == 2


def test_an_outage_is_logged_once_for_all_users(broker: Broker, side: Side):
    for number in range(20):
        broker.get(f"user {number}", login(f"user {number}"))
    side.clock.advance(LIFETIME - 1000)
    broker.service.errors = [INTERNAL_ERROR] * 20
    for number in range(20):
        broker.get(f"user {number}", login(f"user {number}"))
        broker.side.settle()
    assert broker.metrics.failures == 20
    assert len(warnings(side)) == 1


def test_after_the_expiration_a_failure_is_raised(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME + 1)
    broker.service.errors = [INTERNAL_ERROR]
    with pytest.raises(InternalErrorException):
        broker.get("alice", login("alice"))
    assert broker.generation("alice", login("alice")) == 2


def test_a_failure_that_is_not_retryable_is_remembered_for_a_few_seconds(
    broker: Broker, side: Side
):
    broker.service.errors = [
        error_response("ResourceNotFoundException", "IdentityPool 'x' not found.")
    ]
    for _ in range(3):
        with pytest.raises(IdentityPoolNotFound):
            broker.get("alice", login("alice"))
    assert broker.service.operations == [GET_ID]
    side.clock.advance(5)
    assert broker.generation("alice", login("alice")) == 1


def test_rejected_credentials_of_a_user_are_replaced(broker: Broker):
    alice, bob = (broker.get(name, login(name)) for name in ("alice", "bob"))
    user = broker.broker.user("alice", login("alice"))
    assert not user.mark_rejected(alice.access_key_id, "AccessDenied")
    assert user.mark_rejected(alice.access_key_id, "ExpiredToken")
    assert user.mark_rejected(alice.access_key_id, "ExpiredToken")
    assert broker.generation("alice", login("alice")) == 3
    assert broker.get("bob", login("bob")) is bob
    # A late report about the old credentials does not affect the new credentials.
    assert user.mark_rejected(alice.access_key_id, "ExpiredToken")
    assert broker.generation("alice", login("alice")) == 3


def test_rejections_cause_one_fetch_per_user_in_5_seconds(broker: Broker, side: Side):
    names = ("alice", "bob")
    for _ in range(20):
        for name in names:
            access_key_id = broker.get(name, login(name)).access_key_id
            broker.broker.mark_rejected(name, access_key_id, "ExpiredToken")
    assert broker.service.count() == 4
    side.clock.advance(5)
    for name in names:
        access_key_id = broker.get(name, login(name)).access_key_id
        assert broker.broker.mark_rejected(name, access_key_id)
        broker.get(name, login(name))
    assert broker.service.count() == 6


def test_rejected_credentials_of_a_user_are_returned_if_the_fetch_fails(broker: Broker, side: Side):
    alice = broker.get("alice", login("alice"))
    broker.service.errors = [INTERNAL_ERROR]
    assert broker.broker.mark_rejected("alice", alice.access_key_id)
    for _ in range(20):
        assert broker.get("alice", login("alice")) is alice
        assert not broker.broker.mark_rejected("alice", alice.access_key_id)
    assert broker.service.count() == 2
    side.clock.advance(9)
    assert broker.generation("alice", login("alice")) == 2


def test_a_rejection_ends_the_pause_after_a_failed_refresh_of_a_user(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 1000)
    broker.service.errors = [INTERNAL_ERROR]
    alice = broker.get("alice", login("alice"))
    side.settle()
    assert broker.broker.mark_rejected("alice", alice.access_key_id)
    assert broker.generation("alice", login("alice")) == 2


def test_a_rejection_is_reported_for_an_unknown_user_or_a_closed_broker(broker: Broker):
    assert broker.broker.mark_rejected("alice", "ASIA1")
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.broker.mark_rejected("", "ASIA1")
    broker.close()
    assert not broker.broker.mark_rejected("alice", "ASIA1")


def test_setting_the_wall_clock_back_does_not_prolong_credentials(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME + 1)
    side.clock.jump(-7200)
    assert broker.generation("alice", login("alice")) == 2


# --- prefetching -----------------------------------------------------------------------------------


def test_recently_seen_users_are_prefetched(create_broker, side: Side):
    broker = create_broker(prefetch_within=600)
    for name in ("alice", "bob", "carol"):
        broker.get(name, login(name))
    assert broker.prefetch() == 0
    side.clock.advance(ADVISORY - 300)
    broker.get("alice", login("alice"))
    broker.get("bob", login("bob"))
    side.clock.advance(500)
    assert broker.prefetch() == 2
    assert broker.prefetch() == 0
    assert broker.service.count() == 5
    side.clock.advance(400)
    # Users whose credentials are no longer requested are not refreshed forever.
    side.clock.advance(ADVISORY)
    assert broker.prefetch() == 0


def test_a_user_with_an_expired_token_is_not_prefetched(create_broker, side: Side):
    broker = create_broker(prefetch_within=1e6)
    token = login("alice", exp=int(side.clock.now()) + 900)
    broker.get("alice", token)
    side.clock.advance(LIFETIME - 600)
    assert broker.prefetch() == 0
    assert broker.metrics.failures == 0


def test_a_failed_prefetch_is_put_off(create_broker):
    broker = create_broker(prefetch_within=1e6)
    broker.get("alice", login("alice"))
    broker.side.clock.advance(LIFETIME - 1000)
    broker.service.errors = [INTERNAL_ERROR]
    assert broker.prefetch() == 1
    assert broker.prefetch() == 0
    broker.side.clock.advance(601)
    assert broker.prefetch() == 1


# --- limits and deadlines --------------------------------------------------------------------------


def test_the_least_used_users_are_evicted(create_broker):
    broker = create_broker(max_users=3)
    for name in "abc":
        broker.get(name, login(name))
    # All users lose their second chance (as in the CLOCK algorithm), and "a" is evicted.
    broker.get("d", login("d"))
    broker.get("b", login("b"))
    broker.get("e", login("e"))
    assert broker.metrics.evictions == 2
    fetches = broker.service.count()
    broker.get("b", login("b"))
    assert broker.service.count() == fetches
    assert repr(broker.broker).endswith("of 3 users>")


@pytest.mark.parametrize("has_store", [False, True])
def test_one_warning_reports_evicted_guests_unless_a_store_has_their_ids(
    create_broker, side: Side, has_store, caplog
):
    store = adapt(side, FakeStore(side.clock)) if has_store else None
    broker = create_broker(max_users=1, store=store)
    for name in "abc":
        broker.get(name, login(name))
    for name in "def":
        broker.get(name)
    warnings = [
        record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
    ]
    assert len(warnings) == (0 if has_store else 1)
    assert all("max_users=1" in warning for warning in warnings)


def test_requests_wait_for_the_quota(create_broker, side: Side):
    broker = create_broker(quotas=Quotas(get_id=5, get_credentials=1000), deadline=3600)
    for number in range(30):
        broker.get(f"user {number}", login(f"user {number}"))
    service = broker.service
    times = [
        time for time, name in zip(service.times, service.operations, strict=True) if name == GET_ID
    ]
    assert times[-1] - times[0] == pytest.approx((30 - 1) / 5, abs=0.01)
    for start in range(29):
        assert times[start + 1] - times[start] >= 0.19
    assert broker.metrics.rate_limited == 29


def test_a_call_that_would_wait_beyond_its_deadline_is_rejected(create_broker, side: Side):
    broker = create_broker(quotas=Quotas(get_id=1, get_credentials=1), deadline=0.5)
    broker.get("a", login("a"))
    with pytest.raises(RefreshTimeoutError, match="GetId") as caught:
        broker.get("b", login("b"))
    assert caught.value.is_retryable
    assert "quotas" in caught.value.hint
    assert broker.metrics.timeouts == 1
    side.clock.advance(1)
    broker.get("b", login("b"))


class GatedClock(RecordingClock):
    """A clock whose sleeps wait for the gate, like requests."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.side = side

    def sleep(self, seconds: float) -> None:
        if self.side.gate is not None:
            self.side.gate.wait()
        super().sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        if self.side.gate is not None:
            await self.side.gate.wait_async()
        super().sleep(seconds)


def time_out(broker: Broker) -> RefreshTimeoutError:
    """Return the timeout error of a caller that joins a fetch in progress."""
    gate = broker.side.hold_requests()
    for _ in range(2):
        with pytest.raises(RefreshTimeoutError) as caught:
            broker.get("bob", login("bob"), deadline=0.05)
        assert gate.arrived.acquire(timeout=30)
        gate.arrived.release()
    broker.side.settle()
    assert broker.get("bob", login("bob"))
    return caught.value


def test_a_timeout_error_states_whether_the_fetch_waited_for_the_quota(create_broker, side: Side):
    side.clock = GatedClock(side)
    broker = create_broker(quotas=Quotas(get_id=1, get_credentials=1000))
    broker.get("alice", login("alice"))
    error = time_out(broker)
    assert "quota" in error.message
    assert "quotas" in error.hint
    assert "quota" not in str(time_out(create_broker()))


def test_background_requests_give_way_to_callers(create_broker, side: Side):
    broker = create_broker(quotas=Quotas(get_id=1000, get_credentials=50), prefetch_within=1e6)
    for number in range(10):
        broker.get(f"user {number}", login(f"user {number}"))
        side.clock.advance(0.1)
    side.clock.advance(LIFETIME - 1000)
    assert broker.prefetch() == 10
    # The burst allows ten requests. Two are reserved for callers, which do not wait.
    assert broker.service.count() == 10 + 8
    assert broker.metrics.deferred == 2
    side.clock.slept.clear()
    broker.get("new", login("new"))
    assert side.clock.slept == []
    assert broker.metrics.failures == 0
    side.clock.advance(1)
    assert broker.prefetch() == 2


def test_valid_credentials_are_returned_if_the_quota_is_exhausted(create_broker, side: Side):
    broker = create_broker(quotas=Quotas(get_id=1000, get_credentials=1), deadline=0.5)
    broker.get("alice", login("alice"))
    side.clock.advance(MANDATORY)
    broker.get("bob", login("bob"))
    assert broker.generation("alice", login("alice")) == 1
    assert broker.metrics.timeouts == 0


# --- stores ----------------------------------------------------------------------------------------


def adapt(side: Side, store: FakeStore):
    return AsyncFakeStore(store) if side.is_awaitable else store


def test_a_second_host_finds_the_credentials_of_the_first(create_broker, side: Side):
    store = FakeStore(side.clock)
    first, second = (create_broker(store=adapt(side, store)) for _ in range(2))
    ours = first.get("alice", login("alice"))
    assert second.get("alice", login("alice")) == ours
    assert second.service.operations == []
    assert second.metrics.shared == 1
    side.clock.advance(LIFETIME + 1)
    third = create_broker(store=adapt(side, store))
    third.get("alice", login("alice"))
    assert third.service.operations == [GET_CREDENTIALS]


def test_another_host_does_not_start_with_rejected_credentials(create_broker, side: Side):
    store = FakeStore(side.clock)
    first, second, third = (create_broker(store=adapt(side, store)) for _ in range(3))
    alice = first.get("alice", login("alice"))
    assert second.get("alice", login("alice")) == alice
    second.service.errors = [INTERNAL_ERROR]
    assert second.broker.mark_rejected("alice", alice.access_key_id)
    assert second.get("alice", login("alice")) == alice
    third.service.generation = 1  # The service is the same for all hosts.
    side.clock.advance(1)
    assert third.generation("alice", login("alice")) == 2
    assert third.service.operations == [GET_CREDENTIALS]
    # The first host gets the newer credentials from the store.
    assert first.broker.mark_rejected("alice", alice.access_key_id)
    assert first.get("alice", login("alice")) == third.get("alice", login("alice"))
    assert first.service.count() == 1


def test_a_host_that_starts_during_an_outage_uses_the_stored_credentials(create_broker, side: Side):
    store = FakeStore(side.clock)
    first, second = (create_broker(store=adapt(side, store)) for _ in range(2))
    ours = first.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 60)
    second.service.errors = [INTERNAL_ERROR]
    for _ in range(20):
        assert second.get("alice", login("alice")) == ours
        side.settle()
    assert second.service.count() == 1, "a failed refresh must cause a pause"


def test_forget_discards_a_remembered_failure(broker, side):
    broker.service.errors = [NOT_AUTHORIZED, NOT_AUTHORIZED]
    for user in ("alice", "bob"):
        with pytest.raises(NotAuthorizedException):
            broker.get(user, login(user))
    broker.forget("alice")
    assert broker.generation("alice", login("alice")) == 1
    with pytest.raises(NotAuthorizedException):
        broker.get("bob", login("bob"))


def test_a_fetch_that_fails_after_its_user_was_forgotten_leaves_no_failure(broker, side):
    broker.service.on_request = lambda: broker.broker._state.forget("alice")
    broker.service.errors = [NOT_AUTHORIZED]
    with pytest.raises(NotAuthorizedException):
        broker.get("alice", login("alice"))
    broker.service.on_request = lambda: None
    assert broker.generation("alice", login("alice")) == 1


def test_forget_deletes_the_stored_credentials_and_retains_the_identity_id(
    create_broker, side: Side
):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    broker.get("alice", login("alice"))
    broker.forget("alice")
    broker.forget("nobody")
    assert store.of_kind("credentials") == []
    assert len(store.of_kind("identity-id")) == 1
    assert broker.generation("alice", login("alice")) == 2
    assert broker.service.count(GET_ID) == 1


def test_an_unavailable_store_only_prevents_sharing(create_broker, side: Side):
    store = FakeStore(side.clock, "get lock put delete")
    broker = create_broker(store=adapt(side, store))
    broker.get("alice", login("alice"))
    broker.forget("alice")
    assert broker.generation("alice", login("alice")) == 2


ALL_METHODS = "get lock put delete"


def test_a_guest_retains_its_identity_if_the_store_is_unavailable(create_broker, side: Side):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    ours = broker.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    store.broken = set(ALL_METHODS.split())
    assert broker.get("guest").identity_id == ours
    assert broker.service.count(GET_ID) == 1


def test_an_identity_created_during_an_outage_is_stored_after_it(create_broker, side: Side):
    store = FakeStore(side.clock, ALL_METHODS)
    broker = create_broker(store=adapt(side, store))
    ours = broker.get("guest").identity_id
    store.broken = set()
    side.clock.advance(LIFETIME + 1)
    assert broker.get("guest").identity_id == ours
    assert broker.service.count(GET_ID) == 1
    side.clock.advance(LIFETIME + 1)
    other = create_broker(store=adapt(side, store))
    assert other.get("guest").identity_id == ours
    assert other.service.operations == [GET_CREDENTIALS]


def test_an_identity_id_that_the_store_has_lost_is_stored_again(create_broker, side: Side):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    ours = broker.get("guest").identity_id
    store.entries.clear()
    side.clock.advance(LIFETIME + 1)
    assert broker.get("guest").identity_id == ours
    (key,) = store.of_kind("identity-id")
    assert ours.encode() in store.entries[key]


def test_the_next_use_of_each_user_stores_the_cached_records_again(create_broker, side: Side):
    """The store's server restarts and loses its data."""
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    users = [("guest", None)] + [(name, login(name)) for name in ("alice", "bob", "carol")]
    credentials = [broker.get(*user) for user in users]
    stored = {key: json.loads(value) for key, value in store.entries.items()}
    side.clock.advance(2)
    for _ in range(2):
        store.entries.clear()
        side.clock.advance(2)
        for user, cached in zip(users, credentials, strict=True):
            assert broker.get(*user) == cached
            side.settle()
        assert store.entries.keys() == stored.keys()
        for key in store.of_kind("identity-id"):
            assert json.loads(store.entries[key]) == stored[key]
    other = create_broker(store=adapt(side, store))
    assert [other.get(*user) for user in users] == credentials
    assert other.service.operations == []


def test_a_record_that_is_stored_again_retains_the_skew(create_broker, side: Side):
    """Otherwise, a new process on this machine would use expired credentials."""
    store = FakeStore(side.clock)
    side.skew = 900.0
    broker = create_broker(store=adapt(side, store))
    broker.get("guest")
    store.entries.clear()
    side.clock.advance(2)
    broker.get("guest")
    side.settle()
    other = create_broker(store=adapt(side, store))
    assert other.get("guest").remaining.total_seconds() == pytest.approx(LIFETIME - 2, abs=1)


def test_after_an_invalid_id_in_the_store_the_id_of_a_user_comes_from_the_service(
    create_broker, side: Side
):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    alice = login("alice")
    broker.get("alice", alice)
    (key,) = store.of_kind("identity-id")
    store.entries[key] = encode_identity_id(key, OTHER)
    side.clock.advance(LIFETIME + 1)
    broker.service.operations.clear()
    broker.service.errors = [error_response(*identity_not_found(OTHER))]
    broker.get("alice", alice)
    assert broker.service.operations == [GET_CREDENTIALS, GET_ID, GET_CREDENTIALS]


def test_uses_of_many_users_read_the_store_once_a_second(create_broker, side: Side):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    users = [(name, login(name)) for name in ("alice", "bob", "carol")]
    for user in users:
        broker.get(*user)
    store.used.clear()
    for _ in range(3):
        side.clock.advance(2)
        for user in users * 2:
            broker.get(*user)
            side.settle()
    assert store.used == ["get", "get"] * 3, "each check must read one user's ID and credentials"


def test_a_forgotten_user_is_not_written_back(create_broker, side: Side):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    for name in ("alice", "bob"):
        broker.get(name, login(name))
    store.entries.clear()
    side.clock.advance(2)
    broker.forget("alice")
    broker.get("bob", login("bob"))
    side.settle()
    assert len(store.entries) == 2


def test_the_stored_identity_id_takes_precedence_over_the_cached_one(create_broker, side: Side):
    """Another host has replaced an identity that no longer exists."""
    store = FakeStore(side.clock)
    service = Service(side)
    first, second = (create_broker(service=service, store=adapt(side, store)) for _ in range(2))
    former = first.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    service.errors = [error_response(*identity_not_found(former))]
    ours = second.get("guest").identity_id
    assert ours != former
    side.clock.advance(LIFETIME + 1)
    calls = service.count(GET_ID)
    assert first.get("guest").identity_id == ours
    assert service.count(GET_ID) == calls


def test_an_evicted_identity_id_does_not_come_back_during_an_outage(create_broker, side: Side):
    store = FakeStore(side.clock)
    broker = create_broker(store=adapt(side, store))
    former = broker.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    store.broken = set(ALL_METHODS.split())
    broker.service.errors = [error_response(*identity_not_found(former))]
    assert broker.get("guest").identity_id != former
    assert broker.service.count(GET_ID) == 2


@pytest.mark.parametrize("lease", [LEASE_SECONDS, 1e9], ids=["died", "hangs"])
def test_a_caller_does_not_fail_because_the_holder_of_a_lock_died(create_broker, side: Side, lease):
    """If the lock is ignored, the default deadline still leaves enough time for a fetch."""
    store = FakeStore(side.clock)
    create_broker(store=adapt(side, store)).get("guest")
    (key,) = store.of_kind("credentials")
    store.entries.clear()
    store.lock(key, lease)
    broker = create_broker(store=adapt(side, store))
    assert broker.get("guest")
    assert LEASE_SECONDS <= sum(side.clock.slept) < DEFAULT_DEADLINE - 1


class ReservingStore(FakeStore):
    """A store that enforces rate limits across hosts."""

    def __init__(self, clock, *waits) -> None:
        super().__init__(clock)
        self.waits = list(waits)
        self.calls: list[dict] = []

    def reserve(self, name, **options):
        self.use("reserve")
        self.calls.append({"name": name, **options})
        return self.waits.pop(0)


def test_a_store_with_reserve_limits_the_rate_of_all_hosts(create_broker, side: Side):
    if side.is_awaitable:
        pytest.skip("covered by the other two sides")
    store = ReservingStore(side.clock, 0, 2.5)
    broker = create_broker(store=store, account_id="123456789012")
    broker.get("alice", login("alice"))
    assert [call["name"] for call in store.calls] == [
        f"123456789012 us-east-1 {name}" for name in (GET_ID, GET_CREDENTIALS)
    ]
    assert store.calls[1]["interval"] == pytest.approx(1 / 200)
    assert 2.5 in side.clock.slept
    store.broken = {"reserve"}
    side.clock.advance(LIFETIME + 1)
    broker.get("alice", login("alice"))  # Only this host's rate limiters apply.
    assert broker.service.count() == 2


# --- closing and arguments ---------------------------------------------------------------------------------------


def test_a_closed_broker_does_not_fetch(side: Side):
    broker = Broker(side, prefetch_within=600)
    broker.get("alice", login("alice"))
    broker.close()
    with pytest.raises(ConfigurationError, match="closed"):
        broker.get("alice", login("alice"))
    assert broker.prefetch() == 0
    with pytest.raises(ConfigurationError, match="closed"):
        broker.forget("alice")
    with pytest.raises(ConfigurationError, match="closed"):
        broker.broker.session("alice", login("alice"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("max_users", value) for value in (0, -1, 1.5, None, True)),
        *(("deadline", value) for value in (0, -1, float("nan"), float("inf"))),
        *(("prefetch_within", value) for value in (-1, float("nan"), float("inf"))),
        *((name, "5") for name in ("deadline", "prefetch_within")),
        ("policy", {"jitter": 0.5}),
        ("quotas", 5),
        ("store", {}),
        ("account_id", 123),
        ("custom_role_arn", ""),
    ],
)
def test_an_invalid_argument_is_rejected_by_name(side: Side, name, value):
    if side.is_awaitable:
        pytest.skip("covered by the other two sides")
    with pytest.raises(ConfigurationError, match=name):
        Broker(side, Service(side), **{name: value})


@pytest.mark.parametrize("deadline", [float("nan"), float("inf"), -1, 0, "1"])
def test_an_invalid_deadline_is_rejected(broker: Broker, deadline):
    for _ in ("with a fetch", "on a hit"):
        with pytest.raises(ConfigurationError, match="deadline"):
            broker.get("alice", login("alice"), deadline=deadline)
        broker.get("alice", login("alice"))


def test_a_broker_cannot_be_pickled(broker: Broker):
    import pickle

    with pytest.raises(TypeError, match="each process"):
        pickle.dumps(broker.broker)


# --- credentials that expire before they are cached -------------------------------------------------


class SlowStore(FakeStore):
    """A store whose next call to `put` for credentials takes `delay` seconds."""

    delay = 0.0

    def put(self, key, value, **options):
        super().put(key, value, **options)
        if key.startswith("credentials:"):
            self.clock.jump(self.delay)
            self.delay = 0.0


@pytest.mark.parametrize("excess", [0, 0.25, 7200])
def test_credentials_that_expire_before_they_are_cached_are_not_returned(
    side: Side, create_broker, excess
):
    store = SlowStore(side.clock)
    broker = create_broker(store=AsyncFakeStore(store) if side.is_awaitable else store)
    store.delay = LIFETIME + excess
    with pytest.raises(ExpiredOnArrivalError):
        broker.get("guest")
    assert (broker.metrics.fetches, broker.metrics.failures) == (0, 1)
    assert broker.generation("guest") == 2


def test_credentials_that_expire_before_they_are_cached_do_not_replace_valid_ones(
    side: Side, create_broker
):
    store = SlowStore(side.clock)
    broker = create_broker(store=AsyncFakeStore(store) if side.is_awaitable else store)
    first = broker.get("guest")
    side.clock.advance(MANDATORY)
    broker.service.lifetime, store.delay = 5.0, 5.0
    assert broker.get("guest") is first
    broker.service.lifetime = LIFETIME
    side.clock.advance(60)
    assert broker.generation("guest") == 3


@pytest.mark.parametrize("expiration", ["reached", "passed"])
def test_a_record_that_had_expired_when_it_was_fetched_is_replaced(
    side: Side, create_broker, expiration
):
    store = FakeStore(side.clock)
    shared = AsyncFakeStore(store) if side.is_awaitable else store
    create_broker(store=shared).get("alice", login("alice"))
    (key,) = store.of_kind("credentials")
    record = json.loads(store.entries[key])
    late = 0 if expiration == "reached" else 7200
    record["fetched_at"] = record["credentials"]["expiration"] + late
    store.entries[key] = json.dumps(record).encode()
    other = create_broker(store=shared)
    other.service.errors = [SIGNATURE_REJECTED]
    with pytest.raises(LoginTokenRejected):
        other.get("alice", login("alice", jti="forged"))
    assert other.get("alice", login("alice")).remaining.total_seconds() > LIFETIME - 10
    assert other.service.count() == 2
