"""The state of a broker, step by step; tests/scenarios/test_broker.py tests whole calls."""

from __future__ import annotations

import enum
import traceback

import pytest
from fake_store import FakeStore
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
    POOL,
    RecordingClock,
    jwt,
    operation_of,
)

from cognito_credentials import CredentialBroker, Quotas, from_cognito_identity_pool
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials._core.freshness import Decision
from cognito_credentials._core.shared_fetch import MAX_SHARING_SECONDS
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    IdentityPoolNotFound,
    RefreshTimeoutError,
)
from cognito_credentials.testing import (
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

ALICE = {GOOGLE: jwt(sub="alice")}
ADVISORY, LIFETIME = 2600, 3600
POOL_NOT_FOUND = error_response("ResourceNotFoundException", "IdentityPool 'x' not found.")


class Service(ScriptedTransport):
    """Service that returns `errors`, then credentials; before it responds, it calls `meanwhile`."""

    def __init__(self, clock):
        super().__init__([self._respond])
        self.clock = clock
        self.errors = []
        self.meanwhile = lambda: None

    def _respond(self, request):
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        if self.errors:
            return self.errors.pop(0)
        if operation_of(request) == GET_ID:
            return success_response(IdentityId=IDENTITY, clock=self.clock)
        expires_at = self.clock.now() + LIFETIME
        return credentials_response(IDENTITY, expires_at=expires_at, clock=self.clock)

    @property
    def operations(self):
        return [operation_of(request) for request in self.requests]


class Subject:
    """A broker and its service; tests decide on a fetch and carry it out in separate steps."""

    def __init__(self, **options):
        self.clock = RecordingClock()
        self.service = Service(self.clock)
        config = {"clock": self.clock, "transport": self.service, "max_attempts": 1}
        options = {"prefetch_within": 0.0, "random": lambda: 0.5, **options}
        self.broker = CredentialBroker(POOL, client_config=config, **options)
        self.state = self.broker._state

    def decide(self, name="alice", logins=ALICE):
        request = UserRequest(name, logins)
        decision, _ = self.state.decide(request, in_flight=False)
        return request, decision

    def fetch(self, request, max_wait=10.0):
        return self.broker._driver.run(self.broker._flows.fetch(request, max_wait))

    def get(self, name="alice", logins=ALICE):
        return self.fetch(self.decide(name, logins)[0])


@pytest.fixture
def subject():
    made = Subject()
    yield made
    made.broker.close()


# --- fetches, and changes during a fetch
# -----------------------------------------------------------


def test_callers_that_decided_before_a_fetch_ended_return_its_result(subject):
    requests = [subject.decide()[0] for _ in range(3)]
    found = [subject.fetch(request) for request in requests]
    assert len(set(map(id, found))) == 1
    assert subject.service.operations == [GET_ID, GET_CREDENTIALS]
    assert subject.state.metrics.fetches == 1


def test_a_refresh_that_is_due_is_skipped_after_another_fetch(subject):
    subject.state._prefetch_within = 1e6
    subject.get()
    subject.clock.advance(ADVISORY)
    (request,) = subject.state.users_to_refresh()
    newer = subject.get()
    assert subject.fetch(request, None) is newer
    assert subject.state.metrics.refreshes == 0
    assert subject.service.operations.count(GET_CREDENTIALS) == 2


def test_a_fetch_that_began_before_its_user_was_forgotten_does_not_cache_the_user(subject):
    subject.service.meanwhile = lambda: subject.state.forget("alice")
    assert subject.get().identity_id == IDENTITY  # The earlier caller must still get credentials.
    assert len(subject.state) == 0
    subject.get()
    assert len(subject.state) == 1


def test_a_fetch_that_was_decided_on_before_its_user_was_forgotten_does_not_cache_the_user(subject):
    request, _ = subject.decide()
    subject.state.forget("alice")
    subject.fetch(request)
    assert len(subject.state) == 0


def test_a_prefetch_does_not_cache_a_user_who_was_forgotten(subject):
    subject.state._prefetch_within = 1e6
    subject.get()
    subject.clock.advance(ADVISORY)
    (request,) = subject.state.users_to_refresh()
    subject.state.forget("alice")
    subject.fetch(request, None)
    assert len(subject.state) == 0


class ForgettingStore(FakeStore):
    """A store that calls `forget` just before it writes credentials."""

    forget = None

    def put(self, key, value, **options):
        if key.startswith("credentials:") and self.forget is not None:
            self.forget()
        super().put(key, value, **options)


def test_a_fetch_that_began_before_its_user_was_forgotten_leaves_nothing_in_the_store():
    store = ForgettingStore(RecordingClock())
    subject = Subject(store=store)
    store.forget = lambda: subject.broker.forget("alice")
    subject.get()
    assert store.of_kind("credentials") == []
    assert len(store.of_kind("identity-id")) == 1
    store.forget = None
    subject.get()
    assert len(store.of_kind("credentials")) == 1


def test_forgetting_a_user_does_not_affect_the_fetches_of_others(subject):
    subject.service.meanwhile = lambda: subject.state.forget("bob")
    subject.get()
    assert len(subject.state) == 1


def test_a_fetch_that_lands_after_close_is_not_cached(subject):
    subject.get()
    subject.clock.advance(LIFETIME)
    request, _ = subject.decide()
    subject.service.meanwhile = subject.broker.close
    assert subject.fetch(request).identity_id == IDENTITY
    assert len(subject.state) == 0


def test_after_close_no_request_is_sent(subject):
    """A request after `close` would open a connection that is never closed."""
    subject.service.meanwhile = subject.broker.close
    with pytest.raises(ConfigurationError, match="closed"):
        subject.get()
    assert subject.service.operations == [GET_ID]


# --- failures --------------------------------------------------------------------------------------


def test_setting_the_clock_back_does_not_prolong_a_failure(subject):
    subject.service.errors = [POOL_NOT_FOUND]
    with pytest.raises(IdentityPoolNotFound):
        subject.get()
    with pytest.raises(IdentityPoolNotFound):
        subject.decide()
    subject.clock.jump(-7200)
    subject.clock.advance(6)
    assert subject.decide()[1] is Decision.WAIT


def test_setting_the_clock_forward_does_not_prolong_a_failure(subject):
    subject.service.errors = [POOL_NOT_FOUND]
    with pytest.raises(IdentityPoolNotFound):
        subject.get()
    subject.clock.jump(7200)
    assert subject.decide()[1] is Decision.WAIT


@pytest.mark.parametrize("reason", ["forgotten", "evicted"])
def test_a_failed_refresh_does_not_affect_a_caller_without_cached_credentials(reason):
    subject = Subject(max_users=1)
    subject.get()
    subject.clock.advance(ADVISORY)
    subject.service.errors = [POOL_NOT_FOUND]
    request, decision = subject.decide()
    assert decision is Decision.SERVE_AND_REFRESH
    with pytest.raises(IdentityPoolNotFound):
        subject.fetch(request, None)
    assert subject.decide()[1] is Decision.SERVE  # The failure is cached for 5 to 10 minutes.
    if reason == "forgotten":
        subject.state.forget("alice")
    else:
        subject.get("bob")
    assert subject.decide()[1] is Decision.WAIT
    subject.get()


def test_a_successful_fetch_discards_the_failure(subject):
    subject.service.errors = [POOL_NOT_FOUND]
    with pytest.raises(CognitoCredentialsError):
        subject.get()
    subject.clock.advance(6)
    subject.get()
    subject.state.forget("alice")
    assert subject.decide()[1] is Decision.WAIT


def test_a_long_outage_is_logged_once_a_minute(subject, caplog):
    for name in "abc":
        subject.get(name)
    subject.clock.advance(ADVISORY)
    subject.service.errors = [POOL_NOT_FOUND] * 3
    for name, warnings in (("a", 1), ("b", 1), ("c", 2)):
        with pytest.raises(CognitoCredentialsError):
            subject.get(name)
        assert sum(record.levelname == "WARNING" for record in caplog.records) == warnings
        subject.clock.advance(31)


def test_a_refresh_does_not_return_the_stored_credentials_that_it_replaces():
    store = FakeStore(RecordingClock())
    one, two = Subject(store=store), Subject(store=store)
    first = one.get()
    assert two.get() == first
    two.clock.advance(ADVISORY)
    assert two.fetch(two.decide()[0], None) != first


def test_the_number_of_remembered_failures_is_limited(subject, monkeypatch):
    monkeypatch.setattr("cognito_credentials._base.broker_failures.MAX_REMEMBERED_FAILURES", 3)
    for number in range(5):
        subject.service.errors = [POOL_NOT_FOUND]
        with pytest.raises(IdentityPoolNotFound):
            subject.get(f"user {number}")
    for number in range(2):
        assert subject.decide(f"user {number}")[1] is Decision.WAIT
    for number in range(2, 5):
        with pytest.raises(IdentityPoolNotFound):
            subject.decide(f"user {number}")


def test_a_remembered_failure_has_no_traceback(subject):
    """A traceback keeps all objects of a fetch alive, and a broker may remember many failures."""

    def supplier():
        raise KeyError

    for logins in (ALICE, {GOOGLE: supplier}):
        subject.service.errors = [POOL_NOT_FOUND]
        with pytest.raises(CognitoCredentialsError) as caught:
            subject.get("alice", logins)
        with pytest.raises(type(caught.value)) as second:
            subject.decide("alice", logins)
        remembered = second.value.__cause__
        assert remembered.__traceback__ is None
        assert remembered is not caught.value
        assert remembered.__cause__ is caught.value.__cause__
        assert str(remembered) == str(caught.value)


class BrokenTransport:
    def send(self, request):
        raise ZeroDivisionError

    def close(self):
        pass


@pytest.mark.parametrize("through", ["broker", "cache"])
def test_the_traceback_of_another_librarys_error_does_not_grow_with_every_raise(through):
    config = {"clock": RecordingClock(), "transport": BrokenTransport()}
    broker = CredentialBroker(POOL, client_config=config, prefetch_within=0)
    cache = from_cognito_identity_pool(POOL, client_config=config).cached()
    get = cache.get if through == "cache" else lambda: broker.get("alice", ALICE)

    def frames():
        with pytest.raises(ZeroDivisionError) as caught:
            get()
        return [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]

    frames()
    second = frames()
    assert second[-1] == "send"
    assert [frames() for _ in range(5)] == [second] * 5


# --- quotas -----------------------------------------------------------------------------------------


def test_a_caller_with_a_longer_deadline_waits_longer_for_the_quota():
    subject = Subject(quotas=Quotas(get_id=0.1, get_credentials=100), deadline=1.0)
    subject.get()
    request, _ = subject.decide("bob")
    with pytest.raises(RefreshTimeoutError, match="quota"):
        subject.fetch(request, 5.0)
    assert subject.fetch(request, 20.0)
    assert subject.clock.slept == [10.0]


def test_a_caller_with_a_shorter_deadline_does_not_shorten_the_wait_for_the_quota():
    """The fetch continues for other callers, up to the deadline of the broker."""
    subject = Subject(quotas=Quotas(get_id=0.1, get_credentials=100), deadline=20.0)
    subject.get()
    assert subject.fetch(subject.decide("bob")[0], 0.1)


def test_a_flight_has_time_for_two_waits_and_for_a_fetch_of_another_host():
    subject = Subject(deadline=100.0)
    max_seconds = subject.broker._spec.max_fetch_seconds + MAX_SHARING_SECONDS + 2 * 100
    assert subject.broker._driver.flights.max_seconds >= max_seconds


def test_both_flows_share_the_quota_of_credentials(subject):
    limiters = subject.broker._rate_limits.limiters
    assert limiters["GetOpenIdToken"] is limiters["GetCredentialsForIdentity"]
    assert limiters["GetId"] is not limiters["GetCredentialsForIdentity"]


def test_a_child_process_does_not_wait_for_a_lock_of_its_parent(subject):
    subject.state.lock.acquire()
    subject.state.reset()
    subject.get()
    assert len(subject.state) == 1


# --- arguments ---------------------------------------------------------------------------------


class Providers(enum.StrEnum):
    GOOGLE = GOOGLE


def test_a_login_provider_name_may_be_a_member_of_an_enum(subject):
    credentials = subject.get("alice", {Providers.GOOGLE: ALICE[GOOGLE]})
    assert subject.state.get_fresh("alice", ALICE) is credentials


@pytest.mark.parametrize("logins", [5, "", "token", [GOOGLE], 0, False])
def test_invalid_logins_are_rejected_for_a_cached_user_as_well(subject, logins):
    for cached in (None, ALICE):
        subject.get("alice", cached)
        with pytest.raises(ConfigurationError, match="logins"):
            subject.broker.get("alice", logins)


@pytest.mark.parametrize("name", [[], {}, 5, None, b"alice", ""])
def test_an_invalid_user_identifier_is_rejected(subject, name):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        subject.broker.get(name, ALICE)


def test_credentials_are_known_to_be_expired_after_a_suspension(subject):
    """The monotonic clock may stand still during a suspension."""
    subject.get()
    subject.clock.jump(LIFETIME)
    assert subject.state.get_fresh("alice", ALICE) is None
    request, decision = subject.decide()
    assert decision is Decision.WAIT
    assert subject.state.peek(request) is None


def test_a_prefetch_does_not_count_as_seeing_a_user():
    subject = Subject(prefetch_within=4000)
    subject.get()
    for due in (1, 0):
        subject.clock.advance(ADVISORY)
        requests = subject.state.users_to_refresh()
        assert len(requests) == due
        for request in requests:
            subject.fetch(request, None)


def test_users_share_number_objects(subject):
    """Separate objects would noticeably increase the memory that each user takes."""
    subject.get("alice")
    subject.clock.advance(0.1)
    subject.get("bob")
    first, second = (subject.state.find(name) for name in ("alice", "bob"))
    assert first.seen_at is second.seen_at
    subject.clock.advance(1000.1)
    subject.get("bob")
    subject.clock.jump(5)
    subject.get("carol")
    alice, bob, carol = (subject.state.find(name) for name in ("alice", "bob", "carol"))
    assert alice.monotonic_offset is bob.monotonic_offset
    assert carol.monotonic_offset == pytest.approx(bob.monotonic_offset + 5)


def test_after_a_deferred_prefetch_the_next_follows_soon():
    state = Subject().state
    assert state.seconds_until_prefetch() == 15
    state.metrics.deferred += 1
    assert state.seconds_until_prefetch() == 1
    assert state.seconds_until_prefetch() == 15
