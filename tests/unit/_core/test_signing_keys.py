from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from botocore.credentials import Credentials as BotocoreCredentials

from cognito_credentials import Credentials
from cognito_credentials._aio.driver import Driver as AsyncDriver
from cognito_credentials._core.signing_keys import check_credentials, resolve_signing_key
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    TransportError,
)
from cognito_credentials.testing import FakeClock

KEY = ("AKIAIOSFODNN7EXAMPLE", "a-secret-that-must-stay-secret", "a-session-token")
OURS = Credentials(
    access_key_id=KEY[0],
    secret_access_key=KEY[1],
    session_token=KEY[2],
    expiration=datetime(2030, 1, 1, tzinfo=UTC),
    identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
)
BOTOCORE = BotocoreCredentials(*KEY)


class Frozen(NamedTuple):
    access_key: str
    secret_key: str
    token: str


class Cache:
    def get(self, min_remaining: float = 0.0) -> Credentials:
        return OURS


class AsyncCache:
    async def get(self) -> Credentials:
        return OURS


class AsyncBotocoreCredentials:
    """Credentials like those of aiobotocore: attributes raise an exception after the expiration."""

    async def get_frozen_credentials(self) -> Frozen:
        return Frozen(*KEY)


async def load() -> BotocoreCredentials:
    return BOTOCORE


def resolve(credentials):
    driver = Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0)
    key = driver.run(resolve_signing_key(credentials))
    return key.access_key_id, key.secret_access_key, key.session_token


def resolve_async(credentials):
    driver = AsyncDriver(transport=None, clock=FakeClock(), max_flight_seconds=1.0)
    key = asyncio.run(driver.run(resolve_signing_key(credentials)))
    return key.access_key_id, key.secret_access_key, key.session_token


SYNC = {
    "Credentials": OURS,
    "credentials of botocore": BOTOCORE,
    "frozen credentials of botocore": Frozen(*KEY),
    "attributes of the AWS SDK for Python": SimpleNamespace(
        access_key_id=KEY[0], secret_access_key=KEY[1], session_token=KEY[2]
    ),
    "cache": Cache(),
    "function": lambda: OURS,
    "function that returns credentials of botocore": lambda: BOTOCORE,
}
ASYNC = {
    "credentials of aiobotocore": AsyncBotocoreCredentials(),
    "async cache": AsyncCache(),
    "async function": load,
}


@pytest.mark.parametrize("kind", SYNC)
def test_credentials_of_every_kind_are_accepted(kind):
    check_credentials(SYNC[kind])
    assert resolve(SYNC[kind]) == KEY
    assert resolve_async(SYNC[kind]) == KEY


@pytest.mark.parametrize("kind", ASYNC)
def test_async_credentials_need_an_async_provider(kind):
    check_credentials(ASYNC[kind])
    assert resolve_async(ASYNC[kind]) == KEY
    with pytest.raises(ConfigurationError, match="asynchronous"):
        resolve(ASYNC[kind])


def test_credentials_without_a_session_token_are_accepted():
    assert resolve(BotocoreCredentials(*KEY[:2])) == (*KEY[:2], None)


def test_refreshed_credentials_are_used_for_the_next_token():
    keys = [BotocoreCredentials("AKIAFIRST", "one"), BotocoreCredentials("AKIASECOND", "two")]
    assert [resolve(lambda: keys.pop(0))[0] for _ in range(2)] == ["AKIAFIRST", "AKIASECOND"]


@pytest.mark.parametrize(
    "credentials",
    ["AKIAIOSFODNN7EXAMPLE", 7, {"AccessKeyId": KEY[0]}, [KEY], KEY, object(), Credentials, Cache],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_rejected_before_a_request(credentials):
    with pytest.raises(ConfigurationError) as caught:
        check_credentials(credentials)
    assert caught.value.hint
    assert KEY[0] not in str(caught.value)


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "text",
        SimpleNamespace(access_key_id=None, secret_access_key=None),
        SimpleNamespace(access_key_id="AKIA", secret_access_key=""),
        SimpleNamespace(access_key="AKIA", secret_key=KEY[1], token="a\nb"),
        SimpleNamespace(access_key="AKIA", secret_key=KEY[1], token=7),
    ],
)
def test_a_function_must_return_credentials(returned):
    with pytest.raises(ConfigurationError) as caught:
        resolve(lambda: returned)
    assert KEY[1] not in str(caught.value)


def test_the_exception_of_a_function_is_the_cause():
    def fail() -> None:
        raise OSError(KEY[1])

    with pytest.raises(LoginTokenError) as caught:
        resolve(fail)
    assert isinstance(caught.value.__cause__, OSError)
    assert KEY[1] not in str(caught.value)


def test_the_error_of_a_provider_of_this_library_is_raised_unchanged():
    error = TransportError("unreachable")

    def fail() -> None:
        raise error

    with pytest.raises(TransportError) as caught:
        resolve(fail)
    assert caught.value is error
