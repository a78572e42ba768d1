"""What a cache holds; its states, with a provider behind it, run in tests/concurrency."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState, enough
from cognito_credentials._core.freshness import Decision
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    TransportError,
)
from cognito_credentials.testing import FakeClock


class Held(RefreshState):
    def __init__(self, *, skew=0.0):
        self.clock = FakeClock(1_800_000_000.0)
        self.skew = skew
        super().__init__(
            clock=self.clock,
            service_now=self.service_now,
            policy=RefreshPolicy(),
            random=lambda: 0.0,
        )

    def service_now(self):
        return self.clock.now() + self.skew

    def take(self, lifetime=3600, number=1):
        credentials = Credentials(
            access_key_id=f"ASIA{number}",
            secret_access_key="a-secret-key",
            session_token="a-session-token",
            expiration=datetime.fromtimestamp(self.service_now() + lifetime, UTC),
            identity_id="us-east-1:1",
            _now=self.service_now,
        )
        self.accept(credentials, epoch=0)
        return credentials

    def decision(self, *, min_remaining=0.0):
        return self.look(in_flight=False, min_remaining=min_remaining)


def test_it_holds_nothing_at_first():
    held = Held()
    assert held.fresh() is None
    assert held.peek() is None
    assert held.decision() == (Decision.WAIT, None)
    held.invalidate(None)


def test_fresh_is_what_needs_no_look():
    held = Held()
    credentials = held.take()
    assert held.fresh() is credentials
    held.clock.advance(3600 - 1020 - 1)
    assert held.fresh() is credentials
    held.clock.advance(1)
    assert held.fresh() is None
    assert held.decision() == (Decision.SERVE_AND_REFRESH, credentials)


@pytest.mark.parametrize("move", ["jump", "advance"])
def test_either_clock_ends_freshness(move):
    held = Held()
    held.take()
    getattr(held.clock, move)(3600)
    assert held.fresh() is None
    assert held.peek() is None
    assert held.decision() == (Decision.WAIT, None)


def test_a_wall_clock_set_back_does_not_prolong_anything():
    held = Held()
    held.take()
    held.clock.jump(-10_000)
    held.clock.advance(3600 - 1)
    assert held.peek() is not None
    held.clock.advance(1)
    assert held.peek() is None
    assert held.fresh() is None


def test_a_new_generation_takes_the_place_of_the_old_one_and_of_its_failure():
    held = Held()
    held.take(10, number=1)
    held.reject(TransportError("x"), epoch=0)
    second = held.take(number=2)
    assert held.fresh() is second
    held.clock.advance(3600 - 500)
    assert held.decision() == (Decision.SERVE_AND_REFRESH, second)


def test_a_failure_is_put_off_and_said_once(caplog):
    held = Held()
    credentials = held.take()
    held.clock.advance(3600 - 900)
    held.reject(TransportError("a text"), epoch=0)
    assert held.decision() == (Decision.SERVE, credentials)
    held.clock.advance(299)
    assert held.decision() == (Decision.SERVE, credentials)
    held.clock.advance(1)
    assert held.decision() == (Decision.SERVE_AND_REFRESH, credentials)
    assert caplog.messages == [
        (
            "Refreshing the credentials of us-east-1:1 failed (transport): those at hand are good "
            "for 900 s more, the next try is in 300 s"
        )
    ]


def test_a_failure_of_another_library_is_named_by_its_kind(caplog):
    held = Held()
    held.take()
    held.reject(KeyError("a text that may be anything"), epoch=0)
    assert "(KeyError)" in caplog.text
    assert "a text" not in caplog.text


def test_a_remembered_failure_is_raised_as_a_new_error():
    held = Held()
    error = ConfigurationError("hopeless")
    held.reject(error, epoch=0)
    for _ in range(2):
        with pytest.raises(ConfigurationError) as raised:
            held.decision()
        assert raised.value is not error
        assert raised.value.__cause__ is error
    held.clock.advance(1)
    assert held.decision() == (Decision.WAIT, None)


@pytest.mark.parametrize("jump", [-86_400, 0, 86_400])
def test_a_remembered_failure_lasts_its_time_at_most(jump):
    held = Held()
    held.reject(ConfigurationError("hopeless"), epoch=0)
    held.clock.jump(jump)
    held.clock.advance(1)
    assert held.decision() == (Decision.WAIT, None)


def test_with_nothing_at_hand_a_failure_is_not_logged(caplog):
    Held().reject(ConfigurationError("hopeless"), epoch=0)
    assert caplog.messages == []


def test_invalidate_means_one_generation_or_any():
    held = Held()
    first = held.take(number=1)
    second = held.take(number=2)
    held.invalidate(first)
    assert held.peek() is second
    held.invalidate(second)
    assert held.peek() is None
    held.take(number=3)
    held.invalidate(None)
    assert held.peek() is None


def test_invalidate_forgets_the_failure_too():
    held = Held()
    credentials = held.take()
    held.clock.advance(3600 - 900)
    held.reject(ConfigurationError("hopeless"), epoch=0)
    held.invalidate(credentials)
    assert held.decision() == (Decision.WAIT, None)


def test_what_was_begun_before_all_was_thrown_away_is_nothing_to_keep():
    held = Held()
    held.invalidate(None)
    credentials = held.take()
    held.reject(ConfigurationError("hopeless"), epoch=0)
    assert held.peek() is None
    assert held.decision() == (Decision.WAIT, None)
    held.accept(credentials, epoch=1)
    held.take(number=2)  # still of the epoch before
    assert held.peek() is credentials


def test_nor_where_that_ends_in_the_middle():
    held = Held()
    monotonic = held._monotonic

    def interrupted():
        held.invalidate(None)
        return monotonic()

    held._monotonic = interrupted
    held.take()
    assert held.peek() is None


def test_a_service_that_is_ahead_is_believed():
    held = Held(skew=7200.0)
    credentials = held.take()
    assert held.fresh() is credentials
    held.clock.advance(3600)
    assert held.peek() is None


@pytest.mark.parametrize("needed", [0.0, 100.0, 3600.0])
def test_enough_is_enough(needed):
    credentials = Held().take()
    assert enough(credentials, needed) is credentials


def test_too_little_is_told():
    with pytest.raises(ConfigurationError, match=r"3601 s, but .* 3600 s"):
        enough(Held().take(), 3601.0)


@pytest.mark.parametrize("needed", [0.0, 1.0])
@pytest.mark.parametrize("lifetime", [0, -1])
def test_expired_credentials_are_never_enough(lifetime, needed):
    held = Held()
    credentials = held.take(10)
    held.clock.advance(10 - lifetime)
    with pytest.raises(ExpiredOnArrivalError):
        enough(credentials, needed)


@pytest.mark.parametrize("lifetime", [0, -1, -7200])
def test_expired_credentials_are_not_accepted(lifetime):
    held = Held()
    first = held.take()
    with pytest.raises(ExpiredOnArrivalError):
        held.take(lifetime, number=2)
    assert held.fresh() is first


@pytest.mark.parametrize("ahead", [10, 3600, 7200])
def test_a_generation_fetched_by_a_clock_that_is_ahead_expires_on_time(ahead):
    held = Held()
    credentials = held.take()
    held.invalidate(None)
    held.accept(credentials, held.clock.now() + ahead, epoch=1)
    assert held.decision(min_remaining=3600)[1] is credentials
    held.clock.advance(3599)
    assert held.decision()[1] is credentials
    held.clock.advance(1)
    assert held.fresh() is None
    assert held.decision() == (Decision.WAIT, None)


def test_a_reader_that_was_held_up_never_gets_old_credentials_by_new_limits():
    held = Held()
    held.take()
    held.clock.advance(7200)
    # Another thread's refresh lands while this one is between its first and its last look.
    monotonic, landings = held.clock.monotonic, [lambda: held.take(number=2)]

    def interrupted():
        while landings:
            landings.pop()()
        return monotonic()

    held._monotonic = interrupted
    credentials = held.fresh()
    assert credentials is None or not credentials.is_expired
    assert not landings
