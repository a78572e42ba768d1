"""Which clients are taken, and what is said of those that are not, and of a server that refuses."""

from __future__ import annotations

import traceback

import pytest
import redis
import redis.asyncio
import redis.asyncio.retry
import redis.exceptions
import redis.retry

from cognito_credentials.errors import (
    ConfigurationError,
    RequestTimeoutError,
    TransportError,
)
from cognito_credentials.stores._redis_clients import check_client, create_client, translate_errors

URL = "redis://:a-password-nobody-may-see@localhost:6379/0"


def make(url=URL, module=redis, **options):
    return create_client(module, module.retry.Retry, url, 0.5, options)


@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_client_is_made_that_asks_once_and_gives_up_soon(module):
    settings = make(module=module).connection_pool.connection_kwargs
    assert settings["socket_timeout"] == settings["socket_connect_timeout"] == 0.5
    assert settings["retry"]._retries == 0
    assert settings["decode_responses"] is False


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("http://localhost", {}, "no Redis URL"),
        (URL.replace("6379", "port"), {}, "no Redis URL"),
        (f"{URL}?unknown=1", {}, "an option is unknown"),
        (URL, {"unknown": 1}, "an option is unknown"),
        (URL, {"socket_timeout": None}, "no socket_timeout"),
        (f"{URL}?decode_responses=1", {}, "decodes responses"),
    ],
)
@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_url_or_option_that_cannot_work_is_refused(module, url, options, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        make(url, module, **options)
    assert "nobody-may-see" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_client_belongs_to_one_side(module):
    client, is_awaited = make(module=module), module is redis.asyncio
    assert check_client(client, is_awaited=is_awaited) is client
    with pytest.raises(ConfigurationError, match="url is a client that is") as caught:
        check_client(client, is_awaited=not is_awaited)
    assert "AsyncRedisStore those of redis.asyncio" in caught.value.hint


@pytest.mark.parametrize("module", [redis, redis.asyncio])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"socket_timeout": None}, "no socket_timeout"),
        ({"socket_timeout": 1, "decode_responses": True}, "decodes responses"),
    ],
)
def test_a_client_that_cannot_work_is_refused(module, options, says):
    with pytest.raises(ConfigurationError, match=says):
        check_client(module.from_url(URL, **options), is_awaited=module is redis.asyncio)


@pytest.mark.parametrize("thing", [None, 5, object(), {}, b"redis://localhost"])
def test_what_is_no_client_is_refused(thing):
    with pytest.raises(ConfigurationError, match="url is of type"):
        check_client(thing, is_awaited=False)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (redis.exceptions.AuthenticationError("Authentication required."), "no password"),
        (redis.exceptions.ResponseError("NOAUTH Authentication required."), "no password"),
        (redis.exceptions.ResponseError("WRONGPASS invalid username-password pair"), "no password"),
        (redis.exceptions.NoPermissionError("User x has no permissions"), "may not do"),
        (redis.exceptions.ResponseError("NOPERM this user has no permissions"), "may not do"),
        (
            redis.exceptions.ResponseError(
                "The user executing the script can't run this command or subcommand script"
            ),
            "may not do",
        ),
        (redis.exceptions.ResponseError("DB index is out of range"), "a database"),
        (redis.exceptions.MovedError("866 127.0.0.1:7001"), "one node of a cluster"),
    ],
)
def test_what_the_operator_must_change_is_a_mistake(error, says):
    with pytest.raises(ConfigurationError, match=says) as caught, translate_errors():
        raise error
    assert str(caught.value).startswith("url")


@pytest.mark.parametrize(
    "error",
    [
        redis.exceptions.ReadOnlyError("You can't write against a read only replica."),
        redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        redis.exceptions.ResponseError("WRONGTYPE Operation against a key"),
        KeyboardInterrupt(),
    ],
)
def test_what_says_no_more_stays_as_it_is(error):
    with pytest.raises(type(error)) as caught, translate_errors():
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (redis.exceptions.ConnectionError("Error 111 connecting to h:1. Refused"), TransportError),
        (redis.exceptions.TimeoutError("Timeout reading from h:1"), RequestTimeoutError),
        (redis.exceptions.BusyLoadingError("Redis is loading the dataset"), TransportError),
    ],
)
def test_an_outage_is_one_of_ours_and_says_what_it_was(error, kind):
    with pytest.raises(TransportError) as caught, translate_errors():
        raise error
    assert type(caught.value) is kind
    assert str(error) in str(caught.value)
