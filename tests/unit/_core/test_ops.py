from __future__ import annotations

import inspect

import pytest

from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest, HttpResponse

REQUEST = HttpRequest("POST", "https://example.com", {}, b"")


@pytest.mark.parametrize(
    ("flow", "operation", "fields"),
    [
        (ops.call(len, "abc"), ops.Call, {"function": len, "arguments": ("abc",), "keywords": {}}),
        (ops.call(dict, a=1), ops.Call, {"function": dict, "arguments": (), "keywords": {"a": 1}}),
        (ops.send(REQUEST), ops.Send, {"request": REQUEST}),
        (ops.sleep(2.5), ops.Sleep, {"seconds": 2.5}),
        (ops.now(), ops.Now, {}),
        (ops.random(), ops.Random, {}),
        (ops.share("key", ops.now), ops.Share, {"key": "key", "flow": ops.now}),
        (ops.hold("lease", ops.now), ops.Hold, {"lease": "lease", "flow": ops.now}),
    ],
)
def test_each_helper_yields_its_operation_and_nothing_else(flow, operation, fields):
    asked = next(flow)
    assert type(asked) is operation
    assert {name: getattr(asked, name) for name in asked.__slots__} == fields
    with pytest.raises(StopIteration):
        flow.send(None)


@pytest.mark.parametrize(
    "flow",
    [ops.call(len, ""), ops.send(REQUEST), ops.now(), ops.random(), ops.share("k", ops.now)],
)
def test_each_helper_returns_the_answer(flow):
    next(flow)
    answer = object()
    with pytest.raises(StopIteration) as stop:
        flow.send(answer)
    assert stop.value.value is answer


def test_a_sleep_returns_nothing():
    flow = ops.sleep(1)
    next(flow)
    with pytest.raises(StopIteration) as stop:
        flow.send("anything")
    assert stop.value.value is None


def test_an_error_comes_out_where_the_operation_was_asked_for():
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


def test_operations_are_small():
    kinds = [kind for _, kind in inspect.getmembers(ops, inspect.isclass)]
    kinds = [kind for kind in kinds if kind.__module__ == ops.__name__]
    names = {"Call", "Send", "Sleep", "Now", "Random", "Share", "Hold"}
    assert {kind.__name__ for kind in kinds} == names
    assert all(hasattr(kind, "__slots__") for kind in kinds)


def test_neither_a_request_nor_an_answer_shows_its_body():
    request = HttpRequest("POST", "https://example.com", {"X": "h"}, b"body-with-a-token")
    response = HttpResponse(200, {"x": "h"}, b"body-with-a-key")
    assert repr(request) == "HttpRequest(POST https://example.com, 17 bytes)"
    assert repr(response) == "HttpResponse(200, 15 bytes)"
