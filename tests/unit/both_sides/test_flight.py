"""Single flight in both drivers; tests/concurrency tests it with many callers."""

from __future__ import annotations

import pytest
from harness import Gate, RecordingClock

from cognito_credentials._aio.driver import Driver as AsyncDriver
from cognito_credentials._core import ops
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError, TransportError


class Subject:
    """A blocking interface to a sync or async driver, and flows that a gate can block."""

    def __init__(self, side, max_seconds=60.0):
        self.side = side
        self.gate = Gate()
        self.runs = []
        self.driver = (Driver if side.is_sync else AsyncDriver)(
            transport=None, clock=RecordingClock(), max_flight_seconds=max_seconds
        )

    def run(self, flow):
        return self.side.run(self.driver.run, flow)

    def lead(self, flow, key="key"):
        return self.run(ops.single_flight(key, flow))

    def start(self, flow, key="key", **options):
        self.run(ops.start_flight(key, flow, **options))

    def join(self, flow, timeout_seconds=30.0, key="key"):
        return self.run(ops.join_flight(key, flow, timeout_seconds=timeout_seconds))

    def is_in_flight(self, key="key"):
        return self.run(ops.is_in_flight(key))

    def returning(self, value):
        def flow():
            self.runs.append(value)
            yield from ops.now()
            return value

        return flow

    def returning_after_gate_opens(self, value):
        def flow():
            self.runs.append(value)
            wait = self.gate.wait if self.side.is_sync else self.gate.wait_async
            yield from ops.call(wait)
            return value

        return flow

    def failing(self, error):
        def flow():
            yield from ops.now()
            raise error

        return flow

    def finish(self):
        self.gate.open()
        self.side.settle()


@pytest.fixture
def subject(side):
    subject = Subject(side)
    yield subject
    subject.finish()


def test_work_is_repeated_if_it_is_not_in_flight(subject):
    assert [subject.lead(subject.returning(number)) for number in range(3)] == [0, 1, 2]
    assert subject.runs == [0, 1, 2]


def test_a_leader_raises_its_own_error(subject):
    error = TransportError("x")
    for _ in range(2):
        with pytest.raises(TransportError) as raised:
            subject.lead(subject.failing(error))
        assert raised.value is error
    assert not subject.is_in_flight()


def test_an_error_of_another_library_is_raised_unchanged(subject):
    error = KeyError("x")
    for call in (subject.lead, subject.join):
        with pytest.raises(KeyError) as raised:
            call(subject.failing(error))
        assert raised.value is error


def test_another_key_is_another_flight(subject):
    def outer():
        return (yield from ops.single_flight("other", subject.returning(5)))

    assert subject.lead(outer) == 5


def test_is_in_flight_is_true_during_the_flight_only(subject):
    def flow():
        return (yield from ops.is_in_flight("key")), (yield from ops.is_in_flight("other"))

    assert subject.lead(flow) == (True, False)
    assert not subject.is_in_flight()


def test_background_work_is_started_once(subject):
    for _ in range(3):
        subject.start(subject.returning_after_gate_opens("first"))
    assert subject.gate.arrived.acquire(timeout=30) if subject.side.is_sync else True
    assert subject.is_in_flight()
    subject.finish()
    assert subject.runs == ["first"]
    assert not subject.is_in_flight()


def test_a_failure_in_the_background_is_not_reported(subject, capfd):
    subject.start(subject.failing(TransportError("x")))
    subject.finish()
    assert capfd.readouterr() == ("", "")


def test_join_returns_the_result_of_the_flight_in_progress(subject):
    subject.start(subject.returning_after_gate_opens("first"))
    subject.gate.open()
    assert subject.join(subject.returning("second")) in {"first", "second"}
    assert subject.runs[0] == "first"


def test_join_starts_the_work_if_it_is_not_in_flight(subject):
    assert subject.join(subject.returning("result")) == "result"
    assert not subject.is_in_flight()


def test_a_caller_that_stops_waiting_does_not_end_the_flight(subject):
    with pytest.raises(RefreshTimeoutError) as raised:
        subject.join(subject.returning_after_gate_opens("result"), timeout_seconds=0)
    assert raised.value.is_retryable
    assert subject.is_in_flight()
    subject.gate.open()
    assert subject.join(subject.returning_after_gate_opens("result")) == "result"
    assert subject.runs == ["result"]


def test_a_joining_caller_raises_a_copy_of_the_error(subject):
    error = TransportError("no route")
    with pytest.raises(TransportError) as raised:
        subject.join(subject.failing(error))
    assert raised.value is not error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("operation", ["single_flight", "join_flight"])
def test_work_that_waits_for_itself_is_a_deadlock_error(subject, operation):
    options = {} if operation == "single_flight" else {"timeout_seconds": 30}

    def flow():
        return (yield from getattr(ops, operation)("key", flow, **options))

    with pytest.raises(ConfigurationError, match="deadlock"):
        subject.run(getattr(ops, operation)("key", flow, **options))
    assert subject.lead(subject.returning(1)) == 1


@pytest.mark.parametrize("is_given", [True, False])
def test_a_flight_that_takes_too_long_is_abandoned(side, is_given):
    """Otherwise, a supplier that never returns would block all callers with the same key forever."""
    subject = Subject(side, max_seconds=60.0 if is_given else 0.0)
    subject.start(
        subject.returning_after_gate_opens("first"), max_seconds=0.0 if is_given else None
    )
    with pytest.raises(RefreshTimeoutError):
        subject.lead(subject.returning("second"))
    assert subject.lead(subject.returning("third")) == "third"
    subject.finish()


def test_a_flight_that_takes_too_long_is_abandoned_by_join(side):
    subject = Subject(side, max_seconds=0.0)
    with pytest.raises(RefreshTimeoutError):
        subject.join(subject.returning_after_gate_opens("first"), timeout_seconds=0)
    assert subject.join(subject.returning("second")) == "second"
    subject.finish()


def test_a_flight_with_time_left_is_not_abandoned(subject):
    for _ in range(2):
        with pytest.raises(RefreshTimeoutError):
            subject.join(subject.returning_after_gate_opens("first"), timeout_seconds=0)
    assert subject.is_in_flight()
    assert subject.runs == ["first"]


def test_an_abandoned_flight_does_not_remove_its_successor(side):
    subject = Subject(side, max_seconds=0.0)
    subject.start(subject.returning_after_gate_opens("first"))
    with pytest.raises(RefreshTimeoutError):
        subject.lead(subject.returning("second"))

    def successor():
        subject.gate.open()
        if side.is_sync:
            side.settle()
        else:
            for _ in range(5):
                yield from ops.call(_yield_to_the_loop)
        return (yield from ops.is_in_flight("key"))

    assert subject.lead(successor)


async def _yield_to_the_loop():
    import asyncio

    await asyncio.sleep(0)
