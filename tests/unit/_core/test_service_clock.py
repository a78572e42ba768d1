from __future__ import annotations

from email.utils import formatdate

import pytest

from cognito_credentials._core.http import header_dict
from cognito_credentials._core.service_clock import ServiceClock, ServiceTime, parse_service_date
from cognito_credentials.testing import FakeClock

NOON = 1_800_007_200.0
DATE = "Fri, 15 Jan 2027 10:00:00 GMT"
REQUEST_ID = {"x-amzn-requestid": "1"}


def measure(clock: ServiceClock, now: float, *, before: float | None, seconds: float = 0.0) -> None:
    """Measure the skew from a response that took this many seconds."""
    clock.measure({"date": DATE, **REQUEST_ID}, now, sent_at=now - seconds, before=before)


@pytest.mark.parametrize("name", ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"])
def test_a_response_with_a_request_id_has_a_service_date(name):
    assert parse_service_date({"date": DATE, name: "1"}) == NOON


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": DATE},
        {"date": DATE, "x-amzn-requestid": ""},
        {"date": DATE, "x-request-id": "1"},
        {"date": f"{DATE}, {DATE}", **REQUEST_ID},
        {"date": DATE.replace("15", "31").replace("Jan", "Feb"), **REQUEST_ID},
        {"date": DATE.replace("10:", "24:"), **REQUEST_ID},
        {"date": DATE.replace("2027", "0000"), **REQUEST_ID},
        {"date": DATE.replace("GMT", "+0100"), **REQUEST_ID},
        {"date": DATE.upper(), **REQUEST_ID},
    ],
)
def test_other_headers_have_no_service_date(headers):
    assert parse_service_date(headers) is None


def test_repeated_headers_are_joined():
    items = [("Date", DATE), ("date", DATE), ("X", "1")]
    assert header_dict(items) == {"date": f"{DATE}, {DATE}", "x": "1"}


@pytest.mark.parametrize("days", [-31, 31, 365, -365])
def test_a_date_beyond_the_maximum_skew_is_ignored(days):
    clock = ServiceClock()
    measure(clock, NOON - days * 86_400, before=())
    assert clock.skew is None


def test_small_changes_of_the_skew_are_ignored():
    clock = ServiceClock()
    measure(clock, NOON - 100, before=())
    measure(clock, NOON - 102.9, before=(100.0,))
    assert clock.skew == 100.0
    measure(clock, NOON - 103, before=(100.0,))
    assert clock.skew == 103.0


def test_a_skew_rejects_one_call_until_the_next_measurement():
    clock = ServiceClock()
    measure(clock, NOON - 100, before=())
    assert clock.get_rejection_skew(NOON) == 100.0
    clock.note_rejection()
    assert clock.get_rejection_skew(NOON) is None
    measure(clock, NOON - 100, before=(100.0,))
    assert clock.get_rejection_skew(NOON) == 100.0


LIFETIME = 3600.0


def measured(*skews):
    """Return a clock that has measured these skews, in seconds, one after another."""
    clock = ServiceClock()
    for skew in skews:
        clock.measure(
            date_at(NOON + skew), NOON, sent_at=NOON, before=clock.get_possible_skews(NOON)
        )
    return clock


def date_at(seconds):
    return {"date": formatdate(seconds, usegmt=True), **REQUEST_ID}


@pytest.mark.parametrize(
    ("skews", "expires_in", "chosen"),
    [
        ((), 1, 0.0),
        ((), 0, None),
        ((100,), 104, 100.0),
        # No service issues credentials that expire within seconds, so the skew is wrong.
        ((100,), 101, 0.0),
        ((0, 3599.6), LIFETIME, 0.0),
        ((100,), 100, None),
        # The lifetime may exceed the requested lifetime by a minute.
        ((100,), 100 + LIFETIME + 60, 100.0),
        ((-100,), LIFETIME - 100, -100.0),
        ((-100,), LIFETIME, 0.0),
        # A skew that results in a longer lifetime is wrong.
        ((100, -100), LIFETIME + 100, 100.0),
        ((-100, 100), LIFETIME - 100, 100.0),
        ((100, 200), 150, 100.0),
    ],
)
def test_the_skew_with_which_credentials_have_not_expired_is_chosen(skews, expires_in, chosen):
    clock = measured(*skews)
    assert clock.choose_arrival_skew(NOON + expires_in, NOON, LIFETIME) == chosen
    if chosen is None:
        assert clock.get_rejection_skew(NOON) is None
        if skews:
            # The skew was wrong, so the next credentials are compared with this machine's clock.
            assert clock.choose_arrival_skew(NOON + LIFETIME, NOON, LIFETIME) == skews[-1]
            assert clock.choose_arrival_skew(NOON + 1, NOON, LIFETIME) == 0.0
    else:
        assert clock.skew == (chosen if skews else None)


def test_a_record_has_its_own_skew_until_a_response_is_measured():
    assert ServiceClock().get_record_skews(None, NOON - 60, NOON) == (0.0, 0.0)
    assert ServiceClock().get_record_skews(7.0, NOON - 60, NOON) == (7.0, 7.0)
    assert measured(100).get_record_skews(7.0, NOON - 60, NOON) == (100.0, 7.0)
    assert measured(100, 200).get_record_skews(7.0, NOON - 60, NOON) == (200.0, 100.0)


