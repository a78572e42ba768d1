"""Sign-in with the opaque tokens of Facebook, Amazon, Twitter and Digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.emulator import Emulator

APPS = {
    "graph.facebook.com": "7346241598935552",
    "www.amazon.com": "amzn1.application-oa2-client.188a56d827a7d6555a8b67a5d",
    "api.twitter.com": "xvz1evFS4wEEPTGEFPHBog;kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Y7",
    "www.digits.com": "xvz1evFS4wEEPTGEFPHBog;kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Y7",
}


@pytest.fixture
def pool(account: Account) -> str:
    pool = account.pool(SupportedLoginProviders=APPS)
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


@pytest.fixture(params=sorted(APPS))
def provider(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[str]:
    """A provider whose tokens are `USER|APPLICATION`."""
    name: str = request.param

    def verify(token: str) -> tuple[str, str] | None:
        user, separator, app = token.partition("|")
        if token == "outage":
            raise ConnectionError
        return (app, user) if separator else None

    emulator.identity_service.set_token_verifier(name, verify)
    yield name
    emulator.identity_service.set_token_verifier(name, lambda _: None)


def test_a_verifier_accepts_tokens(account: Account, pool: str, provider: str):
    logins = {provider: f"ann|{APPS[provider]}"}
    identity = account.identity(pool, logins)
    assert account.identity(pool, logins) == identity
    assert account.identity(pool, {provider: f"bob|{APPS[provider]}"}) != identity
    assert account.credentials(identity, logins)


def test_a_verifier_rejects_tokens(account: Account, pool: str, provider: str):
    call = account.unsigned("cognito-identity").get_id

    def error(token: str) -> tuple[str, str]:
        return error_of(call, IdentityPoolId=pool, Logins={provider: token})

    unsupported = "Token is not from a supported provider of this identity pool."
    assert error("ann|another-app") == ("NotAuthorizedException", unsupported)
    assert error("unknown")[0] == "NotAuthorizedException"
    assert error("outage")[0] == "ExternalServiceException"
