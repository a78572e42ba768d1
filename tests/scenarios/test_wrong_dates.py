"""A wrong `Date` header may make one call fail, and must not affect cached credentials."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from brokers import Broker
from fake_store import FakeStore
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
    USER_POOL,
    Side,
    Supplier,
    jwt,
)

from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ExpiredOnArrivalError,
    InternalErrorException,
    LoginTokenError,
    TransportError,
)
from cognito_credentials.testing import credentials_response, error_response

BOTH = [GET_ID, GET_CREDENTIALS]
HOUR, DAY = 3600.0, 86_400.0
LIFETIME = 3600
ERRORS = [HOUR, 8 * HOUR, 365 * DAY, -HOUR, -DAY]
AHEAD = [error for error in ERRORS if error > 0]
OUTAGE = TransportError("no route")
ONE_ATTEMPT = {"client_config": {"max_attempts": 1}}


def date(side: Side, error: float = 0.0) -> str:
    return formatdate(side.clock.now() + side.skew + error, usegmt=True)


def error_page(side: Side, error: float):
    """Return a proxy's error page with a `Date` header that is wrong by `error` seconds."""
    return lambda request: HttpResponse(503, {"date": date(side, error)}, b"<html>busy</html>")


def failure(side: Side, error: float):
    """Return the service's error response with a `Date` header that is wrong by `error` seconds."""

    def respond(request):
        headers = {"date": date(side, error), "x-amzn-requestid": "1"}
        return error_response("InternalErrorException", "no", status=500, headers=headers)

    return respond


def wrong_date(side: Side, response, error: float):
    """Return a copy of `response` with a `Date` header that is wrong by `error` seconds."""

    def respond(request):
        served = response(request)
        served.headers["date"] = date(side, error)
        return served

    return respond


def token(side: Side, lifetime: float = 1800) -> str:
    return jwt(USER_POOL, token_use="id", exp=side.clock.now() + side.skew + lifetime)


def generation(credentials) -> int:
    return int(credentials.access_key_id[-6:])


def cache_generation_one(side: Side, *later, lifetime: float = LIFETIME, **arguments):
    """Return a subject with cached credentials of generation 1; `later` has the next responses."""
    script = [side.id_response(), side.credentials(lifetime=lifetime), *later]
    subject = side.pool(script, **(arguments or ONE_ATTEMPT))
    assert generation(subject.get()) == 1
    return subject


@pytest.fixture
def store(side: Side) -> FakeStore:
    return FakeStore(side.clock)


# --- login tokens -----------------------------------------------------------------------------------


@pytest.mark.parametrize("respond", [error_page, failure])
@pytest.mark.parametrize("error", ERRORS)
def test_a_valid_token_is_sent_after_a_wrong_date(side: Side, respond, error: float):
    subject = side.pool(
        [respond(side, error), side.id_response(), side.credentials()],
        logins={USER_POOL: token(side)},
        **ONE_ATTEMPT,
    )
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    subject.fetch()
    assert subject.operations == [GET_ID, *BOTH]


@pytest.mark.parametrize("error", ERRORS)
def test_a_wrong_date_of_credentials_does_not_expire_the_token(side: Side, error: float):
    subject = side.pool(
        [side.id_response(), wrong_date(side, side.credentials(), error), side.credentials()],
        logins={USER_POOL: token(side)},
    )
    subject.fetch()
    subject.fetch()
    assert subject.operations == [*BOTH, GET_CREDENTIALS]


@pytest.mark.parametrize("error", AHEAD)
def test_the_supplier_is_not_called_again_after_a_wrong_date(side: Side, error: float):
    supplier = Supplier(token(side))
    subject = side.pool(
        [failure(side, error), side.id_response(), side.credentials()],
        logins={USER_POOL: side.adapt(supplier)},
        **ONE_ATTEMPT,
    )
    subject.expect_error(InternalErrorException)
    subject.fetch()
    assert supplier.refresh_arguments == [False, False]


def test_a_machine_whose_clock_is_ahead_recovers_from_a_wrong_date(side: Side):
    side.skew = -5 * HOUR  # According to the local clock, the token has expired.
    subject = side.pool(
        [side.id_response(), side.credentials(), failure(side, 5 * HOUR), side.credentials()],
        logins={USER_POOL: token(side)},
        **ONE_ATTEMPT,
    )
    subject.fetch()
    subject.expect_error(InternalErrorException)
    subject.expect_error(LoginTokenError)  # The token has expired according to both clocks.
    assert subject.fetch().remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


def test_a_token_is_sent_after_the_clock_was_set_forward(side: Side):
    subject = side.pool(
        [side.id_response(), side.credentials(), side.credentials(generation=2)],
        logins={USER_POOL: token(side)},
    )
    subject.fetch()
    side.clock.jump(5 * HOUR)
    side.skew = -5 * HOUR
    assert subject.fetch().remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


