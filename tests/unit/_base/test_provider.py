"""The exchange that a provider builds from its arguments."""

from __future__ import annotations

import time

import pytest
from fake_store import FakeStore

from cognito_credentials import (
    BasicFlow,
    CredentialsCache,
    DeveloperIdentity,
    from_cognito_identity_pool,
)
from cognito_credentials._base import provider
from cognito_credentials._core.basic import BasicCredentialSource
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.identity_sources import FixedIdentitySource, PoolIdentitySource
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    success_response,
)

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ROLE = "arn:aws:iam::123456789012:role/app"
DEFAULTS = {
    "adapt_store": lambda store: store,
    "custom_role_arn": None,
    "logins": None,
    "client_config": None,
    "basic_flow": None,
}
POOL_DEFAULTS = {
    "account_id": None,
    "cache": None,
    "user_identifier": None,
    "on_identity_change": None,
}


def pool_spec(**changes):
    return provider.pool_spec(**{"identity_pool_id": POOL, **DEFAULTS, **POOL_DEFAULTS, **changes})


def identity_spec(**changes):
    return provider.identity_spec(**{"identity_id": IDENTITY, **DEFAULTS, **changes})


def test_the_exchange_of_a_pool():
    spec = pool_spec(account_id="123456789012")
    assert isinstance(spec.exchange.identity_source, PoolIdentitySource)
    assert isinstance(spec.exchange.credential_source, EnhancedCredentialSource)
    assert spec.exchange.account_id == "123456789012"
    assert spec.config.region == "us-east-1"
    assert spec.exchange.credential_source.url == "https://cognito-identity.us-east-1.amazonaws.com"


def test_the_exchange_of_an_identity():
    spec = identity_spec(basic_flow=BasicFlow(role_arn=ROLE))
    assert isinstance(spec.exchange.identity_source, FixedIdentitySource)
    assert isinstance(spec.exchange.credential_source, BasicCredentialSource)
    assert spec.exchange.credential_source.sts_url == "https://sts.us-east-1.amazonaws.com"


def test_a_developer_identity_determines_the_identity():
    spec = pool_spec(logins=DeveloperIdentity(lambda: None))
    assert isinstance(spec.exchange.identity_source, FixedIdentitySource)
    assert spec.exchange.identity_source.identity_pool_id == POOL


def test_a_fetch_takes_at_most_three_calls_with_all_attempts():
    config = {"max_attempts": 2, "connect_timeout": 1, "request_timeout": 4}
    # The delay before the second attempt is 1 s, and the service may add 5 s.
    assert pool_spec(client_config=config).max_fetch_seconds == 3 * (2 * 5 + 1 + 5)


def test_the_services_time_follows_the_skew():
    spec = pool_spec()
    before = spec.exchange.service_now()
    spec.exchange.client.clock.skew = 9000.0
    assert spec.exchange.service_now() - before >= 9000.0


class IncompleteCache:
    """A class that has only two of the three methods of a cache."""

    def get(self, key):
        pass

    def set(self, key, value):
        pass


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"account_id": 123456789012}, "account_id"),
        ({"account_id": "12-34"}, "account_id"),
        ({"account_id": ""}, "account_id"),
        ({"account_id": "١٢٣"}, "account_id"),
        ({"user_identifier": ""}, "user_identifier"),
        ({"user_identifier": 7}, "user_identifier"),
        ({"cache": 7}, "cache"),
        ({"cache": "a path"}, "cache"),
        ({"cache": IncompleteCache()}, "cache"),
        ({"cache": set()}, "cache"),
        ({"custom_role_arn": 7}, "custom_role_arn"),
        ({"custom_role_arn": ""}, "custom_role_arn"),
        ({"basic_flow": ROLE}, "basic_flow"),
        ({"basic_flow": BasicFlow(role_arn=ROLE), "custom_role_arn": ROLE}, "custom_role_arn"),
        ({"on_identity_change": 7}, "on_identity_change"),
        ({"logins": 7}, "logins"),
        ({"client_config": 7}, "client_config"),
        ({"client_config": {"region": "eu-west-1"}}, "region"),
        ({"client_config": {"clock": time.time}}, "clock"),
        ({"identity_pool_id": "us-east-1"}, "identity_pool_id"),
    ],
)
def test_an_invalid_argument_is_rejected_by_name(changes, name):
    with pytest.raises(ConfigurationError, match=name):
        pool_spec(**changes)


class CacheWithTtl:
    """A method of this cache requires an argument that the library does not pass."""

    def get(self, key):
        return None

    def set(self, key, value, ttl):
        pass

    def delete(self, key):
        pass


def test_the_methods_of_a_cache_must_accept_the_arguments():
    with pytest.raises(ConfigurationError, match=r"^cache has a method set .*ttl"):
        pool_spec(cache=CacheWithTtl())


@pytest.mark.parametrize("cache", [None, {}, __import__("collections").UserDict()])
def test_a_mapping_can_be_a_cache(cache):
    pool_spec(cache=cache)


@pytest.mark.parametrize("is_cache", [True, False])
def test_a_store_is_wrapped_once(is_cache):
    store = FakeStore(FakeClock())
    spec = pool_spec(cache=store if is_cache else None)
    shared = [spec.shared_fetch(store, None).store for _ in range(2)]
    assert shared[0] is shared[1]
    assert shared[0].store is store
    assert spec.shared_fetch(FakeStore(FakeClock()), None).store is not shared[0]


def test_a_store_that_fails_as_a_cache_is_not_called_as_a_store():
    store = FakeStore(FakeClock(), broken="get")
    transport = ScriptedTransport(
        [success_response(IdentityId=IDENTITY), credentials_response(IDENTITY)]
    )
    config = {"transport": transport, "clock": FakeClock()}
    cache = CredentialsCache(
        from_cognito_identity_pool(POOL, cache=store, client_config=config), store=store
    )
    cache.get()
    assert set(store.used) == {"get"}, "another method than `get` was called"
