"""`ANONYMOUS` identifies guests in caches, so no user may have that identifier."""

from __future__ import annotations

import pytest
from brokers import Broker
from harness import GOOGLE, GUEST_KEY, IDENTITY, Side, jwt

from cognito_credentials.errors import ConfigurationError

RESERVED = "ANONYMOUS"


@pytest.fixture
def broker(side: Side):
    broker = Broker(side, prefetch_within=0)
    yield broker
    broker.side.settle()
    broker.close()


@pytest.mark.parametrize("logins", [None, {GOOGLE: jwt(sub="mallory")}])
def test_a_broker_rejects_the_reserved_identifier(broker, logins):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.get(RESERVED, logins)
    with pytest.raises(ConfigurationError, match="user_identifier"):
        broker.forget(RESERVED)
    assert broker.service.count() == 0


@pytest.mark.parametrize("logins", [None, {GOOGLE: jwt(sub="mallory")}])
def test_a_provider_rejects_the_reserved_identifier(side, logins):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        side.pool([side.id_response()], user_identifier=RESERVED, logins=logins)


def test_a_function_cannot_return_the_reserved_identifier(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={GOOGLE: jwt(sub="mallory")},
        user_identifier=side.adapt(lambda claims: RESERVED),
    )
    assert "user_identifier" in subject.expect_error(ConfigurationError).message
    assert (subject.requests, cache.used) == ([], [])


@pytest.mark.parametrize("name", ["anonymous", "Anonymous", "ANONYMOUS2"])
def test_similar_identifiers_are_accepted(broker, name):
    assert broker.get(name)


def test_guests_are_cached_under_the_key_of_the_javascript_sdk(side):
    cache = side.cache()
    side.pool([side.id_response(), side.credentials()], cache=cache).fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    function = side.adapt(lambda claims: RESERVED)
    subject = side.pool([side.credentials()], cache=cache, user_identifier=function)
    assert subject.fetch().identity_id == IDENTITY