def test_a_token_is_sent_after_the_clock_was_set_forward_during_a_request(side: Side):
    """The library cannot distinguish this case from a suspension of the machine."""

    def fail_later(request):
        response = failure(side, 0.0)(request)
        side.clock.jump(5 * HOUR)
        side.skew = -5 * HOUR
        return response

    subject = side.pool(
        [fail_later, side.id_response(), side.credentials()],
        logins={USER_POOL: token(side)},
        **ONE_ATTEMPT,
    )
    subject.expect_error(InternalErrorException)
    assert subject.fetch().remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


@pytest.mark.parametrize("skew", [-5 * HOUR, 0.0, 5 * HOUR])
def test_an_expired_token_is_rejected_with_any_local_clock(side: Side, skew: float):
    side.skew = skew
    expired = error_response("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0")
    subject = side.pool(
        [side.id_response(), side.credentials(), expired],
        logins={USER_POOL: token(side, lifetime=60)},
    )
    subject.fetch()
    side.clock.advance(120)
    with pytest.raises(CognitoCredentialsError) as caught:
        subject.fetch()
    assert caught.value.reason == "login-token-expired"


# --- new credentials --------------------------------------------------------------------------------


@pytest.mark.parametrize("error", AHEAD)
def test_new_credentials_survive_a_wrong_date_that_an_earlier_date_disproves(
    side: Side, error: float
):
    subject = side.pool([side.id_response(), wrong_date(side, side.credentials(), error)])
    credentials = subject.fetch()
    assert credentials.remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


@pytest.mark.parametrize("error", ERRORS)
def test_a_wrong_date_makes_at_most_one_call_of_the_provider_fail(side: Side, error: float):
    subject = side.identity([wrong_date(side, side.credentials(), error), side.credentials()])
    try:
        subject.fetch()
    except ExpiredOnArrivalError:
        assert error > 0
    assert subject.fetch().remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


@pytest.mark.parametrize("error", AHEAD)
def test_credentials_without_a_date_survive_the_wrong_date_of_an_earlier_call(
    side: Side, error: float
):
    def respond_without_date(request):
        served = side.credentials()(request)
        del served.headers["date"]
        return served

    subject = side.identity([failure(side, error), respond_without_date], **ONE_ATTEMPT)
    subject.expect_error(InternalErrorException)
    failed = 0
    for _ in range(3):
        try:
            subject.fetch()
        except ExpiredOnArrivalError:
            failed += 1
    assert failed <= 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-request-id": "1", "via": "1.1 proxy"},
    ],
)
def test_the_date_of_a_response_without_a_request_id_is_ignored(side: Side, headers):
    def respond(request):
        served = side.credentials()(request)
        del served.headers["x-amzn-requestid"]
        served.headers.update({"date": date(side, DAY), **headers})
        return served

    assert not side.identity([respond]).fetch().is_expired


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 15 Jan 2027 18:00:00 GMT, Fri, 15 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 2027 18:00:00 +0900",
        "Fri, 15 Jan 0001 08:00:00 GMT",
        "Fri, 15 Jan 9999 08:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1800000000",
        "Fri, 15 Jan 2027 25:00:00 GMT",
        "Fri, \u0661\u0665 Jan 2027 18:00:00 GMT",
    ],
)
def test_an_impossible_date_is_ignored(side: Side, text: str):
    def respond(request):
        served = side.credentials()(request)
        served.headers["date"] = text
        return served

    credentials = side.identity([respond]).fetch()
    assert credentials.remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)


# --- cached credentials -----------------------------------------------------------------------------


@pytest.mark.parametrize("attempts", [1, 3])
@pytest.mark.parametrize("respond", [error_page, failure])
@pytest.mark.parametrize("error", ERRORS)
def test_cached_credentials_survive_a_wrong_date(side: Side, respond, error: float, attempts: int):
    wrong = [respond(side, error)] * attempts
    subject = cache_generation_one(side, *wrong, OUTAGE, client_config={"max_attempts": attempts})
    cached = subject.get()
    side.clock.advance(LIFETIME - 600)
    subject.get()
    side.settle()
    for _ in range(32):
        assert subject.get() is cached
    assert subject.cache.peek() is cached
    assert not cached.is_expired
    assert cached.remaining.total_seconds() == pytest.approx(600, abs=10)
    side.clock.advance(600)
    assert cached.is_expired
    subject.expect_error(TransportError, subject.get)


@pytest.mark.parametrize("skew", [-5 * HOUR, 5 * HOUR])
@pytest.mark.parametrize("error", ERRORS)
def test_cached_credentials_survive_a_wrong_date_if_the_local_clock_is_wrong(
    side: Side, skew: float, error: float
):
    side.skew = skew
    subject = cache_generation_one(side, failure(side, error), OUTAGE)
    cached = subject.get()
    side.clock.advance(LIFETIME - 50)  # Callers now wait for a refresh.
    assert subject.get() is cached
    assert subject.get() is cached
    side.clock.advance(60)
    subject.expect_error(TransportError, subject.get)


