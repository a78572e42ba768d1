"""The service's clock determines when credentials expire."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from harness import GET_CREDENTIALS, IDENTITY, RATE_EXCEEDED

from cognito_credentials.errors import ExpiredOnArrivalError
from cognito_credentials.testing import credentials_response, error_response

HOURS = 3600.0


@pytest.mark.parametrize("skew", [-5 * HOURS, -60.0, 0.0, 60.0, 5 * HOURS])
def test_remaining_and_is_expired_use_the_clock_of_the_service(side, skew):
    side.skew = skew
    credentials = side.identity([side.credentials(lifetime=3600)]).fetch()
    assert credentials.remaining.total_seconds() == pytest.approx(3600, abs=1)
    assert not credentials.is_expired
    side.clock.advance(3599)
    assert not credentials.is_expired
    side.clock.advance(2)
    assert credentials.is_expired
    assert credentials.remaining.total_seconds() < 0


@pytest.mark.parametrize("skew", [-5 * HOURS, 5 * HOURS])
def test_credentials_that_are_expired_only_by_the_local_clock_are_valid(side, skew):
    side.skew = skew
    assert side.identity([side.credentials(lifetime=10)]).fetch().identity_id == IDENTITY


@pytest.mark.parametrize("skew", [-5 * HOURS, 0.0, 5 * HOURS])
@pytest.mark.parametrize("lifetime", [0, -1, -7200])
def test_credentials_that_are_expired_by_the_service_clock_are_rejected(side, skew, lifetime):
    side.skew = skew
    subject = side.identity([side.credentials(lifetime=lifetime)])
    error = subject.expect_error(ExpiredOnArrivalError)
    assert subject.operations == [GET_CREDENTIALS]
    assert not error.is_retryable
    assert error.hint
    assert subject.identity_id is None


def test_without_a_date_header_the_local_clock_is_used(side):
    expired = credentials_response(expires_at=side.clock.now() - 1)
    side.identity([expired]).expect_error(ExpiredOnArrivalError)


def test_a_difference_of_two_seconds_is_not_a_skew(side):
    side.skew = 2.0
    credentials = side.identity([side.credentials(lifetime=3600)]).fetch()
    assert credentials.remaining.total_seconds() == 3602


def test_the_time_of_the_service_is_read_from_an_error_response(side):
    side.skew = -3600.0
    rejection = error_response(*RATE_EXCEEDED, headers={"date": "Fri, 15 Jan 2027 07:00:00 GMT"})
    undated = credentials_response(
        expires_at=side.service_clock().now() + 600
    )  # By the local clock, the credentials have expired.
    assert side.identity([rejection, undated]).fetch().identity_id == IDENTITY


def test_the_latest_response_determines_the_skew(side):
    subject = side.identity([side.credentials()])
    side.skew = 9000.0
    subject.fetch()
    side.skew = 0.0
    assert subject.fetch().remaining.total_seconds() == 3600


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Fri, 99 Jan 2027 07:00:00 GMT",
        "Fri, 15 Foo 2027 07:00:00 GMT",
    ],
)
def test_an_invalid_date_is_ignored(side, date):
    response = credentials_response(expires_at=side.clock.now() + 600)
    response.headers["date"] = date
    assert side.identity([response]).fetch().remaining.total_seconds() == 600


def test_each_provider_measures_its_own_service(side):
    side.skew = 9000.0
    ahead = side.identity([side.credentials()]).fetch()
    side.skew = 0.0
    in_sync = side.identity([side.credentials()]).fetch()
    assert ahead.remaining == in_sync.remaining
    assert ahead.expiration != in_sync.expiration


def wrong_date(side, error):
    """Return a response whose `Date` header is wrong by `error` seconds."""

    def respond(request):
        response = side.credentials()(request)
        response.headers["date"] = formatdate(side.service_clock().now() + error, usegmt=True)
        return response

    return respond


def answer_and_jump(side, seconds):
    """Return a response after whose creation the wall clock changes by `seconds`."""

    def respond(request):
        response = side.credentials()(request)
        side.clock.jump(seconds)
        return response

    return respond


@pytest.mark.parametrize("skew", [0.0, 2 * HOURS, -2 * HOURS])
def test_credentials_are_requested_again_after_a_suspension_during_the_request(side, skew):
    # The time of the service advances too, so the skew stays the same.
    side.skew = skew
    subject = side.identity(
        [side.credentials(), answer_and_jump(side, 2 * HOURS), side.credentials(generation=3)]
    )
    subject.fetch()
    credentials = subject.fetch()
    assert subject.operations == [GET_CREDENTIALS] * 3
    assert credentials.access_key_id.endswith("3")
    assert credentials.remaining.total_seconds() == pytest.approx(HOURS, abs=1)


@pytest.mark.parametrize("skew", [0.0, 2 * HOURS, -2 * HOURS])
def test_credentials_are_requested_again_after_a_change_of_the_clock_during_the_request(side, skew):
    side.skew = skew

    def respond(request):
        response = answer_and_jump(side, 2 * HOURS)(request)
        side.skew -= 2 * HOURS
        return response

    subject = side.identity([side.credentials(), respond, side.credentials(generation=3)])
    subject.fetch()
    credentials = subject.fetch()
    assert subject.operations == [GET_CREDENTIALS] * 3
    assert credentials.remaining.total_seconds() == pytest.approx(HOURS, abs=1)


@pytest.mark.parametrize("change", [-HOURS, 2 * HOURS])
def test_a_wrong_date_does_not_hide_that_the_clock_was_set(side, change):
    # The date is an hour behind. In the first case, the clock is an hour behind too, so they agree.
    subject = side.identity([side.credentials(), wrong_date(side, -HOURS)])
    expiration = subject.fetch().expiration
    side.clock.jump(change)
    side.skew = -change
    credentials = subject.fetch()
    assert credentials.expiration == expiration
    assert credentials.remaining.total_seconds() == pytest.approx(HOURS, abs=1)


def test_a_wrong_date_does_not_hide_that_the_clock_was_set_during_a_request(side):
    def respond(request):
        response = side.id_response()(request)
        side.clock.jump(2 * HOURS)
        side.skew = -2 * HOURS
        return response

    credentials = side.pool([respond, wrong_date(side, -HOURS)]).fetch()
    issued_for = credentials.expiration.timestamp() - side.service_clock().now()
    assert issued_for == pytest.approx(HOURS, abs=1)


def test_credentials_are_requested_again_only_once(side):
    subject = side.identity([answer_and_jump(side, 2 * HOURS)])
    error = subject.expect_error(ExpiredOnArrivalError)
    assert subject.operations == [GET_CREDENTIALS] * 2
    assert not error.is_retryable
