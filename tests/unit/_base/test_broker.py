"""What both brokers know of their users, step by step; `tests/scenarios/test_broker.py` has the whole."""

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
from cognito_credentials._base.broker_users import Request
from cognito_credentials._core.freshness import Decision
from cognito_credentials._core.shared_fetch import LONGEST_SHARING
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    RefreshTimeoutError,
)
from cognito_credentials.testing import ScriptedTransport, answer, credentials_answer, refusal

ALICE = {GOOGLE: jwt(sub="alice")}
ADVISORY, LIFETIME = 2600, 3600
GONE = refusal("ResourceNotFoundException", "IdentityPool 'x' not found.")


class Service(ScriptedTransport):
    """Refuses while there are refusals, then answers; `meanwhile` is done before each answer."""

    def __init__(self, clock):
        super().__init__([self._answer])
        self.clock = clock
        self.refusals = []
        self.meanwhile = lambda: None

    def _answer(self, request):
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        if self.refusals:
            return self.refusals.pop(0)
        if operation_of(request) == GET_ID:
            return answer(IdentityId=IDENTITY, clock=self.clock)
        expires_at = self.clock.now() + LIFETIME
        return credentials_answer(IDENTITY, expires_at=expires_at, clock=self.clock)

    @property
    def operations(self):
        return [operation_of(request) for request in self.requests]


class Desk:
    """A brokerage, a service, and fetches one by one."""

    def __init__(self, **options):
        self.clock = RecordingClock()
        self.service = Service(self.clock)
        config = {"clock": self.clock, "transport": self.service, "max_attempts": 1}
        options = {"prefetch_within": 0.0, "random": lambda: 0.5, **options}
        self.broker = CredentialBroker(POOL, client_config=config, **options)
        self.brokerage = self.broker._brokerage

    def look(self, name="alice", logins=ALICE):
        request = Request(name, logins)
        decision, _ = self.brokerage.look(request, in_flight=False)
        return request, decision

    def fetch(self, request, longest=10.0):
        return self.broker._driver().run(self.brokerage.fetch(request, longest=longest))

    def get(self, name="alice", logins=ALICE):
        return self.fetch(self.look(name, logins)[0])


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.broker.close()


# --- fetches, and what comes between ---------------------------------------------------------------


def test_who_looked_before_a_flight_landed_takes_what_it_brought(desk):
    requests = [desk.look()[0] for _ in range(3)]
    found = [desk.fetch(request) for request in requests]
    assert len(set(map(id, found))) == 1
    assert desk.service.operations == [GET_ID, GET_CREDENTIALS]
    assert desk.brokerage.metrics.fetches == 1


def test_a_refresh_that_was_due_is_not_made_after_another_s(desk):
    desk.brokerage.prefetch_within = 1e6
    desk.get()
    desk.clock.advance(ADVISORY)
    (due,) = desk.brokerage.due()
    newer = desk.get()
    assert desk.fetch(due, None) is newer
    assert desk.brokerage.metrics.refreshes == 0
    assert desk.service.operations.count(GET_CREDENTIALS) == 2


def test_a_fetch_that_began_before_its_user_was_forgotten_does_not_bring_it_back(desk):
    desk.service.meanwhile = lambda: desk.brokerage.forget("alice")
    assert desk.get().identity_id == IDENTITY  # who asked before gets an answer
    assert len(desk.brokerage) == 0
    desk.get()
    assert len(desk.brokerage) == 1


def test_nor_does_one_that_was_decided_on_before(desk):
    request, _ = desk.look()
    desk.brokerage.forget("alice")
    desk.fetch(request)
    assert len(desk.brokerage) == 0


def test_nor_does_a_prefetch(desk):
    desk.brokerage.prefetch_within = 1e6
    desk.get()
    desk.clock.advance(ADVISORY)
    (due,) = desk.brokerage.due()
    desk.brokerage.forget("alice")
    desk.fetch(due, None)
    assert len(desk.brokerage) == 0


class Forgetful(FakeStore):
    """A store into which the credentials come just after their user was forgotten."""

    forget = None

    def put(self, key, value, **options):
        if key.startswith("credentials:") and self.forget is not None:
            self.forget()
        super().put(key, value, **options)


def test_nor_back_into_the_store():
    store = Forgetful(RecordingClock())
    desk = Desk(store=store)
    store.forget = lambda: desk.broker.forget("alice")
    desk.get()
    assert store.of_kind("credentials") == []
    assert len(store.of_kind("identity-id")) == 1
    store.forget = None
    desk.get()
    assert len(store.of_kind("credentials")) == 1


def test_forgetting_one_user_leaves_the_fetches_of_others_alone(desk):
    desk.service.meanwhile = lambda: desk.brokerage.forget("bob")
    desk.get()
    assert len(desk.brokerage) == 1


