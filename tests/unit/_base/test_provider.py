from __future__ import annotations

import time

import pytest

from cognito_credentials import BasicFlow, DeveloperIdentity
from cognito_credentials._base import provider
from cognito_credentials._core.basic import BasicCredentialSource
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.identity_sources import FixedIdentitySource, PoolIdentitySource
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ROLE = "arn:aws:iam::123456789012:role/app"
NOTHING = {
    "custom_role_arn": None,
    "logins": None,
    "client_config": None,
    "basic_flow": None,
}
POOL_ONLY = {
    "account_id": None,
    "cache": None,
    "user_identifier": None,
    "on_identity_change": None,
}


def for_pool(**changes):
    return provider.for_pool(**{"identity_pool_id": POOL, **NOTHING, **POOL_ONLY, **changes})


def for_identity(**changes):
    return provider.for_identity(**{"identity_id": IDENTITY, **NOTHING, **changes})


def test_a_pools_parts():
    setup = for_pool(account_id="123456789012")
    assert isinstance(setup.exchange.identity_source, PoolIdentitySource)
    assert isinstance(setup.exchange.credential_source, EnhancedCredentialSource)
    assert setup.exchange.account_id == "123456789012"
    assert setup.config.region == "us-east-1"
    assert (
        setup.exchange.credential_source.url == "https://cognito-identity.us-east-1.amazonaws.com"
    )


def test_an_identitys_parts():
    setup = for_identity(basic_flow=BasicFlow(role_arn=ROLE))
    assert isinstance(setup.exchange.identity_source, FixedIdentitySource)
    assert isinstance(setup.exchange.credential_source, BasicCredentialSource)
    assert setup.exchange.credential_source.sts_url == "https://sts.us-east-1.amazonaws.com"


def test_a_developer_identity_brings_the_identity():
    setup = for_pool(logins=DeveloperIdentity(lambda: None))
    assert isinstance(setup.exchange.identity_source, FixedIdentitySource)
    assert setup.exchange.identity_source.identity_pool_id == POOL


def test_the_longest_fetch_is_three_calls_with_all_their_attempts():
    config = {"max_attempts": 2, "connect_timeout": 1, "request_timeout": 4}
    assert for_pool(client_config=config).longest_fetch == 3 * (2 * 5 + 20)


def test_the_services_time_follows_the_skew():
    setup = for_pool()
    before = setup.exchange.service_now()
    setup.exchange.client.clock.skew = 9000.0
    assert setup.exchange.service_now() - before >= 9000.0


class Half:
    """Has two of the three methods that a cache needs."""

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
        ({"cache": Half()}, "cache"),
        ({"cache": set()}, "cache"),
        ({"custom_role_arn": 7}, "custom_role_arn"),
        ({"custom_role_arn": ""}, "custom_role_arn"),
        ({"basic_flow": ROLE}, "basic_flow"),
        ({"basic_flow": BasicFlow(role_arn=ROLE), "custom_role_arn": ROLE}, "custom_role_arn"),
        ({"on_identity_change": 7}, "on_identity_change"),
        ({"logins": 7}, "logins"),
        ({"client_config": 7}, "client_config"),
        ({"client_config": {"region": "eu-west-1"}}, "region"),
        ({"client_config": {"clock": time.time}}, "clock has no method now"),
        ({"identity_pool_id": "us-east-1"}, "identity_pool_id"),
    ],
)
def test_an_argument_that_is_wrong_is_refused_by_name(changes, name):
    with pytest.raises(ConfigurationError, match=name):
        for_pool(**changes)


@pytest.mark.parametrize("cache", [None, {}, __import__("collections").UserDict()])
def test_mappings_will_do_as_a_cache(cache):
    for_pool(cache=cache)
