"""The object itself; what it does runs in tests/scenarios."""

from __future__ import annotations

import pytest

from cognito_credentials import from_cognito_identity, from_cognito_identity_pool
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import ScriptedTransport, answer, credentials_answer

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class Transport(ScriptedTransport):
    closed = False

    def close(self):
        self.closed = True


def test_its_repr_names_the_identity():
    provider = from_cognito_identity_pool(POOL, client_config={"transport": Transport([])})
    assert repr(provider) == "<CognitoCredentialProvider without identity yet>"
    assert repr(provider.cached()) == f"<CredentialsCache of {provider!r}>"


def test_its_repr_names_the_identity_after_a_fetch():
    transport = Transport([answer(IdentityId=IDENTITY), credentials_answer(IDENTITY)])
    provider = from_cognito_identity_pool(POOL, client_config={"transport": transport})
    provider()
    assert repr(provider) == f"<CognitoCredentialProvider {IDENTITY}>"


def test_nothing_is_sent_before_the_first_call():
    transport = Transport([])
    from_cognito_identity_pool(POOL, client_config={"transport": transport}).cached()
    from_cognito_identity(IDENTITY, client_config={"transport": transport}).cached()
    assert transport.requests == []


def test_it_knows_its_region_and_clock():
    provider = from_cognito_identity_pool(POOL, client_config={"transport": Transport([])})
    assert provider.region == "us-east-1"
    assert isinstance(provider.clock, SystemClock)


def test_a_transport_that_was_given_stays_open():
    transport = Transport([])
    from_cognito_identity_pool(POOL, client_config={"transport": transport}).close()
    assert not transport.closed


def test_its_own_transport_is_closed():
    provider = from_cognito_identity_pool(POOL)
    provider._owned_transport = provider._driver.transport = transport = Transport([])
    provider.close()
    assert transport.closed


def test_it_may_be_closed_twice():
    provider = from_cognito_identity_pool(POOL)
    provider.close()
    provider.close()
    with pytest.raises(ConfigurationError, match="closed"):
        provider()


@pytest.mark.parametrize("identity_id", ["", None, 5, "us-east-1", POOL.upper(), f"{POOL} "])
def test_an_identity_id_of_a_wrong_form_is_refused(identity_id):
    with pytest.raises(ConfigurationError, match="identity_id"):
        from_cognito_identity(identity_id)
    with pytest.raises(ConfigurationError, match="identity_pool_id"):
        from_cognito_identity_pool(identity_id)


def test_a_transport_of_the_other_side_is_refused():
    from cognito_credentials.testing import AsyncScriptedTransport

    other = AsyncScriptedTransport([])
    with pytest.raises(ConfigurationError, match="transport"):
        from_cognito_identity_pool(POOL, client_config={"transport": other})
