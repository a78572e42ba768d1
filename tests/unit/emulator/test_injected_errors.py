from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.injected_errors import InjectedErrors


def test_errors_are_raised_in_order_and_the_given_number_of_times():
    errors = InjectedErrors()
    errors.add("GetId", AwsError("First", "text"), 2)
    errors.add("GetId", AwsError("Second", "text"), 1)
    codes: list[str] = []
    for _ in range(3):
        with pytest.raises(AwsError) as caught:
            errors.raise_next("GetId")
        codes.append(caught.value.code)
    assert codes == ["First", "First", "Second"]
    errors.raise_next("GetId")


def test_an_error_is_raised_only_for_its_operation():
    errors = InjectedErrors()
    errors.add("GetId", AwsError("Code", "text"), 1)
    errors.raise_next("GetOpenIdToken")
    with pytest.raises(AwsError, match="Code"):
        errors.raise_next("GetId")


def test_an_operation_can_have_another_name():
    errors = InjectedErrors()
    errors.add("GetObject", AwsError("Code", "text"), 1)
    errors.raise_next("GET", lambda: "ListObjectsV2")
    with pytest.raises(AwsError, match="Code"):
        errors.raise_next("GET", lambda: "GetObject")


@pytest.mark.parametrize(
    ("operation", "code", "status", "times"),
    [
        ("GetID", "Code", 400, 1),
        ("getid", "Code", 400, 1),
        ("", "Code", 400, 1),
        (None, "Code", 400, 1),
        ("get", "Code", 400, 1),
        ("GetId", "", 400, 1),
        ("GetId", None, 400, 1),
        *(("GetId", "Code", status, 1) for status in (200, 304, 399, 600, 0, "400", None, 400.0)),
        *(("GetId", "Code", 400, times) for times in (0, -1, 1.5, "1", True, None)),
    ],
)
def test_an_error_that_no_request_can_meet_is_rejected(
    operation: Any, code: Any, status: Any, times: Any
):
    errors = InjectedErrors()
    with pytest.raises(ValueError, match=r"must be"):
        errors.add(operation, AwsError(code, "text", status), times)
    assert not errors.take_remaining()


@pytest.mark.parametrize(
    "operation", ["GetId", "AssumeRole", "InitiateAuth", "GetObject", "PUT", "Invoke", "PutRecords"]
)
def test_operations_of_all_services_are_known(operation: str):
    errors = InjectedErrors()
    errors.add(operation, AwsError("Code", "text"), 3)
    with pytest.raises(AwsError):
        errors.raise_next(operation)
    (remaining,) = errors.take_remaining()
    assert "2 of 3" in remaining
    assert not errors.take_remaining()