def test_what_lands_after_the_end_is_not_kept(desk):
    desk.get()
    desk.clock.advance(LIFETIME)
    request, _ = desk.look()
    desk.service.meanwhile = desk.broker.close
    assert desk.fetch(request).identity_id == IDENTITY
    assert len(desk.brokerage) == 0


def test_after_the_end_nothing_more_is_sent(desk):
    """A retry, or the second call, would open a connection that nobody closes."""
    desk.service.meanwhile = desk.broker.close
    with pytest.raises(ConfigurationError, match="closed"):
        desk.get()
    assert desk.service.operations == [GET_ID]


# --- failures --------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_does_not_prolong_a_failure(desk):
    desk.service.refusals = [GONE]
    with pytest.raises(Exception, match="not found"):
        desk.get()
    with pytest.raises(Exception, match="not found"):
        desk.look()
    desk.clock.jump(-7200)
    desk.clock.advance(6)
    assert desk.look()[1] is Decision.WAIT


def test_nor_does_a_clock_that_is_set_forward(desk):
    desk.service.refusals = [GONE]
    with pytest.raises(Exception, match="not found"):
        desk.get()
    desk.clock.jump(7200)
    assert desk.look()[1] is Decision.WAIT


@pytest.mark.parametrize("how", ["forgotten", "evicted"])
def test_a_refresh_that_failed_is_not_held_against_who_has_nothing(how):
    desk = Desk(max_users=1)
    desk.get()
    desk.clock.advance(ADVISORY)
    desk.service.refusals = [GONE]
    request, decision = desk.look()
    assert decision is Decision.SERVE_AND_REFRESH
    with pytest.raises(Exception, match="not found"):
        desk.fetch(request, None)
    assert desk.look()[1] is Decision.SERVE  # for 5 to 10 minutes
    if how == "forgotten":
        desk.brokerage.forget("alice")
    else:
        desk.get("bob")
    assert desk.look()[1] is Decision.WAIT
    desk.get()


def test_a_success_ends_the_failure(desk):
    desk.service.refusals = [GONE]
    with pytest.raises(CognitoCredentialsError):
        desk.get()
    desk.clock.advance(6)
    desk.get()
    assert not desk.brokerage._failures


def test_an_outage_that_lasts_is_told_each_minute(desk, caplog):
    for name in "abc":
        desk.get(name)
    desk.clock.advance(ADVISORY)
    desk.service.refusals = [GONE] * 3
    for name, told in (("a", 1), ("b", 1), ("c", 2)):
        with pytest.raises(CognitoCredentialsError):
            desk.get(name)
        assert sum(record.levelname == "WARNING" for record in caplog.records) == told
        desk.clock.advance(31)


def test_a_refresh_does_not_find_in_the_store_what_it_is_to_replace():
    store = FakeStore(RecordingClock())
    one, two = Desk(store=store), Desk(store=store)
    first = one.get()
    assert two.get() == first
    two.clock.advance(ADVISORY)
    assert two.fetch(two.look()[0], None) != first


def test_failures_are_not_kept_without_end(desk, monkeypatch):
    monkeypatch.setattr("cognito_credentials._base.broker.MOST_FAILURES", 3)
    for number in range(5):
        desk.service.refusals = [GONE]
        with pytest.raises(Exception, match="not found"):
            desk.get(f"user {number}")
    for number in range(2):
        assert desk.look(f"user {number}")[1] is Decision.WAIT
    for number in range(2, 5):
        with pytest.raises(Exception, match="not found"):
            desk.look(f"user {number}")


def test_a_failure_that_is_remembered_holds_no_frames(desk):
    """They hold a fetch each, and with it a token: of ten thousand failures, too much."""

    def supplier():
        raise KeyError

    for logins in (ALICE, {GOOGLE: supplier}):
        desk.service.refusals = [GONE]
        with pytest.raises(CognitoCredentialsError) as caught:
            desk.get("alice", logins)
        with pytest.raises(type(caught.value)) as again:
            desk.look("alice", logins)
        remembered = again.value.__cause__
        assert remembered.__traceback__ is None
        assert remembered is not caught.value
        assert remembered.__cause__ is caught.value.__cause__  # which says why
        assert str(remembered) == str(caught.value)


class Broken:
    def send(self, request):
        raise ZeroDivisionError

    def close(self):
        pass


