"""The object itself; what it does runs in tests/scenarios."""

from __future__ import annotations

import pytest

from cognito_credentials.aio import from_cognito_identity, from_cognito_identity_pool
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import AsyncScriptedTransport, answer, credentials_answer

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class Transport(AsyncScriptedTransport):
    closed = False

    async def aclose(self):
        self.closed = True


def test_its_repr_names_the_identity():
    provider = from_cognito_identity_pool(POOL, client_config={"transport": Transport([])})
    assert repr(provider) == "<AsyncCognitoCredentialProvider without identity yet>"
    assert repr(provider.cached()) == f"<AsyncCredentialsCache of {provider!r}>"


async def test_its_repr_names_the_identity_after_a_fetch():
    transport = Transport([answer(IdentityId=IDENTITY), credentials_answer(IDENTITY)])
    provider = from_cognito_identity_pool(POOL, client_config={"transport": transport})
    await provider()
    assert repr(provider) == f"<AsyncCognitoCredentialProvider {IDENTITY}>"


def test_nothing_is_sent_before_the_first_call():
    transport = Transport([])
    from_cognito_identity_pool(POOL, client_config={"transport": transport}).cached()
    from_cognito_identity(IDENTITY, client_config={"transport": transport}).cached()
    assert transport.requests == []


def test_it_knows_its_region_and_clock():
    provider = from_cognito_identity_pool(POOL, client_config={"transport": Transport([])})
    assert provider.region == "us-east-1"
    assert isinstance(provider.clock, SystemClock)


async def test_a_transport_that_was_given_stays_open():
    transport = Transport([])
    await from_cognito_identity_pool(POOL, client_config={"transport": transport}).aclose()
    assert not transport.closed


async def test_its_own_transport_is_closed():
    provider = from_cognito_identity_pool(POOL)
    provider._owned_transport = provider._driver.transport = transport = Transport([])
    await provider.aclose()
    assert transport.closed


async def test_it_may_be_closed_twice():
    provider = from_cognito_identity_pool(POOL)
    await provider.aclose()
    await provider.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await provider()


@pytest.mark.parametrize("identity_id", ["", None, 5, "us-east-1", POOL.upper(), f"{POOL} "])
def test_an_identity_id_of_a_wrong_form_is_refused(identity_id):
    with pytest.raises(ConfigurationError, match="identity_id"):
        from_cognito_identity(identity_id)
    with pytest.raises(ConfigurationError, match="identity_pool_id"):
        from_cognito_identity_pool(identity_id)


def test_a_transport_of_the_other_side_is_refused():
    from cognito_credentials.testing import ScriptedTransport

    other = ScriptedTransport([])
    with pytest.raises(ConfigurationError, match="transport"):
        from_cognito_identity_pool(POOL, client_config={"transport": other})
