from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cognito_credentials import Credentials

ENDS = datetime(2027, 1, 15, 10, tzinfo=UTC)
PARTS = {
    "access_key_id": "ASIAEXAMPLE000000001",
    "secret_access_key": "a-secret-key-that-nobody-may-see",
    "session_token": "a-session-token-that-nobody-may-see",
    "expiration": ENDS,
    "identity_id": "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
}


def credentials(**changes):
    return Credentials(**{**PARTS, **changes})


def test_the_parts_are_kept():
    kept = credentials(account_id="123456789012")
    assert {name: getattr(kept, name) for name in PARTS} == PARTS
    assert kept.account_id == "123456789012"
    assert credentials().account_id is None


def test_the_parts_are_named():
    with pytest.raises(TypeError):
        Credentials("ASIA", "secret", "token", ENDS, "id")
    with pytest.raises(TypeError):
        Credentials(access_key_id="ASIA")


@pytest.mark.parametrize(
    "moment",
    [
        ENDS,
        ENDS + timedelta(microseconds=999_999),  # cut off, never rounded up
        ENDS.astimezone(timezone(timedelta(hours=9))),
        ENDS.astimezone(timezone(-timedelta(hours=5, minutes=30))),
    ],
)
def test_the_expiration_is_utc_and_whole_seconds(moment):
    kept = credentials(expiration=moment)
    assert kept.expiration == ENDS
    assert kept.expiration.tzinfo is UTC
    assert kept.expiration.microsecond == 0


def test_a_naive_expiration_is_refused():
    with pytest.raises(ValueError, match="naive"):
        credentials(expiration=ENDS.replace(tzinfo=None))


@pytest.mark.parametrize(("offset", "expired"), [(-3600, False), (-1, False), (0, True), (1, True)])
def test_is_expired_and_remaining_go_by_the_clock_that_was_given(offset, expired):
    kept = credentials(_now=lambda: ENDS.timestamp() + offset)
    assert kept.is_expired is expired
    assert kept.remaining == timedelta(seconds=-offset)


def test_without_a_clock_this_machines_is_taken():
    assert credentials(expiration=datetime(2000, 1, 1, tzinfo=UTC)).is_expired
    assert not credentials(expiration=datetime(9999, 1, 1, tzinfo=UTC)).is_expired


@pytest.mark.parametrize("name", [*PARTS, "account_id", "_now", "anything"])
def test_nothing_can_be_changed(name):
    kept = credentials()
    with pytest.raises(AttributeError, match="immutable"):
        setattr(kept, name, "x")
    with pytest.raises(AttributeError, match="immutable"):
        delattr(kept, name)
    assert kept == credentials()


def test_equal_parts_are_equal_credentials():
    assert credentials() == credentials(_now=lambda: 0.0)
    assert hash(credentials()) == hash(credentials())
    assert len({credentials(), credentials()}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"access_key_id": "x"},
        {"secret_access_key": "x"},
        {"session_token": "x"},
        {"expiration": ENDS + timedelta(seconds=1)},
        {"identity_id": "x"},
        {"account_id": "x"},
    ],
)
def test_another_part_makes_other_credentials(change):
    assert credentials(**change) != credentials()


def test_nothing_else_is_equal():
    assert credentials() != tuple(PARTS.values())
    assert credentials() is not None
    assert credentials() != "x"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, lambda c: f"{[c]}"])
def test_no_text_of_them_shows_a_secret(show):
    text = show(credentials())
    assert "nobody-may-see" not in text
    assert "ASIA…0001" in text
    assert PARTS["access_key_id"] not in text
    assert PARTS["identity_id"] in text


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_equal_and_has_the_same_clock(copied):
    kept = credentials(_now=lambda: ENDS.timestamp() - 60)
    twin = copied(kept)
    assert twin == kept
    assert twin.remaining == kept.remaining


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_they_go_to_a_child_process(protocol):
    kept = credentials(account_id="123456789012", _now=lambda: 0.0)
    twin = pickle.loads(pickle.dumps(kept, protocol))  # noqa: S301
    assert twin == kept
    assert twin.remaining.total_seconds() < ENDS.timestamp()  # with a clock of its own


def test_they_have_no_dict_for_stray_attributes():
    assert not hasattr(credentials(), "__dict__")
