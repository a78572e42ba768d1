from __future__ import annotations

import pytest

from cognito_credentials._core.http import header_dict
from cognito_credentials._core.service_clock import ServiceClock, ServiceTime, service_date

NOON = 1_800_007_200.0
DATE = "Fri, 15 Jan 2027 10:00:00 GMT"
OWN = {"x-amzn-requestid": "1"}


@pytest.mark.parametrize("name", ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"])
def test_a_response_with_a_request_id_tells_the_time(name):
    assert service_date({"date": DATE, name: "1"}) == NOON


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": DATE},
        {"date": DATE, "x-amzn-requestid": ""},
        {"date": DATE, "x-request-id": "1"},
        {"date": f"{DATE}, {DATE}", **OWN},
        {"date": DATE.replace("15", "31").replace("Jan", "Feb"), **OWN},
        {"date": DATE.replace("10:", "24:"), **OWN},
        {"date": DATE.replace("2027", "0000"), **OWN},
        {"date": DATE.replace("GMT", "+0100"), **OWN},
        {"date": DATE.upper(), **OWN},
    ],
)
def test_what_tells_no_time(headers):
    assert service_date(headers) is None


def test_repeated_headers_are_joined():
    items = [("Date", DATE), ("date", DATE), ("X", "1")]
    assert header_dict(items) == {"date": f"{DATE}, {DATE}", "x": "1"}


@pytest.mark.parametrize("days", [-31, 31, 365, -365])
def test_a_date_out_of_reach_is_ignored(days):
    clock = ServiceClock()
    clock.learn({"date": DATE, **OWN}, NOON - days * 86_400, before=None)
    assert clock.skew is None


def test_a_skew_that_jitters_stays_one_number():
    clock = ServiceClock()
    clock.learn({"date": DATE, **OWN}, NOON - 100, before=None)
    clock.learn({"date": DATE, **OWN}, NOON - 102.9, before=100.0)
    assert clock.skew == 100.0
    clock.learn({"date": DATE, **OWN}, NOON - 103, before=100.0)
    assert clock.skew == 103.0


def test_a_skew_rejects_one_call_and_is_measured_again():
    clock = ServiceClock()
    clock.learn({"date": DATE, **OWN}, NOON - 100, before=None)
    assert clock.skew_to_reject_by() == 100.0
    clock.note_rejection()
    assert clock.skew_to_reject_by() is None
    clock.learn({"date": DATE, **OWN}, NOON - 100, before=100.0)
    assert clock.skew_to_reject_by() == 100.0


def test_credentials_with_one_skew_share_a_clock_that_no_later_skew_moves():
    service_clock = ServiceClock()
    time = ServiceTime(lambda: NOON, service_clock)
    clock = time.at(60.0)
    assert time.at(60.0) is clock
    service_clock.skew = 9000.0
    assert (time(), clock()) == (NOON + 9000, NOON + 60)
