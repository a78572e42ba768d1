"""The decisions of a cache, operation by operation; tests/concurrency tests whole calls."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flows import FlowRunner

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._core import ops
from cognito_credentials._core.records import Record
from cognito_credentials._core.refresh import Refresher
from cognito_credentials._core.shared_fetch import FetchResult
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    RefreshTimeoutError,
    TransportError,
)
from cognito_credentials.testing import FakeClock

LIFETIME = 3600
ADVISORY, MANDATORY = LIFETIME - 1020, LIFETIME - 60
MAX_FLIGHT_SECONDS = 77.0


class Service:
    """Stand-in for an exchange, or for fetches with a store, that returns numbered credentials."""

    def __init__(self, clock):
        self.clock = clock
        self.fetches = 0
        self.errors = []
        self.stale = None
        self.lookups = []

    def run(self, **lookup):
        yield from ops.now()
        if not lookup:
            return self._fetch()
        self.lookups.append(lookup)
        if self.stale is not None:
            return FetchResult("credentials:1", self.stale, is_new=False, error=self.errors.pop(0))
        record = Record(self._fetch(), fetched_at=self.clock.now(), skew=None, accepted=())
        return FetchResult("credentials:1", record, is_new=True)

    def _fetch(self):
        self.fetches += 1
        if self.errors:
            raise self.errors.pop(0)
        return credentials(self.clock, self.fetches)


def credentials(clock, number, lifetime=LIFETIME):
    return Credentials(
        access_key_id=f"ASIA{number}",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(clock.now() + lifetime, UTC),
        identity_id="us-east-1:1",
        _now=clock.now,
    )


class Subject:
    def __init__(self, *, is_shared=False):
        self.clock = FakeClock(1_800_000_000.0)
        self.service = Service(self.clock)
        self.is_provider_closed = False
        self.state = RefreshState(
            clock=self.clock,
            service_now=self.clock.now,
            policy=RefreshPolicy(),
            random=lambda: 0.0,
        )
        self.refresher = Refresher(
            self.state,
            self.service,
            self.service if is_shared else None,
            check_open=self._check_open,
            max_flight_seconds=MAX_FLIGHT_SECONDS,
        )
        self.runner = FlowRunner()

    def _check_open(self):
        if self.is_provider_closed:
            raise ConfigurationError("the provider is closed")

    def get(self, min_remaining=0.0):
        return self.runner.run(self.refresher.get(min_remaining))

    def run_background_flights(self):
        while self.runner.background:
            _, flow = self.runner.background.popitem()
            self.runner.run(flow())


@pytest.fixture(params=[False, True], ids=["alone", "with a store"])
def subject(request):
    return Subject(is_shared=request.param)


def advance_to(flow, operation):
    """Run the flow up to its first operation of this kind, and return the operation."""
    requested = next(flow)
    while not isinstance(requested, operation):
        requested = flow.send(False)
    return requested


def test_the_first_call_fetches_in_a_single_flight(subject):
    assert subject.get().access_key_id == "ASIA1"
    assert subject.get().access_key_id == "ASIA1"
    assert subject.service.fetches == 1
    assert len(subject.runner.flight_keys) == 1


def test_flights_are_limited_to_the_maximum_of_the_cache(subject):
    operation = advance_to(subject.refresher.get(0.0), ops.SingleFlight)
    assert operation.max_seconds == MAX_FLIGHT_SECONDS
    subject.get()
    subject.clock.advance(ADVISORY)
    operation = advance_to(subject.refresher.get(0.0), ops.StartFlight)
    assert operation.max_seconds == MAX_FLIGHT_SECONDS


def test_in_the_advisory_window_a_background_flight_is_started(subject):
    first = subject.get()
    subject.clock.advance(ADVISORY)
    assert subject.get() is first
    assert subject.service.fetches == 1
    subject.run_background_flights()
    assert subject.get().access_key_id == "ASIA2"


def test_no_background_flight_is_started_while_one_is_in_progress(subject):
    first = subject.get()
    subject.clock.advance(ADVISORY)
    subject.runner.in_flight = set(subject.runner.flight_keys)
    assert subject.get() is first
    assert subject.runner.background == {}


def test_a_caller_that_was_delayed_returns_what_another_flight_has_fetched(subject):
    delayed = subject.refresher.get(0.0)
    operation = advance_to(delayed, ops.SingleFlight)
    fetched = subject.get()
    assert subject.runner.run(operation.flow()) is fetched
    assert subject.service.fetches == 1


def test_a_delayed_caller_fetches_if_the_other_credentials_are_too_old_for_it(subject):
    delayed = subject.refresher.get(LIFETIME)
    operation = advance_to(delayed, ops.SingleFlight)
    subject.get()
    subject.clock.advance(1)
    assert subject.runner.run(operation.flow()).access_key_id == "ASIA2"


def test_a_caller_after_invalidate_does_not_join_an_earlier_flight(subject):
    before = advance_to(subject.refresher.get(0.0), ops.SingleFlight)
    subject.state.invalidate()
    after = advance_to(subject.refresher.get(0.0), ops.SingleFlight)
    assert before.key != after.key
    # The first flight returns its result but does not cache it.
    assert subject.runner.run(before.flow()).access_key_id == "ASIA1"
    assert subject.state.peek() is None


@pytest.mark.parametrize("is_shared", [False, True])
def test_with_a_store_a_caller_that_needs_more_time_has_its_own_flight(is_shared):
    """A stored record may be sufficient for the other callers."""
    subject = Subject(is_shared=is_shared)
    keys = {
        advance_to(subject.refresher.get(needed), ops.SingleFlight).key for needed in (0.0, 60.0)
    }
    assert len(keys) == (2 if is_shared else 1)


def test_caches_do_not_share_flights():
    keys = {advance_to(Subject().refresher.get(0.0), ops.SingleFlight).key for _ in range(2)}
    assert len(keys) == 2


def test_newer_credentials_that_last_long_enough_are_read_from_the_store():
    subject = Subject(is_shared=True)
    subject.get()
    fetched_at = subject.clock.now()
    subject.clock.advance(100)
    subject.get(3550)
    assert subject.service.lookups == [
        {"after": 0.0, "min_remaining": 0.0, "rejected": None},
        {"after": fetched_at, "min_remaining": 3550, "rejected": None},
    ]


def test_a_store_is_told_which_credentials_were_rejected():
    subject = Subject(is_shared=True)
    rejected = subject.get()
    assert subject.state.mark_rejected(rejected.access_key_id)
    assert subject.get() != rejected
    assert subject.service.lookups[1]["rejected"] == rejected.access_key_id


def test_a_failed_wait_returns_credentials_that_are_still_valid(subject):
    first = subject.get()
    subject.clock.advance(MANDATORY)
    flow = subject.refresher.get(0.0)
    advance_to(flow, ops.SingleFlight)
    with pytest.raises(StopIteration) as stop:
        flow.throw(RefreshTimeoutError("too long"))
    assert stop.value.value is first


@pytest.mark.parametrize(("age", "min_remaining"), [(LIFETIME, 0.0), (MANDATORY, 100.0)])
def test_a_failed_wait_raises_if_the_credentials_do_not_suffice(subject, age, min_remaining):
    subject.get()
    subject.clock.advance(age)
    flow = subject.refresher.get(min_remaining)
    advance_to(flow, ops.SingleFlight)
    with pytest.raises(RefreshTimeoutError):
        flow.throw(RefreshTimeoutError("too long"))


def test_a_failed_wait_does_not_return_credentials_that_expired_meanwhile(subject):
    subject.get()
    subject.clock.advance(MANDATORY)
    flow = subject.refresher.get(0.0)
    advance_to(flow, ops.SingleFlight)
    subject.clock.advance(60)
    with pytest.raises(RefreshTimeoutError):
        flow.throw(RefreshTimeoutError("too long"))


@pytest.mark.parametrize("min_remaining", [0, 60])
def test_a_waiter_that_resumes_too_late_does_not_get_expired_credentials(subject, min_remaining):
    flow = subject.refresher.get(min_remaining)
    operation = advance_to(flow, ops.SingleFlight)
    fetched = subject.runner.run(operation.flow())
    subject.clock.advance(LIFETIME)
    with pytest.raises(ExpiredOnArrivalError):
        flow.send(fetched)


def test_new_credentials_with_too_short_a_lifetime_are_cached_and_raise(subject):
    with pytest.raises(ConfigurationError, match="min_remaining"):
        subject.get(LIFETIME + 1)
    assert subject.get().access_key_id == "ASIA1"
    assert subject.service.fetches == 1


@pytest.mark.parametrize("min_remaining", [-1, float("nan"), float("inf"), "60"])
def test_an_invalid_min_remaining_is_rejected(subject, min_remaining):
    with pytest.raises(ConfigurationError, match="min_remaining"):
        subject.get(min_remaining)
    assert subject.service.fetches == 0


def test_a_failure_is_remembered_and_raised_as_a_copy(subject):
    error = ConfigurationError("wrong pool")
    subject.service.errors = [error]
    with pytest.raises(ConfigurationError) as first:
        subject.get()
    assert first.value is error
    with pytest.raises(ConfigurationError) as second:
        subject.get()
    assert second.value is not error
    assert second.value.__cause__ is error
    assert subject.service.fetches == 1


def test_a_failure_of_another_library_is_remembered_as_well(subject):
    subject.service.errors = [ZeroDivisionError()]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            subject.get()
    assert subject.service.fetches == 1


def test_a_retryable_failure_is_not_remembered_without_credentials(subject):
    subject.service.errors = [TransportError("no route")]
    with pytest.raises(TransportError):
        subject.get()
    assert subject.get().access_key_id == "ASIA2"


def test_stored_credentials_that_could_not_be_refreshed_are_cached_with_the_failure():
    subject = Subject(is_shared=True)
    stored = credentials(subject.clock, 7, LIFETIME - ADVISORY)
    fetched_at = subject.clock.now() - ADVISORY
    subject.service.stale = Record(stored, fetched_at=fetched_at, skew=None, accepted=())
    subject.service.errors = [TransportError("no route")]
    assert subject.get() is stored
    assert subject.get() is stored
    assert subject.runner.background == {}
    subject.clock.advance(300)
    assert subject.get() is stored
    assert len(subject.runner.background) == 1


def test_a_closed_cache_raises(subject):
    subject.get()
    subject.state.close()
    with pytest.raises(ConfigurationError, match="closed"):
        subject.get()


def test_a_refresh_of_a_closed_provider_fails_before_it_fetches(subject):
    first = subject.get()
    subject.is_provider_closed = True
    subject.clock.advance(MANDATORY)
    assert subject.get() is first
    subject.clock.advance(60)
    with pytest.raises(ConfigurationError, match="provider is closed"):
        subject.get()
    assert subject.service.fetches == 1


def test_an_abandoned_call_ends_without_further_operations(subject):
    flow = subject.refresher.get(0.0)
    advance_to(flow, ops.SingleFlight)
    flow.close()
    assert subject.get().access_key_id == "ASIA1"