@pytest.mark.parametrize("through", ["broker", "cache"])
def test_an_error_that_is_not_ours_does_not_grow_each_time_that_it_is_raised(through):
    config = {"clock": RecordingClock(), "transport": Broken()}
    broker = CredentialBroker(POOL, client_config=config, prefetch_within=0)
    cache = from_cognito_identity_pool(POOL, client_config=config).cached()
    get = cache.get if through == "cache" else lambda: broker.get("alice", ALICE)

    def frames():
        with pytest.raises(ZeroDivisionError) as caught:
            get()
        return [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]

    frames()
    second = frames()
    assert second[-1] == "send"  # where it was raised at first
    assert [frames() for _ in range(5)] == [second] * 5


# --- turns -----------------------------------------------------------------------------------------


def test_a_caller_with_more_time_waits_longer_for_its_turn():
    desk = Desk(quotas=Quotas(get_id=0.1, get_credentials=100), deadline=1.0)
    desk.get()
    request, _ = desk.look("bob")
    with pytest.raises(RefreshTimeoutError, match="quota"):
        desk.fetch(request, 5.0)
    assert desk.fetch(request, 20.0)
    assert desk.clock.slept == [10.0]


def test_a_caller_with_less_time_leaves_the_turn_to_the_next():
    """The fetch goes on without it, as long as a call may take."""
    desk = Desk(quotas=Quotas(get_id=0.1, get_credentials=100), deadline=20.0)
    desk.get()
    assert desk.fetch(desk.look("bob")[0], 0.1)


def test_a_flight_has_time_for_its_turns_and_for_another_host_s():
    desk = Desk(deadline=100.0)
    longest = desk.brokerage.setup.longest_fetch + LONGEST_SHARING + 2 * 100
    assert desk.broker._flights.longest_wait >= longest


def test_both_flows_have_the_pace_of_credentials(desk):
    pacers = desk.brokerage.pacing.pacers
    assert pacers["GetOpenIdToken"] is pacers["GetCredentialsForIdentity"]
    assert pacers["GetId"] is not pacers["GetCredentialsForIdentity"]


def test_a_child_does_not_wait_for_a_lock_of_its_parent(desk):
    pacer = desk.brokerage.pacing.pacers["GetId"]
    desk.brokerage.lock.acquire()
    pacer._lock.acquire()
    desk.brokerage.reset()
    assert not desk.brokerage.lock.locked()
    assert not pacer._lock.locked()


# --- who is asking ---------------------------------------------------------------------------------


class Providers(enum.StrEnum):
    GOOGLE = GOOGLE


def test_the_key_of_a_login_may_be_an_enum_s(desk):
    credentials = desk.get("alice", {Providers.GOOGLE: ALICE[GOOGLE]})
    assert desk.brokerage.hit("alice", ALICE) is credentials


@pytest.mark.parametrize("logins", [5, "", "token", [GOOGLE], 0, False])
def test_logins_of_no_use_are_refused_for_a_known_user_as_well(desk, logins):
    for known in (None, ALICE):
        desk.get("alice", known)
        with pytest.raises(ConfigurationError, match="logins"):
            desk.broker.get("alice", logins)


@pytest.mark.parametrize("name", [[], {}, 5, None, b"alice", ""])
def test_a_name_of_no_use_is_refused(desk, name):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        desk.broker.get(name, ALICE)


def test_a_machine_that_slept_sees_that_credentials_are_over(desk):
    """Its monotonic clock may have stood still."""
    desk.get()
    desk.clock.jump(LIFETIME)
    assert desk.brokerage.hit("alice", ALICE) is None
    request, decision = desk.look()
    assert decision is Decision.WAIT
    assert desk.brokerage.valid(request) is None


def test_who_is_only_renewed_was_not_seen():
    desk = Desk(prefetch_within=4000)
    desk.get()
    for due in (1, 0):
        desk.clock.advance(ADVISORY)
        requests = desk.brokerage.due()
        assert len(requests) == due
        for request in requests:
            desk.fetch(request, None)


def test_the_users_of_one_clock_share_its_numbers(desk):
    """Numbers of its own for each would be a good part of what a user takes."""
    desk.get("alice")
    desk.clock.advance(0.1)
    desk.get("bob")
    first, second = (desk.brokerage._users[name] for name in ("alice", "bob"))
    assert first.seen_at is second.seen_at
    desk.clock.advance(1000.1)
    desk.get("bob")
    desk.clock.jump(5)
    desk.get("carol")
    alice, bob, carol = (desk.brokerage._users[name] for name in ("alice", "bob", "carol"))
    assert alice.offset is bob.offset
    assert carol.offset == pytest.approx(bob.offset + 5)


def test_a_prefetch_that_left_work_to_do_is_followed_soon():
    brokerage = Desk().brokerage
    assert brokerage.seconds_to_prefetch() == 15
    brokerage.metrics.deferred += 1
    assert brokerage.seconds_to_prefetch() == 1
    assert brokerage.seconds_to_prefetch() == 15
