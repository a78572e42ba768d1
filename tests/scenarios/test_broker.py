"""A broker: many users, each with credentials of its own, and never another's."""

from __future__ import annotations

import json

import pytest
from brokers import Broker, Service
from fake_store import AwaitableStore, FakeStore
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY_GONE,
    RecordingClock,
    Side,
    Supplier,
    jwt,
)

from cognito_credentials import Quotas, RefreshPolicy
from cognito_credentials._core.shared_fetch import LEASE_SECONDS
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    InternalErrorException,
    LoginTokenRejected,
    RefreshTimeoutError,
)
from cognito_credentials.logins import FACEBOOK
from cognito_credentials.testing import refusal

LIFETIME = 3600
ADVISORY = LIFETIME - 1122  # with the most jitter
MANDATORY = LIFETIME - 60
FAILS = refusal("InternalErrorException", "no", status=500)
NOT_VERIFIED = refusal(
    "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."
)


def login(name: str, **claims) -> dict[str, str]:
    return {GOOGLE: jwt(sub=name, **claims)}


@pytest.fixture
def broker(side: Side):
    made = Broker(side, prefetch_within=0)
    yield made
    made.side.settle()
    made.close()


@pytest.fixture
def make(side: Side):
    made: list[Broker] = []

    def broker(**arguments) -> Broker:
        made.append(Broker(side, **{"prefetch_within": 0, **arguments}))
        return made[-1]

    yield broker
    for one in made:
        one.side.settle()
        one.close()


def warnings(side: Side) -> list[str]:
    return [line for line in side.log if line.startswith("WARNING")]


# --- users -----------------------------------------------------------------------------------------


def test_each_user_has_credentials_of_its_own(broker: Broker):
    alice, bob = login("alice"), login("bob")
    first = broker.get("alice", alice)
    second = broker.get("bob", bob)
    assert first.identity_id != second.identity_id
    assert broker.get("alice", alice) is first
    assert broker.get("bob", dict(bob)) is second
    assert broker.service.operations == [GET_ID, GET_CREDENTIALS] * 2
    assert (broker.metrics.hits, broker.metrics.fetches, broker.metrics.waits) == (2, 2, 2)


def test_a_guest_has_no_logins(broker: Broker):
    first = broker.get("guest 1")
    assert broker.get("guest 1", {}) is first
    assert broker.get("guest 2").identity_id != first.identity_id


def test_a_forged_token_is_never_answered_from_memory(broker: Broker):
    broker.get("alice", login("alice"))
    broker.service.refusals = [NOT_VERIFIED] * 2
    with pytest.raises(LoginTokenRejected):
        broker.get("alice", login("alice", jti="forged"))
    # And the forger's failure is none of hers.
    assert broker.generation("alice", login("alice")) == 1
    assert broker.service.count() == 2


def test_a_token_that_was_accepted_is_answered_from_memory(broker: Broker):
    phone, laptop = login("alice", jti="phone"), login("alice", jti="laptop")
    assert broker.generation("alice", phone) == 1
    assert broker.generation("alice", laptop) == 2
    assert broker.generation("alice", phone) == 2
    assert broker.generation("alice", laptop) == 2
    assert broker.service.count() == 2
    assert broker.service.count(GET_ID) == 1


def test_an_expired_token_does_not_answer_for_a_later_generation(broker: Broker):
    phone = login("alice", jti="phone", exp=int(broker.side.clock.now()) + 600)
    laptop = login("alice", jti="laptop")
    assert broker.generation("alice", phone) == 1
    broker.side.clock.advance(601)
    # Nothing ends early: these were given for it.
    assert broker.generation("alice", phone) == 1
    assert broker.generation("alice", laptop) == 2
    broker.service.refusals = [NOT_VERIFIED] * 2
    with pytest.raises(LoginTokenRejected):  # since the service is asked
        broker.get("alice", phone)


def test_another_user_under_the_same_name_gets_its_own(broker: Broker):
    """The application mixes up its users: each token still gets what is its own."""
    alice, bob = login("alice"), login("bob")
    first = broker.get("user", alice)
    broker.forget("user")
    second = broker.get("user", bob)
    assert first.identity_id != second.identity_id
    # What was accepted for the one is not for the other.
    assert broker.service.count() == 2
    assert broker.get("user", alice) != second


