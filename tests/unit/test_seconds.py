"""Parameters in seconds have a maximum, so that a value in milliseconds is rejected."""

from __future__ import annotations

import pytest
from harness import POOL, Side

from cognito_credentials import BasicFlow, ClientConfig, CommandToken, FileToken, RefreshPolicy
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import AsyncRedisStore, RedisStore

KEY = bytes(32)
ROLE = "arn:aws:iam::123456789012:role/app"


def broker(side, **arguments):
    kind = side.module.CredentialBroker if side.is_sync else side.module.AsyncCredentialBroker
    return kind(POOL, **arguments)


PARAMETERS = {
    "connect_timeout": (300, lambda _, value: ClientConfig(connect_timeout=value)),
    "request_timeout": (300, lambda _, value: ClientConfig(request_timeout=value)),
    "mapping": (300, lambda _, value: ClientConfig.of({"request_timeout": value})),
    "FileToken": (3600, lambda _, value: FileToken("token", timeout=value)),
    "CommandToken": (3600, lambda _, value: CommandToken("true", timeout=value)),
    "RedisStore": (300, lambda _, value: RedisStore("redis://a", sealing_key=KEY, timeout=value)),
    "AsyncRedisStore": (
        300,
        lambda _, value: AsyncRedisStore("redis://a", sealing_key=KEY, timeout=value),
    ),
    "advisory": (43200, lambda _, value: RefreshPolicy(advisory_refresh_window=value)),
    "mandatory": (43200, lambda _, value: RefreshPolicy(mandatory_refresh_window=value)),
    "deadline": (3600, lambda side, value: broker(side, deadline=value)),
    "prefetch_within": (30 * 86400, lambda side, value: broker(side, prefetch_within=value)),
}
CALLS = {
    "min_remaining": (43200, lambda side, value: lambda: side.pool([]).cache.get(value)),
    "deadline": (3600, lambda side, value: lambda: broker(side).get("user", deadline=value)),
}
LARGE = [10**9, 1e300, 10**400]


def assert_rejected(call, value):
    with pytest.raises(ConfigurationError) as raised:
        call()
    assert "seconds" in raised.value.message
    if value < 10**12:
        assert "milliseconds" in raised.value.hint
        assert f"{value / 1000:g}" in raised.value.hint


@pytest.mark.parametrize(("maximum", "create"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_in_seconds_has_a_maximum(side, maximum, create):
    assert create(side, maximum) is not None
    for value in (maximum + 0.5, 1000 * maximum, *LARGE):
        assert_rejected(lambda value=value: create(side, value), value)


@pytest.mark.parametrize(("maximum", "create"), CALLS.values(), ids=CALLS)
def test_an_argument_in_seconds_has_a_maximum(side, maximum, create):
    for value in (maximum + 0.5, 1000 * maximum, *LARGE):
        assert_rejected(lambda value=value: side.run(create(side, value)), value)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "10", None, True, [1]])
@pytest.mark.parametrize("kind", [FileToken, CommandToken])
def test_the_timeout_of_a_supplier_is_a_positive_number(kind, value):
    with pytest.raises(ConfigurationError, match="timeout"):
        kind("true", timeout=value)


def test_the_hint_about_a_duration_names_the_unit():
    with pytest.raises(ConfigurationError) as raised:
        BasicFlow(role_arn=ROLE, duration_seconds=3_600_000)
    assert "seconds" in raised.value.hint


def test_a_longer_timeout_of_a_botocore_config_is_shortened():
    """botocore applies timeouts to each socket operation, so users often set long timeouts.

    They are reduced to this library's maximum.
    """
    botocore = pytest.importorskip("botocore.config")
    config = ClientConfig.of(botocore.Config(connect_timeout=400, read_timeout=900))
    assert (config.connect_timeout, config.request_timeout) == (300, 300)


@pytest.fixture(params=["sync", "aio"])
def side(request):
    with Side(request.param) as side:
        yield side
