"""The state of a cache, without a provider; tests/concurrency tests caches with providers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._core.freshness import Decision
from cognito_credentials.errors import ConfigurationError, ExpiredOnArrivalError, TransportError
from cognito_credentials.testing import FakeClock

LIFETIME = 3600
ADVISORY = LIFETIME - 1020


class Clock(FakeClock):
    """A clock that calls `on_monotonic` before the next reading of its monotonic time."""

    on_monotonic = None

    def monotonic(self):
        interrupt, self.on_monotonic = self.on_monotonic, None
        if interrupt is not None:
            interrupt()
        return super().monotonic()


class Subject:
    def __init__(self, *, skew=0.0):
        self.clock = Clock(1_800_000_000.0)
        self.skew = skew
        self.state = RefreshState(
            clock=self.clock,
            service_now=self.service_now,
            policy=RefreshPolicy(),
            random=lambda: 0.0,
        )
        self.first_epoch = self.state.epoch

    def service_now(self):
        return self.clock.now() + self.skew

    def accept(self, lifetime=LIFETIME, number=1, epoch=None):
        credentials = Credentials(
            access_key_id=f"ASIA{number}",
            secret_access_key="a-secret-key",
            session_token="a-session-token",
            expiration=datetime.fromtimestamp(self.service_now() + lifetime, UTC),
            identity_id="us-east-1:1",
            _now=self.service_now,
        )
        self.state.accept(credentials, epoch=epoch or self.first_epoch)
        return credentials

    def reject(self, error):
        self.state.reject(error, epoch=self.first_epoch)

    def decide(self, *, min_remaining=0.0):
        return self.state.decide(in_flight=False, min_remaining=min_remaining)


@pytest.fixture
def subject():
    return Subject()


def test_an_empty_cache_waits(subject):
    assert subject.state.get_fresh() is None
    assert subject.state.peek() is None
    assert subject.decide() == (Decision.WAIT, None)
    subject.state.invalidate()


def test_fresh_returns_credentials_until_the_advisory_window(subject):
    credentials = subject.accept()
    assert subject.state.get_fresh() is credentials
    subject.clock.advance(ADVISORY - 1)
    assert subject.state.get_fresh() is credentials
    subject.clock.advance(1)
    assert subject.state.get_fresh() is None
    assert subject.decide() == (Decision.SERVE_AND_REFRESH, credentials)


@pytest.mark.parametrize("move", ["jump", "advance"])
def test_credentials_expire_by_either_clock(subject, move):
    subject.accept()
    getattr(subject.clock, move)(LIFETIME)
    assert subject.state.get_fresh() is None
    assert subject.state.peek() is None
    assert subject.decide() == (Decision.WAIT, None)


def test_a_wall_clock_that_is_set_back_does_not_prolong_credentials(subject):
    subject.accept()
    subject.clock.jump(-10_000)
    subject.clock.advance(LIFETIME - 1)
    assert subject.state.peek() is not None
    subject.clock.advance(1)
    assert subject.state.peek() is None
    assert subject.state.get_fresh() is None


def test_new_credentials_replace_the_old_ones_and_their_failure(subject):
    subject.accept(10, number=1)
    subject.reject(TransportError("x"))
    second = subject.accept(number=2)
    assert subject.state.get_fresh() is second
    subject.clock.advance(LIFETIME - 500)
    assert subject.decide() == (Decision.SERVE_AND_REFRESH, second)


def test_a_failed_refresh_is_put_off_and_logged_once(subject, caplog):
    credentials = subject.accept()
    subject.clock.advance(LIFETIME - 900)
    subject.reject(TransportError("a text"))
    assert subject.decide() == (Decision.SERVE, credentials)
    subject.clock.advance(299)
    assert subject.decide() == (Decision.SERVE, credentials)
    subject.clock.advance(1)
    assert subject.decide() == (Decision.SERVE_AND_REFRESH, credentials)
    (record,) = caplog.records
    assert record.args == ("us-east-1:1", "transport", 900, 300)


def test_a_failure_of_another_library_is_logged_by_its_class(subject, caplog):
    subject.accept()
    subject.reject(KeyError("a text that may contain anything"))
    assert "(KeyError)" in caplog.text
    assert "a text" not in caplog.text


def test_a_remembered_failure_is_raised_as_a_copy(subject):
    error = ConfigurationError("wrong pool")
    subject.reject(error)
    for _ in range(2):
        with pytest.raises(ConfigurationError) as raised:
            subject.decide()
        assert raised.value is not error
        assert raised.value.__cause__ is error
    subject.clock.advance(1)
    assert subject.decide() == (Decision.WAIT, None)


@pytest.mark.parametrize("jump", [-86_400, 0, 86_400])
def test_a_change_of_the_wall_clock_does_not_prolong_a_failure(subject, jump):
    subject.reject(ConfigurationError("wrong pool"))
    subject.clock.jump(jump)
    subject.clock.advance(1)
    assert subject.decide() == (Decision.WAIT, None)


def test_a_failure_without_cached_credentials_is_not_logged(subject, caplog):
    subject.reject(ConfigurationError("wrong pool"))
    assert caplog.messages == []


def test_invalidate_discards_credentials_and_failure(subject):
    subject.accept()
    subject.clock.advance(LIFETIME - 900)
    subject.reject(ConfigurationError("wrong pool"))
    subject.state.invalidate()
    assert subject.state.peek() is None
    assert subject.decide() == (Decision.WAIT, None)


def test_results_from_before_invalidate_are_not_cached(subject):
    subject.state.invalidate()
    subject.accept()
    subject.reject(ConfigurationError("wrong pool"))
    assert subject.state.peek() is None
    assert subject.decide() == (Decision.WAIT, None)
    credentials = subject.accept(epoch=subject.state.epoch)
    subject.accept(number=2, epoch=subject.first_epoch)
    assert subject.state.peek() is credentials


def test_a_result_is_not_cached_if_invalidate_is_called_meanwhile(subject):
    subject.clock.on_monotonic = subject.state.invalidate
    subject.accept()
    assert subject.state.peek() is None


def test_a_closed_cache_discards_its_credentials_and_raises(subject):
    subject.accept()
    subject.state.check_open()
    subject.state.close()
    assert subject.state.peek() is None
    with pytest.raises(ConfigurationError, match="closed"):
        subject.state.check_open()


def test_credentials_expire_by_the_clock_of_the_service():
    subject = Subject(skew=7200.0)
    credentials = subject.accept()
    assert subject.state.get_fresh() is credentials
    subject.clock.advance(LIFETIME)
    assert subject.state.peek() is None


def test_a_skew_that_is_measured_later_does_not_change_the_expiration(subject):
    subject.accept()
    subject.skew = 7200.0
    assert subject.state.peek() is not None
    subject.skew = -7200.0
    subject.clock.advance(LIFETIME)
    assert subject.state.peek() is None


@pytest.mark.parametrize("lifetime", [0, -1, -7200])
def test_expired_credentials_are_not_accepted(subject, lifetime):
    first = subject.accept()
    with pytest.raises(ExpiredOnArrivalError):
        subject.accept(lifetime, number=2)
    assert subject.state.get_fresh() is first


@pytest.mark.parametrize("ahead", [10, 3600, 7200])
def test_credentials_from_a_host_whose_clock_is_ahead_expire_on_time(subject, ahead):
    credentials = subject.accept()
    subject.state.invalidate()
    subject.state.accept(credentials, subject.clock.now() + ahead, epoch=subject.state.epoch)
    assert subject.decide(min_remaining=LIFETIME)[1] is credentials
    subject.clock.advance(LIFETIME - 1)
    assert subject.decide()[1] is credentials
    subject.clock.advance(1)
    assert subject.state.get_fresh() is None
    assert subject.decide() == (Decision.WAIT, None)


def test_a_min_remaining_above_the_lifetime_is_rejected(subject):
    subject.accept()
    assert subject.decide(min_remaining=LIFETIME)[0] is Decision.SERVE
    with pytest.raises(ConfigurationError, match="min_remaining"):
        subject.decide(min_remaining=LIFETIME + 1)


def test_a_suspended_reader_does_not_compare_old_credentials_with_new_limits(subject):
    subject.accept()
    subject.clock.advance(2 * LIFETIME)
    # Another thread's refresh completes while this thread is between two reads.
    landed = []
    subject.clock.on_monotonic = lambda: landed.append(subject.accept(number=2))
    credentials = subject.state.get_fresh()
    assert credentials is None or not credentials.is_expired
    assert landed


# --- rejected credentials ---------------------------------------------------------------------------


def test_callers_wait_for_the_replacement_of_rejected_credentials(subject):
    credentials = subject.accept()
    assert subject.state.mark_rejected("ASIA1")
    assert subject.state.get_fresh() is None
    assert subject.decide() == (Decision.WAIT, credentials)
    assert subject.state.rejected_access_key_id == "ASIA1"
    # Rejected credentials may still work, so they are not discarded.
    assert subject.state.peek() is credentials
    replacement = subject.accept(number=2)
    assert subject.state.get_fresh() is replacement
    assert subject.state.rejected_access_key_id is None


def test_a_late_rejection_does_not_affect_newer_credentials(subject):
    subject.accept(number=1)
    newer = subject.accept(number=2)
    assert subject.state.mark_rejected("ASIA1")  # True means: send the request again.
    assert subject.state.get_fresh() is newer


def test_a_rejection_is_worth_another_attempt_if_nothing_is_cached(subject):
    assert subject.state.mark_rejected("ASIA1")
    subject.state.close()
    assert not subject.state.mark_rejected("ASIA1")


def test_repeated_rejections_of_marked_credentials_wait_for_the_same_fetch(subject):
    subject.accept()
    assert all(subject.state.mark_rejected("ASIA1") for _ in range(32))


def test_credentials_are_marked_at_most_once_in_5_seconds(subject):
    subject.accept(number=1)
    subject.state.mark_rejected("ASIA1")
    second = subject.accept(number=2)
    subject.clock.advance(4.9)
    assert not subject.state.mark_rejected("ASIA2")
    assert subject.state.get_fresh() is second
    subject.clock.advance(0.1)
    assert subject.state.mark_rejected("ASIA2")
    assert subject.state.get_fresh() is None


def test_rejected_credentials_are_returned_after_a_failed_fetch(subject, caplog):
    credentials = subject.accept()
    subject.state.mark_rejected("ASIA1")
    subject.reject(TransportError("no route"))
    assert subject.decide() == (Decision.SERVE, credentials)
    assert not subject.state.mark_rejected("ASIA1")  # Another attempt would fail again.
    assert "Continuing with cached credentials" in caplog.text
    subject.clock.advance(4.9)
    assert subject.decide() == (Decision.SERVE, credentials)
    subject.clock.advance(4.1)
    assert subject.decide() == (Decision.WAIT, credentials)
    assert subject.state.mark_rejected("ASIA1")


def test_rejected_credentials_are_not_returned_after_their_expiration(subject):
    subject.accept()
    subject.state.mark_rejected("ASIA1")
    subject.reject(TransportError("no route"))
    subject.clock.advance(LIFETIME)
    assert subject.state.peek() is None
    assert subject.decide() == (Decision.WAIT, None)


def test_a_rejection_ends_the_pause_after_a_failed_early_refresh(subject):
    credentials = subject.accept()
    subject.clock.advance(ADVISORY + 1)
    subject.reject(TransportError("no route"))
    assert subject.decide() == (Decision.SERVE, credentials)
    assert subject.state.mark_rejected("ASIA1")
    assert subject.decide() == (Decision.WAIT, credentials)


def test_credentials_that_another_process_reported_are_cached_as_rejected(subject):
    credentials = subject.accept()
    subject.state.accept(credentials, epoch=subject.first_epoch, is_rejected=True)
    assert subject.state.get_fresh() is None
    assert subject.decide() == (Decision.WAIT, credentials)


def test_a_rejection_during_accept_does_not_affect_the_new_credentials(subject):
    subject.accept(number=1)
    subject.clock.on_monotonic = lambda: subject.state.mark_rejected("ASIA1")
    newer = subject.accept(number=2)
    assert subject.state.get_fresh() is newer
