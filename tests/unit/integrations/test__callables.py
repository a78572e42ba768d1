from __future__ import annotations

import pickle

import pytest

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.errors import ConfigurationError, NotAuthorizedException
from cognito_credentials.integrations._callables import REUSE_SECONDS, CredentialsCallable
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class Pair(CredentialsCallable):
    """Callable that returns the access key and the reported expiration."""

    max_reported_seconds = 60.0

    def _convert(self, credentials, expires_at):
        return [credentials.access_key_id, expires_at]


class Service:
    """A service and a provider, whose clocks are ahead of this machine's clock."""

    def __init__(self):
        self.clock = FakeClock()
        self.machine_clock = FakeClock(self.clock.now() - 1200)
        self.generation = 0
        self.fails = False
        self.provider = cognito_credentials.from_cognito_identity_pool(
            POOL_ID,
            client_config={"transport": ScriptedTransport([self.respond]), "clock": self.clock},
        )

    def respond(self, request):
        if request.headers["X-Amz-Target"].endswith("GetId"):
            return success_response(IdentityId=IDENTITY_ID)
        if self.fails:
            return error_response("NotAuthorizedException", "Access to Role is forbidden")
        self.generation += 1
        return credentials_response(IDENTITY_ID, clock=self.clock, generation=self.generation)

    def advance(self, seconds):
        self.clock.advance(seconds)
        self.machine_clock.advance(seconds)


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def pair(service):
    return Pair(service.provider, now=service.machine_clock.now)


def test_the_reported_expiration_is_near_and_on_the_clock_of_this_machine(service, pair):
    _, expires_at = pair()
    assert expires_at == service.machine_clock.now() + 60


def test_a_value_is_reused_only_briefly(service, pair):
    first = pair()
    service.advance(REUSE_SECONDS - 0.1)
    assert pair() is first
    service.advance(0.2)
    key, expires_at = pair()
    assert key == first[0]
    assert expires_at == service.machine_clock.now() + 60


def test_a_value_is_not_reused_after_an_invalidation(service, pair):
    first = pair()
    service.provider.cached().invalidate()
    assert pair()[0] != first[0]


def test_the_reported_expiration_is_never_after_the_actual_one(service, pair):
    first = pair()
    service.fails = True
    service.advance(3590)
    key, expires_at = pair()
    assert key == first[0]
    assert expires_at == service.machine_clock.now() + 10
    service.advance(5.1)
    assert pair()[1] == pytest.approx(service.machine_clock.now() + 4.9)


def test_the_error_of_a_failed_fetch_is_raised(service, pair):
    service.fails = True
    with pytest.raises(NotAuthorizedException):
        pair()


def test_callables_with_the_same_provider_are_equal(service, pair):
    same = Pair(service.provider)
    assert pair == same
    assert hash(pair) == hash(same)
    assert pair != Pair(Service().provider)
    assert pair != object()


def test_a_callable_with_a_live_provider_cannot_be_pickled(pair):
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(pair)


def test_a_callable_with_a_config_can_be_pickled():
    config = cognito_credentials.ProviderConfig(POOL_ID)
    pair = Pair(config)
    copy = pickle.loads(pickle.dumps(pair))  # noqa: S301
    assert copy == pair
    assert hash(copy) == hash(pair)
    assert copy._cache is pair._cache is config.cached()
    assert pair != Pair(cognito_credentials.ProviderConfig(POOL_ID, store=None))


def test_a_repr_names_the_cache(pair):
    assert repr(pair).startswith("<Pair of <CredentialsCache of ")


async def test_an_async_provider_is_rejected():
    async with aio.from_cognito_identity_pool(POOL_ID) as provider:
        with pytest.raises(ConfigurationError):
            Pair(provider)
