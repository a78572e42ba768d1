"""The decisions of a broker, operation by operation; tests/scenarios tests whole calls."""

from __future__ import annotations

import pytest
from fake_store import FakeStore
from flows import FlowRunner
from harness import GET_ID, GOOGLE, IDENTITY, POOL, RecordingClock, jwt, operation_of

from cognito_credentials._base.broker import BrokerState
from cognito_credentials._base.provider import BrokerSpec
from cognito_credentials._base.rate_limits import RateLimiter
from cognito_credentials._core import ops
from cognito_credentials._core.broker import BrokerFlows
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials._core.rate_limiting import RateLimits, RefreshDeferredError
from cognito_credentials._core.shared_store import SharedStore
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    RefreshTimeoutError,
    TransportError,
)
from cognito_credentials.policy import RefreshPolicy
from cognito_credentials.testing import credentials_response, success_response

ALICE = {GOOGLE: jwt(sub="alice")}
ADVISORY, LIFETIME = 2600, 3600
DEADLINE = 10.0


class Runner(FlowRunner):
    """A driver whose service responds to every request with the time of the subject's clock."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.errors = []
        self.on_sleep = lambda: None

    def _carry_out(self, operation):
        if isinstance(operation, ops.Now):
            return self.clock.now()
        if isinstance(operation, ops.Sleep):
            self.on_sleep()
            return self.clock.sleep(operation.seconds)
        if not isinstance(operation, ops.Send):
            return super()._carry_out(operation)
        self.requests.append(operation.request)
        if self.errors:
            raise self.errors.pop(0)
        if operation_of(operation.request) == GET_ID:
            return success_response(IdentityId=IDENTITY, clock=self.clock)
        expires_at = self.clock.now() + LIFETIME
        return credentials_response(IDENTITY, expires_at=expires_at, clock=self.clock)


class Subject:
    def __init__(self, rate=1000.0, store=None):
        self.clock = RecordingClock()
        config = {"clock": self.clock, "max_attempts": 1}
        spec = BrokerSpec(
            identity_pool_id=POOL,
            account_id=None,
            custom_role_arn=None,
            basic_flow=None,
            client_config=config,
        )
        policy = RefreshPolicy()
        self.state = BrokerState(
            spec,
            store=None if store is None else SharedStore(store),
            policy=policy,
            max_users=10,
            prefetch_within=1e6,
            random=lambda: 0.5,
        )
        self.metrics = self.state.metrics
        limiters = {"GetId": RateLimiter(rate, self.clock.monotonic)}
        self.flows = BrokerFlows(
            self.state,
            spec,
            policy=policy,
            rate_limits=RateLimits(limiters, None, "account", self.metrics),
            deadline=DEADLINE,
        )
        self.runner = Runner(self.clock)

    def get_flow(self, deadline=None, name="alice"):
        return self.flows.get(UserRequest(name, ALICE), deadline)

    def get(self, deadline=None, name="alice"):
        return self.runner.run(self.get_flow(deadline, name))

    @property
    def counts(self):
        return self.metrics.hits, self.metrics.waits, self.metrics.timeouts


@pytest.fixture
def subject():
    return Subject()


def advance_to(flow, operation):
    """Run the flow up to its first operation of this kind, and return the operation."""
    requested = next(flow)
    while not isinstance(requested, operation):
        requested = flow.send(False)
    return requested


def test_the_first_call_waits_for_a_flight_until_its_deadline(subject):
    credentials = subject.get()
    assert credentials.identity_id == IDENTITY
    assert subject.runner.timeouts == [DEADLINE]
    assert subject.counts == (0, 1, 0)
    assert sum(subject.metrics.waited.counts) == 1


def test_a_call_may_have_another_deadline(subject):
    subject.get(deadline=3.0)
    assert subject.runner.timeouts == [3.0]


def test_cached_credentials_are_a_hit(subject):
    first = subject.get()
    assert subject.get() is first
    assert subject.counts == (1, 1, 0)
    assert subject.runner.timeouts == [DEADLINE]


def test_in_the_advisory_window_a_background_flight_is_started(subject):
    first = subject.get()
    subject.clock.advance(ADVISORY)
    assert subject.get() is first
    (flow,) = subject.runner.background.values()
    second = subject.runner.run(flow())
    assert second != first
    assert subject.metrics.refreshes == 1
    assert subject.get() is second


def test_a_caller_whose_credentials_expire_after_the_decision_waits_for_new_ones(subject):
    """The machine is suspended while the flight of the refresh is started."""
    subject.get()
    subject.clock.advance(ADVISORY)
    flow = subject.get_flow()
    advance_to(flow, ops.StartFlight)
    subject.clock.advance(LIFETIME)
    assert isinstance(flow.send(None), ops.IsInFlight)
    assert isinstance(flow.send(False), ops.JoinFlight)
    flow.close()


def test_no_background_flight_is_started_while_one_is_in_progress(subject):
    subject.get()
    subject.clock.advance(ADVISORY)
    subject.runner.in_flight = set(subject.runner.flight_keys)
    subject.get()
    assert subject.runner.background == {}


def test_a_caller_whose_refresh_is_deferred_fetches_with_the_time_that_is_left(subject):
    """The caller joins a background refresh, which is then deferred because other callers wait."""
    flow = subject.get_flow()
    operation = advance_to(flow, ops.JoinFlight)
    assert operation.timeout_seconds == DEADLINE
    subject.clock.advance(4)
    flow.throw(RefreshDeferredError("callers need the quota"))
    operation = flow.send(False)
    assert operation.timeout_seconds == DEADLINE - 4
    fetched = subject.runner.run(operation.flow())
    with pytest.raises(StopIteration) as stop:
        flow.send(fetched)
    assert stop.value.value is fetched
    assert subject.counts == (0, 1, 0)
    assert sum(subject.metrics.waited.counts) == 1


def test_a_caller_that_finds_credentials_after_a_deferred_refresh_has_waited(subject):
    flow = subject.get_flow()
    advance_to(flow, ops.JoinFlight)
    fetched = subject.get()
    flow.throw(RefreshDeferredError("callers need the quota"))
    with pytest.raises(StopIteration) as stop:
        flow.send(False)
    assert stop.value.value is fetched
    assert subject.counts == (0, 2, 0)


def test_a_failed_wait_returns_credentials_that_are_still_valid(subject):
    first = subject.get()
    subject.clock.advance(LIFETIME - 30)
    flow = subject.get_flow()
    advance_to(flow, ops.JoinFlight)
    with pytest.raises(StopIteration) as stop:
        flow.throw(RefreshTimeoutError("too late"))
    assert stop.value.value is first
    assert subject.metrics.timeouts == 0


def test_a_timeout_without_valid_credentials_is_counted_and_raised(subject):
    flow = subject.get_flow()
    advance_to(flow, ops.JoinFlight)
    error = RefreshTimeoutError("too late")
    with pytest.raises(RefreshTimeoutError) as raised:
        flow.throw(error)
    assert raised.value is error
    assert subject.counts == (0, 1, 1)


def test_a_timeout_error_states_whether_the_fetch_waited_for_the_quota():
    subject = Subject(rate=0.5)
    subject.get(name="bob")
    flow = subject.get_flow()
    operation = advance_to(flow, ops.JoinFlight)
    raised = []

    def time_out():
        with pytest.raises(RefreshTimeoutError) as error:
            flow.throw(RefreshTimeoutError("too late"))
        raised.append(error.value)

    # The fetch is still waiting for the quota when the caller's deadline expires.
    subject.runner.on_sleep = time_out
    subject.runner.run(operation.flow())
    assert "quota" in str(raised[0])
    assert raised[0].__cause__.message == "too late"
    # A later fetch for the same user did not wait for the quota.
    subject.clock.advance(LIFETIME)
    flow, error = subject.get_flow(), RefreshTimeoutError("too late")
    advance_to(flow, ops.JoinFlight)
    with pytest.raises(RefreshTimeoutError) as second:
        flow.throw(error)
    assert second.value is error


def test_a_waiter_that_resumes_too_late_does_not_get_expired_credentials(subject):
    flow = subject.get_flow()
    operation = advance_to(flow, ops.JoinFlight)
    fetched = subject.runner.run(operation.flow())
    subject.clock.advance(LIFETIME)
    with pytest.raises(ExpiredOnArrivalError):
        flow.send(fetched)


def test_an_abandoned_call_is_counted_as_a_wait(subject):
    flow = subject.get_flow()
    advance_to(flow, ops.JoinFlight)
    flow.close()
    assert subject.metrics.waits == 1


def test_refresh_is_a_single_flight_in_the_background(subject):
    subject.get()
    subject.clock.advance(ADVISORY)
    (request,) = subject.state.users_to_refresh()
    operation = next(subject.flows.refresh(request))
    assert isinstance(operation, ops.SingleFlight)
    assert operation.key == request.key
    subject.runner.run(operation.flow())
    assert subject.metrics.refreshes == 1


def test_a_deferred_refresh_is_counted_and_not_remembered():
    subject = Subject(rate=0.001)
    request = UserRequest("alice", ALICE)
    subject.get(name="bob")
    with pytest.raises(RefreshDeferredError):
        subject.runner.run(subject.flows.fetch(request, None))
    assert (subject.metrics.deferred, subject.metrics.failures) == (1, 0)


def test_a_failed_fetch_is_counted_and_remembered(subject):
    subject.runner.errors = [TransportError("no route")]
    with pytest.raises(TransportError):
        subject.get()
    assert (subject.metrics.deferred, subject.metrics.failures) == (0, 1)


def test_the_duration_of_a_fetch_is_recorded():
    subject = Subject(rate=0.5)
    subject.get(name="bob")
    subject.get()
    assert subject.metrics.fetched_in.total == 2.0


def test_forget_deletes_the_stored_credentials():
    store = FakeStore(RecordingClock())
    subject = Subject(store=store)
    subject.get()
    subject.runner.run(subject.flows.forget("bob"))
    assert len(store.of_kind("credentials")) == 1
    subject.runner.run(subject.flows.forget("alice"))
    assert store.of_kind("credentials") == []
    assert len(store.of_kind("identity-id")) == 1


def start_store_check(store):
    """Return a subject whose store has lost its entries, and the flow of the next store check."""
    subject = Subject(store=store)
    subject.get()
    store.entries.clear()
    subject.clock.advance(2)
    subject.get()
    (flow,) = subject.runner.background.values()
    return subject, flow()


def test_a_store_check_writes_nothing_for_a_user_that_was_forgotten_before():
    store = FakeStore(RecordingClock())
    subject, flow = start_store_check(store)
    subject.runner.run(subject.flows.forget("alice"))
    subject.runner.run(flow)
    assert store.entries == {}


def test_a_store_check_deletes_the_credentials_of_a_user_that_is_forgotten_meanwhile():
    store = FakeStore(RecordingClock())
    subject, flow = start_store_check(store)

    def forget_during_write(key, lease):
        subject.state.forget("alice")
        return False

    store.is_overtaken = forget_during_write
    subject.runner.run(flow)
    assert subject.state.find("alice") is None
    assert store.of_kind("credentials") == []


def test_forget_without_a_store_discards_the_user(subject):
    subject.get()
    subject.runner.run(subject.flows.forget("alice"))
    assert subject.state.find("alice") is None


def test_a_closed_broker_raises_and_sends_nothing(subject):
    subject.state.close()
    with pytest.raises(ConfigurationError, match="closed"):
        subject.get()
    with pytest.raises(ConfigurationError, match="closed"):
        subject.runner.run(subject.flows.forget("alice"))
    assert subject.runner.requests == []
