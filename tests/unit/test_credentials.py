from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cognito_credentials import Credentials
from cognito_credentials.credentials import read_clock

EXPIRATION = datetime(2027, 1, 15, 10, tzinfo=UTC)
ARGUMENTS = {
    "access_key_id": "ASIAEXAMPLE000000001",
    "secret_access_key": "a-secret-key-never-to-be-shown",
    "session_token": "a-session-token-never-to-be-shown",
    "expiration": EXPIRATION,
    "identity_id": "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
}


def create(**changes):
    return Credentials(**{**ARGUMENTS, **changes})


def test_attributes_have_the_values_of_the_arguments():
    credentials = create(account_id="123456789012")
    assert {name: getattr(credentials, name) for name in ARGUMENTS} == ARGUMENTS
    assert credentials.account_id == "123456789012"
    assert create().account_id is None


def test_arguments_are_keyword_only_and_required():
    with pytest.raises(TypeError):
        Credentials("ASIA", "secret", "token", EXPIRATION, "id")
    with pytest.raises(TypeError):
        Credentials(access_key_id="ASIA")


@pytest.mark.parametrize(
    "moment",
    [
        EXPIRATION,
        EXPIRATION + timedelta(microseconds=999_999),  # The time is truncated, never rounded up.
        EXPIRATION.astimezone(timezone(timedelta(hours=9))),
        EXPIRATION.astimezone(timezone(-timedelta(hours=5, minutes=30))),
    ],
)
def test_the_expiration_is_converted_to_utc_and_whole_seconds(moment):
    credentials = create(expiration=moment)
    assert credentials.expiration == EXPIRATION
    assert credentials.expiration.tzinfo is UTC
    assert credentials.expiration.microsecond == 0


def test_a_naive_expiration_raises_value_error():
    with pytest.raises(ValueError, match="expiration"):
        create(expiration=EXPIRATION.replace(tzinfo=None))


@pytest.mark.parametrize(("offset", "expired"), [(-3600, False), (-1, False), (0, True), (1, True)])
def test_is_expired_and_remaining_use_the_clock_of_the_credentials(offset, expired):
    credentials = create(_now=lambda: EXPIRATION.timestamp() + offset)
    assert credentials.is_expired is expired
    assert credentials.remaining == timedelta(seconds=-offset)
    assert read_clock(credentials) == EXPIRATION.timestamp() + offset


def test_the_system_clock_is_the_default():
    assert create(expiration=datetime(2000, 1, 1, tzinfo=UTC)).is_expired
    assert not create(expiration=datetime(9999, 1, 1, tzinfo=UTC)).is_expired


@pytest.mark.parametrize("name", [*ARGUMENTS, "account_id", "_now", "anything"])
def test_attributes_cannot_be_set_or_deleted(name):
    credentials = create()
    with pytest.raises(AttributeError, match=name):
        setattr(credentials, name, "x")
    with pytest.raises(AttributeError, match=name):
        delattr(credentials, name)
    assert credentials == create()


def test_credentials_with_equal_values_are_equal_and_have_the_same_hash():
    assert create() == create(_now=lambda: 0.0)
    assert hash(create()) == hash(create())
    assert len({create(), create()}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"access_key_id": "x"},
        {"secret_access_key": "x"},
        {"session_token": "x"},
        {"expiration": EXPIRATION + timedelta(seconds=1)},
        {"identity_id": "x"},
        {"account_id": "x"},
    ],
)
def test_a_different_value_makes_credentials_unequal(change):
    assert create(**change) != create()


def test_credentials_are_not_equal_to_other_objects():
    assert create() != tuple(ARGUMENTS.values())
    assert create() is not None
    assert create() != "x"


@pytest.mark.parametrize("format_text", [repr, str, "{}".format, "{!r}".format, lambda c: f"{[c]}"])
def test_no_text_form_shows_a_secret(format_text):
    text = format_text(create())
    assert "never-to-be-shown" not in text
    assert "ASIA…0001" in text
    assert ARGUMENTS["access_key_id"] not in text
    assert ARGUMENTS["identity_id"] in text


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
def test_a_copy_is_equal_and_has_the_same_clock(make_copy):
    credentials = create(_now=lambda: EXPIRATION.timestamp() - 60)
    copied = make_copy(credentials)
    assert copied == credentials
    assert copied.remaining == credentials.remaining


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_unpickled_credentials_are_equal_and_use_the_system_clock(protocol):
    credentials = create(account_id="123456789012", _now=lambda: 0.0)
    unpickled = pickle.loads(pickle.dumps(credentials, protocol))  # noqa: S301
    assert unpickled == credentials
    assert unpickled.remaining.total_seconds() < EXPIRATION.timestamp()


def test_credentials_have_no_instance_dictionary():
    assert not hasattr(create(), "__dict__")