def test_tokens_that_do_not_say_whose_they_are_do_not_mix_up_users(broker: Broker):
    """Two users under one name, as the application has it, with tokens that are no JWTs."""
    alice, bob = ({FACEBOOK: f"opaque-token-of-{name}"} for name in ("alice", "bob"))
    first = broker.get("user", alice)
    broker.service.refusals = [refusal(*IDENTITY_GONE)]
    second = broker.get("user", bob)
    assert second.identity_id != first.identity_id
    broker.service.refusals = [refusal(*IDENTITY_GONE)]
    assert broker.get("user", alice).identity_id == first.identity_id


def test_a_supplier_is_asked_for_each_fetch(broker: Broker, side: Side):
    supplier = Supplier(login("alice")[GOOGLE])
    logins = {GOOGLE: side.user(supplier)}
    first = broker.get("alice", logins)
    assert broker.get("alice", logins) is first
    assert supplier.asked == [False]


def test_a_token_that_ends_before_the_credentials_is_no_warning(broker: Broker, side: Side):
    """The caller's next token comes with its next request."""
    for name in ("alice", "bob"):
        broker.get(name, login(name, exp=int(side.clock.now()) + 900))
    assert warnings(side) == []


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_user_without_a_name_is_refused(broker: Broker, name):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.get(name, login("alice"))
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.forget(name)


def test_logins_of_no_use_are_refused(broker: Broker):
    with pytest.raises(ConfigurationError, match="logins"):
        broker.get("alice", "a-token")
    with pytest.raises(ConfigurationError, match="None"):
        broker.get("alice", {GOOGLE: None})


# --- when ------------------------------------------------------------------------------------------


def test_a_window_longer_than_the_credentials_live_is_refused(make):
    with pytest.raises(ConfigurationError, match="mandatory_refresh_window is 4000 s"):
        make(policy=RefreshPolicy(mandatory_refresh_window=4000))


def test_in_the_advisory_window_nobody_waits(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 1000)
    assert broker.generation("alice", login("alice")) == 1
    broker.side.settle()
    assert broker.generation("alice", login("alice")) == 2
    assert broker.service.count(GET_ID) == 1
    assert broker.metrics.refreshes == 1


