from __future__ import annotations

import dataclasses
import json
import threading
from typing import Any

import pytest

from cognito_credentials.emulator.faults import Fault, Faults


def make_error(operation: str, code: str = "Code", times: int | None = 1) -> Fault:
    return Fault(operation, "error", times, code=code)


def take_code(faults: Faults, operation: str) -> str | None:
    fault = faults.take_next(operation).get("error")
    return None if fault is None else fault.code


def test_faults_affect_requests_in_order_and_the_given_number_of_times():
    faults = Faults()
    faults.add(make_error("GetId", "First", 2))
    faults.add(make_error("GetId", "Second"))
    assert [take_code(faults, "GetId") for _ in range(4)] == ["First", "First", "Second", None]


def test_a_fault_without_a_number_lasts_until_it_is_cleared():
    faults = Faults()
    faults.add(make_error("GetId", times=None))
    assert [take_code(faults, "GetId") for _ in range(3)] == ["Code"] * 3
    faults.clear()
    assert faults.take_next("GetId") == {}


def test_one_fault_of_each_kind_affects_a_request():
    faults = Faults()
    for fault in (
        Fault("GetId", "latency", None, seconds=0.001),
        make_error("GetId", "First"),
        make_error("GetId", "Second"),
        Fault("GetOpenIdToken", "dropped-response"),
    ):
        faults.add(fault)
    first = faults.take_next("GetId")
    assert first.keys() == {"latency", "error"}
    assert first["error"].code == "First"
    assert faults.take_next("GetId")["error"].code == "Second"
    assert faults.take_next("GetId").keys() == {"latency"}


def test_an_operation_can_have_another_name():
    faults = Faults()
    faults.add(make_error("GetObject"))
    assert not faults.take_next("GET", lambda: "ListObjectsV2")
    assert faults.take_next("GET", lambda: "GetObject")


def test_pending_faults_can_be_listed():
    faults = Faults()
    faults.add(make_error("GetId", times=3))
    faults.take_next("GetId")
    assert list(faults) == [make_error("GetId", times=2)]


def test_a_fault_can_be_written_as_json():
    fault = Fault("GetId", "latency", 3, seconds=0.5)
    assert Fault(**json.loads(json.dumps(dataclasses.asdict(fault)))) == fault


def test_clearing_the_faults_ends_delays():
    faults = Faults()
    faults.add(Fault("GetId", "latency", seconds=600))
    delayed = threading.Thread(target=faults.take_next, args=("GetId",))
    delayed.start()
    while list(faults):
        pass
    faults.clear()
    delayed.join(10)
    assert not delayed.is_alive()


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
        ("GetId", "Two words", 400, 1),
        ("GetId", "Code\r\nX: y", 400, 1),
        ("GetId", "C" * 129, 400, 1),
        *(("GetId", "Code", status, 1) for status in (200, 304, 399, 600, 0, "400", None, 400.0)),
        *(("GetId", "Code", 400, times) for times in (0, -1, 1.5, "1", True)),
    ],
)
def test_an_error_that_can_affect_no_request_is_rejected(
    operation: Any, code: Any, status: Any, times: Any
):
    with pytest.raises(ValueError, match=r"must be|required"):
        Fault(operation, "error", times, code=code, status=status)


@pytest.mark.parametrize(
    ("kind", "options", "field"),
    [
        ("chaos", {}, "kind"),
        (None, {}, "kind"),
        (["latency"], {}, "kind"),
        *(
            ("latency", {"seconds": seconds}, "seconds")
            for seconds in (0, -1, float("nan"), float("inf"), 1e12, "1", True, None)
        ),
        ("latency", {"seconds": 1, "code": "Code"}, "code"),
        ("latency", {"seconds": 1, "status": 500}, "status"),
        ("clock-offset", {}, "seconds"),
        ("clock-offset", {"seconds": -1e12}, "seconds"),
        ("error", {"code": "Code", "seconds": 1}, "seconds"),
        ("error", {}, "code is required"),
        ("latency", {}, "seconds is required"),
        *(
            ("error", {"code": "Code", "message": message}, "message")
            for message in (1, "\ud800", "\0", "\x1b[2J")
        ),
        ("dropped-request", {"seconds": 1}, "seconds"),
        ("dropped-response", {"message": "text"}, "message"),
        ("expired-credentials", {}, "GetCredentialsForIdentity"),
    ],
)
def test_a_fault_with_invalid_values_is_rejected(kind: Any, options: Any, field: str):
    with pytest.raises(ValueError, match=field):
        Fault("GetId", kind, **options)


@pytest.mark.parametrize(
    "operation", ["GetId", "AssumeRole", "InitiateAuth", "GetObject", "PUT", "Invoke", "PutRecords"]
)
def test_operations_of_all_services_are_known(operation: str):
    faults = Faults()
    faults.add(make_error(operation, times=3))
    faults.add(make_error(operation, "Lasting", None))
    assert faults.take_next(operation)
    warning = faults.take_warning()
    assert warning is not None
    assert "(2 of 3)" in warning
    assert "Lasting" in warning
    assert faults.take_warning() is None


def test_a_lasting_fault_that_affected_a_request_is_not_remaining():
    faults = Faults()
    faults.add(make_error("GetId", times=None))
    faults.take_next("GetId")
    assert faults.take_warning() is None
