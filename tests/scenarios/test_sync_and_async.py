"""What is asynchronous belongs to the awaited side, which takes what is plain as well."""

from __future__ import annotations

import asyncio

import pytest
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
    OTHER,
    AsyncObjectCache,
    MappingCache,
    ObjectCache,
    Side,
    jwt,
)

from cognito_credentials import DeveloperIdentity, login_from_id_token
from cognito_credentials.errors import ConfigurationError


async def token():
    await asyncio.sleep(0)
    return jwt()


async def named(claims):
    return "user"


async def told(change):
    await asyncio.sleep(0)


class AwaitableObject:
    """Awaitable, and no coroutine: nothing has to close it."""

    def __await__(self):
        yield


REFUSED = {
    "supplier": {"logins": {GOOGLE: token}},
    "a callable object": {"logins": {GOOGLE: AwaitableObject}},
    "id token": {"logins": login_from_id_token(token)},
    "developer identity": {"logins": DeveloperIdentity(token)},
    "cache": {"cache": AsyncObjectCache({}, [])},
    "user_identifier": {"logins": {GOOGLE: jwt()}, "user_identifier": named},
    "custom_role_arn": {"logins": {GOOGLE: jwt()}, "custom_role_arn": named},
    "on_identity_change": {"on_identity_change": told},
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_sync_side_refuses_what_is_asynchronous(what):
    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials(OTHER)], **REFUSED[what])
        error = subject.expect_error(ConfigurationError)
    assert "cognito_credentials.aio" in error.hint
    assert "asynchronous" in error.message
    assert side.leaks() == []


def test_the_refusal_names_the_function():
    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials()], logins={GOOGLE: token})
        message = subject.expect_error(ConfigurationError).message
        assert "token is asynchronous" in message
        assert repr(GOOGLE) in message


@pytest.mark.parametrize("cache", [MappingCache, ObjectCache, AsyncObjectCache])
def test_the_awaited_side_takes_every_kind_of_cache(cache):
    kept = cache({}, [])
    with Side("aio") as side:
        side.pool([side.id_response(), side.credentials()], cache=kept).fetch()
    assert list(kept.entries.values()) == [IDENTITY]


@pytest.mark.parametrize("supplier", [jwt, token])
def test_the_awaited_side_takes_every_kind_of_supplier(supplier):
    with Side("aio") as side:
        subject = side.pool(
            [side.id_response(), side.credentials()],
            logins={GOOGLE: supplier},
            custom_role_arn=named,
        )
        subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert subject.calls[1][1]["CustomRoleArn"] == "user"
