"""The redis-py clients that the store accepts, and the translation of their errors."""

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

URL = "redis://:a-secret-password@localhost:6379/0"


def make(url=URL, module=redis, **options):
    return create_client(module, module.retry.Retry, url, 0.5, options)


@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_created_client_has_a_short_timeout_and_does_not_retry(module):
    settings = make(module=module).connection_pool.connection_kwargs
    assert settings["socket_timeout"] == settings["socket_connect_timeout"] == 0.5
    assert settings["retry"]._retries == 0
    assert settings["decode_responses"] is False


@pytest.mark.parametrize(
    ("url", "options", "name"),
    [
        ("http://localhost", {}, "url"),
        (URL.replace("6379", "port"), {}, "url"),
        (f"{URL}?unknown=1", {}, "option"),
        (URL, {"unknown": 1}, "option"),
        (URL, {"socket_timeout": None}, "socket_timeout"),
        (f"{URL}?decode_responses=1", {}, "decode"),
    ],
)
@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_an_invalid_url_or_option_is_rejected(module, url, options, name):
    with pytest.raises(ConfigurationError, match=name) as caught:
        make(url, module, **options)
    assert "a-secret-password" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_client_must_be_sync_or_async_like_the_store(module):
    client, is_async = make(module=module), module is redis.asyncio
    assert check_client(client, is_async=is_async) is client
    with pytest.raises(ConfigurationError, match=r"^url") as caught:
        check_client(client, is_async=not is_async)
    assert "AsyncRedisStore" in caught.value.hint


@pytest.mark.parametrize("module", [redis, redis.asyncio])
@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"socket_timeout": None}, "socket_timeout"),
        ({"socket_timeout": 1, "decode_responses": True}, "decode"),
    ],
)
def test_a_client_with_an_unsuitable_option_is_rejected(module, options, name):
    with pytest.raises(ConfigurationError, match=name):
        check_client(module.from_url(URL, **options), is_async=module is redis.asyncio)


@pytest.mark.parametrize("value", [None, 5, object(), {}, b"redis://localhost"])
def test_other_types_are_rejected(value):
    with pytest.raises(ConfigurationError, match=type(value).__name__):
        check_client(value, is_async=False)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (redis.exceptions.AuthenticationError("Authentication required."), "password"),
        (redis.exceptions.ResponseError("NOAUTH Authentication required."), "password"),
        (redis.exceptions.ResponseError("WRONGPASS invalid username-password pair"), "password"),
        (redis.exceptions.NoPermissionError("User x has no permissions"), "user"),
        (redis.exceptions.ResponseError("NOPERM this user has no permissions"), "user"),
        (
            redis.exceptions.ResponseError(
                "The user executing the script can't run this command or subcommand script"
            ),
            "user",
        ),
        (redis.exceptions.ResponseError("DB index is out of range"), "database"),
        (redis.exceptions.MovedError("866 127.0.0.1:7001"), "cluster"),
    ],
)
def test_an_error_that_an_operator_has_to_correct_is_a_configuration_error(error, name):
    with pytest.raises(ConfigurationError, match=name) as caught, translate_errors():
        raise error
    assert "url" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "error",
    [
        redis.exceptions.DataError("Invalid input of type: 'dict'"),
        RuntimeError("Event loop is closed"),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_are_raised_unchanged(error):
    with pytest.raises(type(error)) as caught, translate_errors():
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [
        redis.exceptions.ReadOnlyError("You can't write against a read only replica."),
        redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        redis.exceptions.ResponseError("WRONGTYPE Operation against a key"),
        redis.exceptions.ResponseError("unknown command 'EVAL'"),
    ],
)
def test_a_rejected_command_is_a_transport_error_with_the_text_of_the_server(error):
    with pytest.raises(TransportError, match="rejected") as caught, translate_errors():
        raise error
    assert str(error) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (redis.exceptions.ConnectionError("Error 111 connecting to h:1. Refused"), TransportError),
        (redis.exceptions.TimeoutError("Timeout reading from h:1"), RequestTimeoutError),
        (redis.exceptions.BusyLoadingError("Redis is loading the dataset"), TransportError),
        (ConnectionResetError(104, "Connection reset by peer"), TransportError),
        (TimeoutError("timed out"), RequestTimeoutError),
    ],
)
def test_an_outage_is_a_transport_error_with_the_text_of_redis_py(error, kind):
    with pytest.raises(TransportError) as caught, translate_errors():
        raise error
    assert type(caught.value) is kind
    assert str(error) in str(caught.value)