def test_in_the_last_minute_the_caller_waits(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(MANDATORY)
    assert broker.generation("alice", login("alice")) == 2


def test_a_failed_refresh_keeps_what_works_and_backs_off(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME - 1000)
    broker.service.refusals = [FAILS]
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


def test_an_outage_is_told_once_for_all_users(broker: Broker, side: Side):
    for number in range(20):
        broker.get(f"user {number}", login(f"user {number}"))
    side.clock.advance(LIFETIME - 1000)
    broker.service.refusals = [FAILS] * 20
    for number in range(20):
        broker.get(f"user {number}", login(f"user {number}"))
        broker.side.settle()
    assert broker.metrics.failures == 20
    assert len(warnings(side)) == 1


def test_after_the_end_a_failure_is_the_caller_s(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME + 1)
    broker.service.refusals = [FAILS]
    with pytest.raises(InternalErrorException):
        broker.get("alice", login("alice"))
    assert broker.generation("alice", login("alice")) == 2


def test_a_hopeless_failure_is_remembered_for_a_moment(broker: Broker, side: Side):
    broker.service.refusals = [refusal("ResourceNotFoundException", "IdentityPool 'x' not found.")]
    for _ in range(3):
        with pytest.raises(Exception, match="not found"):
            broker.get("alice", login("alice"))
    assert broker.service.operations == [GET_ID]
    side.clock.advance(5)
    assert broker.generation("alice", login("alice")) == 1


def test_a_wall_clock_that_is_set_back_keeps_nobody_s_credentials_alive(broker: Broker, side: Side):
    broker.get("alice", login("alice"))
    side.clock.advance(LIFETIME + 1)
    side.clock.jump(-7200)
    assert broker.generation("alice", login("alice")) == 2


# --- prefetching -----------------------------------------------------------------------------------


def test_who_was_seen_lately_is_renewed_without_asking(make, side: Side):
    broker = make(prefetch_within=600)
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
    # Nobody has asked for them since: they are not renewed for ever.
    side.clock.advance(ADVISORY)
    assert broker.prefetch() == 0


def test_nobody_is_renewed_by_a_token_that_is_over(make, side: Side):
    broker = make(prefetch_within=1e6)
    token = login("alice", exp=int(side.clock.now()) + 900)
    broker.get("alice", token)
    side.clock.advance(LIFETIME - 600)
    assert broker.prefetch() == 0
    assert broker.metrics.failures == 0


def test_a_prefetch_that_fails_is_not_tried_again_at_once(make):
    broker = make(prefetch_within=1e6)
    broker.get("alice", login("alice"))
    broker.side.clock.advance(LIFETIME - 1000)
    broker.service.refusals = [FAILS]
    assert broker.prefetch() == 1
    assert broker.prefetch() == 0
    broker.side.clock.advance(601)
    assert broker.prefetch() == 1


# --- bounds and deadlines --------------------------------------------------------------------------


def test_the_least_used_are_forgotten(make):
    broker = make(max_users=3)
    for name in "abc":
        broker.get(name, login(name))
    broker.get("d", login("d"))  # a second chance for all, and the first goes
    broker.get("b", login("b"))
    broker.get("e", login("e"))
    assert broker.metrics.evictions == 2
    before = broker.service.count()
    broker.get("b", login("b"))
    assert broker.service.count() == before
    assert repr(broker.broker).endswith("of 3 users>")


def test_calls_are_paced_and_nobody_is_refused(make, side: Side):
    broker = make(quotas=Quotas(get_id=5, get_credentials=1000), deadline=1e6)
    for number in range(30):
        broker.get(f"user {number}", login(f"user {number}"))
    service = broker.service
    moments = [
        moment
        for moment, name in zip(service.moments, service.operations, strict=True)
        if name == GET_ID
    ]
    assert moments[-1] - moments[0] == pytest.approx((30 - 1) / 5, abs=0.01)
    for start in range(29):
        assert moments[start + 1] - moments[start] >= 0.19
    assert broker.metrics.paced == 29


def test_a_call_whose_turn_would_come_too_late_is_told_so(make, side: Side):
    broker = make(quotas=Quotas(get_id=1, get_credentials=1), deadline=0.5)
    broker.get("a", login("a"))
    with pytest.raises(RefreshTimeoutError, match="quota of GetId") as caught:
        broker.get("b", login("b"))
    assert caught.value.is_retryable
    assert "quotas" in caught.value.hint
    assert broker.metrics.timeouts == 1
    side.clock.advance(1)
    broker.get("b", login("b"))


class HeldClock(RecordingClock):
    """Waits that are held back as what is sent is, and counted as they are."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.side = side

    def sleep(self, seconds: float) -> None:
        if self.side.gate is not None:
            self.side.gate.wait()
        super().sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        if self.side.gate is not None:
            await self.side.gate.wait_awaited()
        super().sleep(seconds)


def gives_up(broker: Broker) -> RefreshTimeoutError:
    """Return the error of a caller who joins a fetch that is held up."""
    gate = broker.side.hold()
    for _ in range(2):
        with pytest.raises(RefreshTimeoutError) as caught:
            broker.get("bob", login("bob"), deadline=0.05)
        assert gate.arrived.acquire(timeout=30)
        gate.arrived.release()
    broker.side.settle()
    assert broker.get("bob", login("bob"))
    return caught.value


def test_who_was_held_up_by_the_quota_is_told_so(make, side: Side):
    side.clock = HeldClock(side)
    broker = make(quotas=Quotas(get_id=1, get_credentials=1000))
    broker.get("alice", login("alice"))
    error = gives_up(broker)
    assert "quota" in error.message
    assert "quotas" in error.hint
    assert not broker.broker._flows._rate_limited_keys
    assert "quota" not in str(gives_up(make()))


def test_work_in_the_background_gives_way_to_callers(make, side: Side):
    broker = make(quotas=Quotas(get_id=1000, get_credentials=50), prefetch_within=1e6)
    for number in range(10):
        broker.get(f"user {number}", login(f"user {number}"))
        side.clock.advance(0.1)
    side.clock.advance(LIFETIME - 1000)
    assert broker.prefetch() == 10
    # Two of ten calls that may come at once are left to callers, who need not wait.
    assert broker.service.count() == 10 + 8
    assert broker.metrics.deferred == 2
    side.clock.slept.clear()
    broker.get("new", login("new"))
    assert side.clock.slept == []
    assert broker.metrics.failures == 0
    side.clock.advance(1)
    assert broker.prefetch() == 2


def test_what_is_valid_is_served_where_the_quota_is_used_up(make, side: Side):
    broker = make(quotas=Quotas(get_id=1000, get_credentials=1), deadline=0.5)
    broker.get("alice", login("alice"))
    side.clock.advance(MANDATORY)
    broker.get("bob", login("bob"))
    assert broker.generation("alice", login("alice")) == 1
    assert broker.metrics.timeouts == 0  # nobody saw one


# --- stores ----------------------------------------------------------------------------------------


def store_of(side: Side, store: FakeStore):
    return AwaitableStore(store) if side.is_awaitable else store


def test_a_second_host_finds_what_the_first_has_fetched(make, side: Side):
    store = FakeStore(side.clock)
    first, second = (make(store=store_of(side, store)) for _ in range(2))
    ours = first.get("alice", login("alice"))
    assert second.get("alice", login("alice")) == ours
    assert second.service.operations == []
    assert second.metrics.shared == 1
    side.clock.advance(LIFETIME + 1)
    third = make(store=store_of(side, store))
    third.get("alice", login("alice"))
    assert third.service.operations == [GET_CREDENTIALS]


def test_forgetting_deletes_what_the_store_has_and_keeps_the_identity_id(make, side: Side):
    store = FakeStore(side.clock)
    broker = make(store=store_of(side, store))
    broker.get("alice", login("alice"))
    broker.forget("alice")
    broker.forget("nobody")
    assert store.of_kind("credentials") == []
    assert len(store.of_kind("identity-id")) == 1
    assert broker.generation("alice", login("alice")) == 2
    assert broker.service.count(GET_ID) == 1


def test_a_store_that_is_down_costs_only_the_sharing(make, side: Side):
    store = FakeStore(side.clock, "get lock put delete")
    broker = make(store=store_of(side, store))
    broker.get("alice", login("alice"))
    broker.forget("alice")
    assert broker.generation("alice", login("alice")) == 2


AWAY = "get lock put delete"


def test_a_guest_whose_store_is_away_at_the_renewal_stays_who_it_is(make, side: Side):
    store = FakeStore(side.clock)
    broker = make(store=store_of(side, store))
    ours = broker.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    store.broken = set(AWAY.split())
    assert broker.get("guest").identity_id == ours
    assert broker.service.count(GET_ID) == 1


def test_a_guest_who_was_born_in_an_outage_is_known_to_all_after_it(make, side: Side):
    store = FakeStore(side.clock, AWAY)
    broker = make(store=store_of(side, store))
    ours = broker.get("guest").identity_id
    store.broken = set()
    side.clock.advance(LIFETIME + 1)
    assert broker.get("guest").identity_id == ours
    assert broker.service.count(GET_ID) == 1
    side.clock.advance(LIFETIME + 1)
    other = make(store=store_of(side, store))
    assert other.get("guest").identity_id == ours
    assert other.service.operations == [GET_CREDENTIALS]


def test_a_store_that_has_lost_an_identity_id_is_given_it_again(make, side: Side):
    store = FakeStore(side.clock)
    broker = make(store=store_of(side, store))
    ours = broker.get("guest").identity_id
    store.entries.clear()
    side.clock.advance(LIFETIME + 1)
    assert broker.get("guest").identity_id == ours
    (key,) = store.of_kind("identity-id")
    assert ours.encode() in store.entries[key]


def test_the_store_s_identity_id_comes_before_the_one_that_is_held(make, side: Side):
    """Another host has found it dead, and replaced it."""
    store = FakeStore(side.clock)
    service = Service(side)
    first, second = (make(service=service, store=store_of(side, store)) for _ in range(2))
    dead = first.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    service.refusals = [refusal(*IDENTITY_GONE)]
    ours = second.get("guest").identity_id
    assert ours != dead
    side.clock.advance(LIFETIME + 1)
    before = service.count(GET_ID)
    assert first.get("guest").identity_id == ours
    assert service.count(GET_ID) == before


def test_a_dead_identity_id_does_not_come_back_in_an_outage(make, side: Side):
    store = FakeStore(side.clock)
    broker = make(store=store_of(side, store))
    dead = broker.get("guest").identity_id
    side.clock.advance(LIFETIME + 1)
    store.broken = set(AWAY.split())
    broker.service.refusals = [refusal(*IDENTITY_GONE)]
    assert broker.get("guest").identity_id != dead
    assert broker.service.count(GET_ID) == 2


@pytest.mark.parametrize("lease", [LEASE_SECONDS, 1e9], ids=["dead", "stuck"])
def test_a_lock_s_holder_that_is_gone_costs_the_next_caller_no_error(make, side: Side, lease):
    """With the deadline that a broker has by itself, and time left for the fetch."""
    store = FakeStore(side.clock)
    make(store=store_of(side, store)).get("guest")
    (key,) = store.of_kind("credentials")
    store.entries.clear()
    store.lock(key, lease)
    broker = make(store=store_of(side, store))
    assert broker.get("guest")
    assert LEASE_SECONDS <= sum(side.clock.slept) < broker.broker._flows._deadline - 1


class FleetStore(FakeStore):
    """A store that paces the whole fleet."""

    def __init__(self, clock, *waits) -> None:
        super().__init__(clock)
        self.waits = list(waits)
        self.asked: list[dict] = []

    def reserve(self, name, **pace):
        self.use("reserve")
        self.asked.append({"name": name, **pace})
        return self.waits.pop(0)


def test_a_store_that_can_paces_the_whole_fleet(make, side: Side):
    if side.is_awaitable:
        pytest.skip("the other two sides show it")
    store = FleetStore(side.clock, 0, 2.5)
    broker = make(store=store, account_id="123456789012")
    broker.get("alice", login("alice"))
    assert [asked["name"] for asked in store.asked] == [
        f"123456789012 us-east-1 {name}" for name in (GET_ID, GET_CREDENTIALS)
    ]
    assert store.asked[1]["interval"] == pytest.approx(1 / 200)
    assert 2.5 in side.clock.slept
    store.broken = {"reserve"}
    side.clock.advance(LIFETIME + 1)
    broker.get("alice", login("alice"))  # by the pacers of this host
    assert broker.service.count() == 2


# --- the end ---------------------------------------------------------------------------------------


def test_a_closed_broker_fetches_no_more(side: Side):
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
def test_an_option_of_no_use_is_refused_by_name(side: Side, name, value):
    if side.is_awaitable:
        pytest.skip("no awaitable is given")
    with pytest.raises(ConfigurationError, match=name):
        Broker(side, Service(side), **{name: value})


@pytest.mark.parametrize("deadline", [float("nan"), float("inf"), -1, 0, "1"])
def test_a_deadline_of_no_use_is_refused(broker: Broker, deadline):
    for _ in ("with a fetch", "on a hit"):
        with pytest.raises(ConfigurationError, match="deadline"):
            broker.get("alice", login("alice"), deadline=deadline)
        broker.get("alice", login("alice"))


def test_a_broker_cannot_be_pickled(broker: Broker):
    import pickle

    with pytest.raises(TypeError, match="create one in each process"):
        pickle.dumps(broker.broker)


# --- credentials that expire before they are retained -------------------------------------------------


class SlowStore(FakeStore):
    """A store whose next ``put`` of credentials takes longer than they live."""

    delay = 0.0

    def put(self, key, value, **options):
        super().put(key, value, **options)
        if key.startswith("credentials:"):
            self.clock.jump(self.delay)
            self.delay = 0.0


@pytest.mark.parametrize("excess", [0, 0.25, 7200])
def test_credentials_that_expire_before_they_are_retained_are_neither_returned_nor_retained(
    side: Side, make, excess
):
    store = SlowStore(side.clock)
    broker = make(store=AwaitableStore(store) if side.is_awaitable else store)
    store.delay = LIFETIME + excess
    with pytest.raises(ExpiredOnArrivalError):
        broker.get("guest")
    assert (broker.metrics.fetches, broker.metrics.failures) == (0, 1)
    assert broker.generation("guest") == 2


def test_credentials_that_expire_before_they_are_retained_do_not_replace_valid_ones(
    side: Side, make
):
    store = SlowStore(side.clock)
    broker = make(store=AwaitableStore(store) if side.is_awaitable else store)
    first = broker.get("guest")
    side.clock.advance(MANDATORY)
    broker.service.lifetime, store.delay = 5.0, 5.0
    assert broker.get("guest") is first
    broker.service.lifetime = LIFETIME
    side.clock.advance(60)
    assert broker.generation("guest") == 3


@pytest.mark.parametrize("expiration", ["reached", "passed"])
def test_a_stored_record_that_had_expired_when_it_was_fetched_is_only_for_its_tokens(
    side: Side, make, expiration
):
    store = FakeStore(side.clock)
    shared = AwaitableStore(store) if side.is_awaitable else store
    make(store=shared).get("alice", login("alice"))
    (key,) = store.of_kind("credentials")
    record = json.loads(store.entries[key])
    late = 0 if expiration == "reached" else 7200
    record["fetched_at"] = record["credentials"]["expiration"] + late
    store.entries[key] = json.dumps(record).encode()
    other = make(store=shared)
    other.service.refusals = [NOT_VERIFIED]
    with pytest.raises(LoginTokenRejected):
        other.get("alice", login("alice", jti="forged"))
    credentials = other.get("alice", login("alice"))
    side.clock.advance(LIFETIME)
    assert other.get("alice", login("alice")) != credentials
    assert other.service.count() == 2