def test_the_time_of_the_service_is_this_machines_time_until_a_response_is_measured():
    clock = ServiceClock()
    service_now = ServiceTime(lambda: NOON, clock)
    assert service_now() == NOON
    clock.measure(date_at(NOON + 100), NOON, sent_at=NOON, before=())
    assert service_now() == NOON + 100


def test_credentials_with_the_same_skew_share_a_clock_that_later_skews_do_not_change():
    service_clock = ServiceClock()
    time = ServiceTime(lambda: NOON, service_clock)
    clock = time.at(60.0)
    assert time.at(60.0) is clock
    service_clock.skew = 9000.0
    assert (time(), clock()) == (NOON + 9000, NOON + 60)


@pytest.mark.parametrize("seconds", [0.0, 900.0])
def test_the_service_clock_of_credentials_continues_after_the_local_clock_was_set_back(seconds):
    local = FakeClock(NOON)
    time = ServiceTime(local.now, ServiceClock(local.monotonic))
    clock = time.at(60.0)
    local.advance(seconds)
    local.jump(-7200)
    assert clock() == pytest.approx(NOON + 60 + seconds)
    # A skew that is measured from now on refers to the changed clock.
    assert time.at(60.0)() == pytest.approx(NOON + 60 + seconds - 7200)
    local.jump(9000)
    assert clock() == pytest.approx(NOON + 60 + seconds + 1800)


@pytest.mark.parametrize("change", [-7200.0, 0.0, 7200.0])
def test_the_time_of_the_service_continues_after_the_local_clock_was_set_back(change):
    local = FakeClock(NOON)
    service_clock = ServiceClock(local.monotonic)
    measure(service_clock, NOON - 100, before=())
    assert service_clock.get_skew(NOON - 100 + change) == 100 - min(change, 0.0)


def test_the_skew_of_new_credentials_grows_if_the_local_clock_is_set_back_after_the_measurement():
    local = FakeClock(NOON - 100)
    clock = ServiceClock(local.monotonic)
    measure(clock, local.now(), before=())
    local.jump(-7200)
    assert clock.choose_arrival_skew(NOON + LIFETIME, local.now(), LIFETIME) == 7300.0
    # The measured skew is not changed, so that the change is not counted twice.
    assert clock.choose_arrival_skew(NOON + LIFETIME, local.now(), LIFETIME) == 7300.0
    assert clock.choose_arrival_skew(NOON, local.now(), LIFETIME) is None


@pytest.mark.parametrize("seconds", [0.0, 10.0, 7200.0])
def test_the_duration_of_a_request_is_no_skew(seconds):
    clock = ServiceClock()
    measure(clock, NOON + seconds, before=(), seconds=seconds)
    assert clock.skew == 0.0


def test_a_possible_skew_is_used_again():
    clock = ServiceClock()
    measure(clock, NOON - 100, before=())
    measure(clock, NOON - 50, before=(100.0,), seconds=60)
    assert clock.skew == 100.0


def test_the_skew_of_a_slow_response_is_the_largest_possible_one():
    clock = ServiceClock()
    measure(clock, NOON - 50, before=(), seconds=60)
    assert clock.skew == 110.0


def test_a_check_before_a_call_uses_the_smallest_possible_skew():
    clock = ServiceClock()
    measure(clock, NOON + 7200, before=(), seconds=7200)
    assert clock.skew == 0.0
    assert clock.get_rejection_skew(NOON + 7200) == -7200.0
    measure(clock, NOON - 102, before=(0.0,))
    assert clock.get_rejection_skew(NOON - 102) == 102.0


def test_the_time_of_a_request_does_not_count_if_the_clock_was_set_back_in_the_meantime():
    clock = ServiceClock()
    measure(clock, NOON - 3600, before=(), seconds=-3600)
    assert clock.skew == 3600.0


@pytest.mark.parametrize("change", [7200.0, -7200.0])
def test_the_skew_is_unknown_after_the_local_clock_was_set(change):
    clock = ServiceClock(lambda: 1000.0)
    measure(clock, NOON - 100, before=())
    assert clock.get_rejection_skew(NOON - 100) == 100.0
    assert clock.get_rejection_skew(NOON - 100 + change) is None


def test_the_skew_of_the_latest_measurement_on_this_machine_applies_to_a_record():
    clock = ServiceClock()
    assert clock.get_record_skews(50.0, NOON, NOON) == (50.0, 50.0)
    measure(clock, NOON, before=())
    assert clock.get_record_skews(50.0, NOON - 1, NOON) == (0.0, 50.0)
    assert clock.get_record_skews(50.0, NOON + 60, NOON + 100) == (50.0, 0.0)
    assert clock.get_record_skews(None, NOON + 60, NOON + 100) == (0.0, 0.0)


@pytest.mark.parametrize(("change", "skew"), [(0.0, 0.0), (-7200.0, 7200.0), (7200.0, 0.0)])
def test_a_record_does_not_last_longer_after_the_local_clock_was_set_back(change, skew):
    clock = ServiceClock(lambda: 1000.0)
    measure(clock, NOON, before=())
    assert clock.get_record_skews(None, NOON - 60, NOON + change)[0] == skew


def test_the_time_at_which_a_record_was_fetched_has_passed():
    clock = ServiceClock()
    assert clock.get_record_skews(None, NOON, NOON - 900) == (900.0, 900.0)
    assert clock.get_record_skews(None, NOON, NOON - 2) == (0.0, 0.0)
