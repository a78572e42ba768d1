"""The limits of the recorded calls, which must not exhaust the memory of a test process."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from cognito_credentials.emulator.recorded_calls import RecordedCall, RecordedCalls

MAX_BYTES = 1_000_000


def add(calls: RecordedCalls, **fields: Any) -> None:
    defaults = {"service": "cognito-identity", "operation": "GetId", "status": 200, "time": 0.0}
    calls.add(partial(RecordedCall, **defaults, **fields))


@pytest.mark.parametrize(
    "large",
    [
        {"parameters": {"Logins": {"a.example": "x" * 100_000}}},
        {"parameters": {"x" * 100_000: ""}},
        {"parameters": {"Items": [{} for _ in range(2000)]}},
        {"parameters": {"Body": b"x" * 100_000}},
        {"error_message": "x" * 100_000},
        {"explanation": ("x" * 100_000,)},
    ],
)
def test_the_earliest_calls_are_deleted_if_calls_need_too_much_memory(large: dict[str, Any]):
    calls = RecordedCalls(MAX_BYTES)
    for _ in range(20):
        add(calls, **large)
    numbers = [call.number for call in calls.list_calls()]
    assert 3 < len(numbers) < 12
    assert numbers == list(range(21 - len(numbers), 21))
    calls.clear()
    for _ in range(20):
        add(calls, parameters={"IdentityPoolId": "x"})
    assert [call.number for call in calls.list_calls()] == list(range(1, 21))


def test_the_latest_call_is_retained_whatever_its_size():
    calls = RecordedCalls(MAX_BYTES)
    for parameters in ({}, {"Body": "x" * 2 * MAX_BYTES}):
        add(calls, parameters=parameters)
    (call,) = calls.list_calls()
    assert call.number == 2
    add(calls)
    assert [call.number for call in calls.list_calls()] == [3]