@pytest.mark.parametrize("error", ERRORS)
def test_a_wrong_date_does_not_bring_back_invalidated_credentials(
    side: Side, store: FakeStore, error: float
):
    subject = side.pool(
        [
            side.id_response(),
            side.credentials(),
            failure(side, error),
            side.credentials(generation=2),
        ],
        **ONE_ATTEMPT,
    ).use_store(store)
    subject.get()
    subject.expect_error(InternalErrorException)
    subject.cache.invalidate()
    assert generation(subject.get()) == 2


# --- stores ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize("error", AHEAD)
def test_stored_credentials_survive_a_wrong_date_and_an_outage(
    side: Side, store: FakeStore, error: float, is_local: bool
):
    store.is_local = is_local
    cache_generation_one(side).use_store(store).get()
    other = side.pool([failure(side, error), OUTAGE], **ONE_ATTEMPT).use_store(store)
    other.expect_error(InternalErrorException)
    assert generation(other.get()) == 1
    assert generation(other.get()) == 1


def test_a_process_does_not_learn_the_skew_of_another_process(side: Side, store: FakeStore):
    side.skew = -20 * 60.0
    cache_generation_one(side).use_store(store).get()
    side.skew = 0.0
    other = side.pool([]).use_store(store)
    assert generation(other.get()) == 1
    assert other.provider._spec.exchange.client.skew is None


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
def test_a_new_process_invalidates_stored_credentials_if_the_local_clock_is_wrong(
    side: Side, store: FakeStore, skew: float
):
    side.skew = skew
    cache_generation_one(side).use_store(store).get()
    side.clock.advance(10)
    other = side.pool([side.credentials(generation=2)]).use_store(store)
    assert generation(other.get()) == 1
    other.cache.invalidate()
    assert generation(other.get()) == 2


# --- brokers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("respond", [error_page, failure])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("is_shared", [False, True])
def test_a_wrong_date_for_one_user_of_a_broker_does_not_affect_other_users(
    side: Side, respond, error: float, is_shared: bool
):
    store = FakeStore(side.clock) if is_shared and not side.is_awaitable else None
    broker = Broker(
        side,
        prefetch_within=0,
        store=store,
        client_config={"max_attempts": 3, "connect_timeout": 1},
    )
    logins = {name: {GOOGLE: jwt(sub=name, exp=side.clock.now() + DAY)} for name in "abc"}
    before = {name: broker.get(name, logins[name]) for name in "ab"}
    side.clock.advance(LIFETIME - 600)
    broker.service.errors = [response(None) for response in [respond(side, error)] * 3]
    with pytest.raises(CognitoCredentialsError):
        broker.get("c", logins["c"])
    broker.service.errors = [OUTAGE] * 30
    for name, credentials in before.items():
        assert broker.get(name, logins[name]) is credentials
        side.settle()
        assert broker.get(name, logins[name]) is credentials
        assert not credentials.is_expired
    broker.service.errors = []
    assert broker.get("c", logins["c"]).remaining.total_seconds() == pytest.approx(LIFETIME, abs=1)
    side.settle()
    broker.close()


# --- lifetimes --------------------------------------------------------------------------------------


def credentials_with_date(side, date, lifetime):
    """Return a response with credentials that expire `lifetime` seconds after the local time."""

    def respond(request):
        expires_at = side.clock.now() + lifetime
        response = credentials_response(IDENTITY, expires_at=expires_at, clock=side.clock)
        return HttpResponse(200, {**response.headers, **date(side.clock.now())}, response.body)

    return respond


BEHIND = {
    f"{hours} h behind": lambda now, hours=hours: {
        "date": formatdate(now - hours * HOUR, usegmt=True)
    }
    for hours in (1, 5, 29 * 24)
}
OUT_OF_REACH = {
    "year 1": lambda now: {"date": "Mon, 01 Jan 0001 00:00:00 GMT"},
    "twice": lambda now: {"date": ", ".join([formatdate(now - HOUR, usegmt=True)] * 2)},
}


@pytest.mark.parametrize("lifetime", [1800, 3600, 7 * HOUR, 12 * HOUR])
@pytest.mark.parametrize(
    "date", [*BEHIND.values(), *OUT_OF_REACH.values()], ids=[*BEHIND, *OUT_OF_REACH]
)
def test_no_date_makes_credentials_last_longer_than_requested(side: Side, date, lifetime: float):
    subject = side.identity([credentials_with_date(side, date, lifetime)])
    credentials = subject.get()
    expected = lifetime if lifetime <= HOUR else HOUR + 60
    assert credentials.remaining.total_seconds() == expected
    assert credentials.expiration.timestamp() == side.clock.now() + expected
    side.clock.advance(expected)
    subject.get()
    assert subject.operations.count(GET_CREDENTIALS) == 2


@pytest.mark.parametrize("skew", [-5 * HOUR, 5 * HOUR])
def test_a_machine_with_a_wrong_clock_gets_the_whole_lifetime(side: Side, skew: float):
    side.skew = skew
    credentials = side.identity([side.credentials(lifetime=12 * HOUR)]).get()
    assert credentials.remaining.total_seconds() <= HOUR + 60
    credentials = side.identity([side.credentials()]).get()
    assert credentials.remaining.total_seconds() == HOUR
