from __future__ import annotations

import inspect

import pytest

from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest, HttpResponse

REQUEST = HttpRequest("POST", "https://example.com", {}, b"")


def slots(operation):
    return {name for kind in type(operation).__mro__[:-1] for name in kind.__slots__}


@pytest.mark.parametrize(
    ("flow", "operation", "fields"),
    [
        (ops.call(len, "abc"), ops.Call, {"function": len, "arguments": ("abc",), "keywords": {}}),
        (ops.call(dict, a=1), ops.Call, {"function": dict, "arguments": (), "keywords": {"a": 1}}),
        (ops.send(REQUEST), ops.Send, {"request": REQUEST}),
        (ops.sleep(2.5), ops.Sleep, {"seconds": 2.5}),
        (ops.now(), ops.Now, {}),
        (ops.random(), ops.Random, {}),
        (
            ops.acquire_lease(len, "abc"),
            ops.AcquireLease,
            {"function": len, "arguments": ("abc",), "keywords": {}},
        ),
        (
            ops.single_flight("key", ops.now, max_seconds=5.0),
            ops.SingleFlight,
            {"key": "key", "flow": ops.now, "max_seconds": 5.0},
        ),
        (ops.is_in_flight("key"), ops.IsInFlight, {"key": "key"}),
        (
            ops.start_flight("key", ops.now),
            ops.StartFlight,
            {"key": "key", "flow": ops.now, "max_seconds": None},
        ),
        (
            ops.join_flight("key", ops.now, timeout_seconds=2.0),
            ops.JoinFlight,
            {"key": "key", "flow": ops.now, "timeout_seconds": 2.0},
        ),
    ],
)
def test_each_helper_yields_its_operation_and_nothing_else(flow, operation, fields):
    requested = next(flow)
    assert type(requested) is operation
    assert {name: getattr(requested, name) for name in slots(requested)} == fields
    with pytest.raises(StopIteration):
        flow.send(None)


@pytest.mark.parametrize(
    "flow",
    [
        ops.call(len, ""),
        ops.send(REQUEST),
        ops.now(),
        ops.random(),
        ops.acquire_lease(len, ""),
        ops.single_flight("key", ops.now),
        ops.is_in_flight("key"),
        ops.join_flight("key", ops.now, timeout_seconds=1),
    ],
)
def test_each_helper_returns_the_result(flow):
    next(flow)
    result = object()
    with pytest.raises(StopIteration) as stop:
        flow.send(result)
    assert stop.value.value is result


@pytest.mark.parametrize("flow", [ops.sleep(1), ops.start_flight("key", ops.now)])
def test_a_sleep_and_a_background_flight_return_nothing(flow):
    next(flow)
    with pytest.raises(StopIteration) as stop:
        flow.send("anything")
    assert stop.value.value is None


def test_an_error_is_raised_where_the_operation_was_requested():
    def flow():
        try:
            yield from ops.send(REQUEST)
        except OSError as error:
            return str(error)

    running = flow()
    next(running)
    with pytest.raises(StopIteration) as stop:
        running.throw(OSError("no route"))
    assert stop.value.value == "no route"


def test_operations_have_slots():
    kinds = [kind for _, kind in inspect.getmembers(ops, inspect.isclass)]
    kinds = [kind for kind in kinds if kind.__module__ == ops.__name__]
    assert {kind.__name__ for kind in kinds} == {
        "AcquireLease",
        "Call",
        "IsInFlight",
        "JoinFlight",
        "Now",
        "Random",
        "Send",
        "SingleFlight",
        "Sleep",
        "StartFlight",
    }
    assert all(hasattr(kind, "__slots__") for kind in kinds)


def test_requests_and_responses_do_not_show_their_body():
    request = HttpRequest("POST", "https://example.com", {"X": "h"}, b"body-with-a-token")
    response = HttpResponse(200, {"x": "h"}, b"body-with-a-key")
    assert repr(request) == "HttpRequest(POST https://example.com, 17 bytes)"
    assert repr(response) == "HttpResponse(200, 15 bytes)"
