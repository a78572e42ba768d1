"""All providers accept sync callables and caches.

Only async providers accept async callables and caches.
"""

from __future__ import annotations

import asyncio

import pytest
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
    OTHER,
    ROLE,
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


async def return_user(claims):
    return "user"


async def return_role(claims):
    return ROLE


async def ignore_change(change):
    await asyncio.sleep(0)


class AwaitableObject:
    """Awaitable that is not a coroutine, and therefore does not have to be closed."""

    def __await__(self):
        yield


ASYNC_ARGUMENTS = {
    "supplier": {"logins": {GOOGLE: token}},
    "a callable object": {"logins": {GOOGLE: AwaitableObject}},
    "id token": {"logins": login_from_id_token(token)},
    "developer identity": {"logins": DeveloperIdentity(token)},
    "cache": {"cache": AsyncObjectCache({}, [])},
    "user_identifier": {"logins": {GOOGLE: jwt()}, "user_identifier": return_user},
    "custom_role_arn": {"logins": {GOOGLE: jwt()}, "custom_role_arn": return_role},
    "on_identity_change": {"on_identity_change": ignore_change},
}


@pytest.mark.parametrize("name", ASYNC_ARGUMENTS)
def test_a_sync_provider_rejects_async_callables_and_caches(name):
    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials(OTHER)], **ASYNC_ARGUMENTS[name])
        error = subject.expect_error(ConfigurationError)
    assert "cognito_credentials.aio" in error.hint
    assert side.leaks() == []


def test_the_error_names_the_function_and_the_login_provider():
    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials()], logins={GOOGLE: token})
        message = subject.expect_error(ConfigurationError).message
        assert "token" in message
        assert repr(GOOGLE) in message


@pytest.mark.parametrize("cache", [MappingCache, ObjectCache, AsyncObjectCache])
def test_an_async_provider_accepts_sync_and_async_caches(cache):
    identity_id_cache = cache({}, [])
    with Side("aio") as side:
        side.pool([side.id_response(), side.credentials()], cache=identity_id_cache).fetch()
    assert list(identity_id_cache.entries.values()) == [IDENTITY]


@pytest.mark.parametrize("supplier", [jwt, token])
def test_an_async_provider_accepts_sync_and_async_suppliers(supplier):
    with Side("aio") as side:
        subject = side.pool(
            [side.id_response(), side.credentials()],
            logins={GOOGLE: supplier},
            custom_role_arn=return_role,
        )
        subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert subject.calls[1][1]["CustomRoleArn"] == ROLE
