"""Tokens from OpenID Connect issuers whose keys the emulator fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, error_of
from local_issuer import LocalIssuer, make_key

from cognito_credentials import from_cognito_identity_pool, login_from_id_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.emulator import Emulator

UNVERIFIED = ("NotAuthorizedException", "Invalid login token. Couldn't verify signed token.")


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with LocalIssuer() as issuer:
        yield issuer


@pytest.fixture
def pool(account: Account, issuer: LocalIssuer) -> str:
    arn = account.client("iam").create_open_id_connect_provider(
        Url=issuer.url, ClientIDList=["my-app"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    pool = account.pool(OpenIdConnectProviderARNs=[arn])
    account.set_roles(pool, authenticated=account.role(pool, amr=issuer.provider_name))
    return pool


def test_tokens_of_an_issuer_on_this_machine(account: Account, issuer: LocalIssuer, pool: str):
    logins = {issuer.provider_name: issuer.id_token()}
    identity = account.identity(pool, logins)
    assert account.credentials(identity, logins)
    assert account.identity(pool, {issuer.provider_name: issuer.id_token()}) == identity
    assert len(issuer.requests) == 2


def test_a_provider_derives_the_login_provider_name(
    emulator: Emulator, issuer: LocalIssuer, pool: str
):
    provider = from_cognito_identity_pool(
        pool,
        logins=login_from_id_token(issuer.id_token),
        client_config={"endpoint_url": emulator.endpoint_url, "clock": emulator.clock},
    )
    assert provider().access_key_id.startswith("ASIA")
    provider.close()


def test_invalid_tokens_of_an_issuer(account: Account, issuer: LocalIssuer, pool: str):
    call = account.unsigned("cognito-identity").get_id

    def error(token: str, name: str = issuer.provider_name) -> tuple[str, str]:
        return error_of(call, IdentityPoolId=pool, Logins={name: token})

    assert error(issuer.id_token(key="k1/other")) == UNVERIFIED
    assert error(issuer.id_token(key="k2")) == UNVERIFIED
    wrong_name = "Invalid login token. Issuer doesn't match providerName"
    assert error(issuer.id_token(), issuer.url)[1] == wrong_name
    assert error(issuer.id_token(iss="http://login.example.com"), "login.example.com")[1] == (
        wrong_name
    )
    unsupported = "Token is not from a supported provider of this identity pool."
    assert error(issuer.id_token("other-app"))[1] == unsupported


def test_an_issuer_that_no_identity_pool_trusts_gets_no_request(
    account: Account, issuer: LocalIssuer
):
    pool = account.pool(SupportedLoginProviders={"accounts.google.com": "my-app"})
    call = account.unsigned("cognito-identity").get_id
    for name in (issuer.provider_name, "accounts.google.com"):
        logins = {name: issuer.id_token()}
        assert error_of(call, IdentityPoolId=pool, Logins=logins)[0] == "NotAuthorizedException"
    assert issuer.requests == []


def test_huge_keys_are_ignored(account: Account, issuer: LocalIssuer, pool: str):
    public = make_key("k1").as_dict(private=False)
    issuer.keys = [{**public, "n": "x" * 500_000}, {**public, "n": 1}, {"kid": "k1"}, {}]
    call = account.unsigned("cognito-identity").get_id
    logins = {issuer.provider_name: issuer.id_token()}
    assert error_of(call, IdentityPoolId=pool, Logins=logins) == UNVERIFIED


@pytest.mark.parametrize("provider", ["accounts.google.com", "appleid.apple.com"])
def test_a_local_issuer_replaces_a_public_issuer(
    account: Account, emulator: Emulator, issuer: LocalIssuer, provider: str
):
    emulator.add_oidc_issuer(f"https://{provider}", issuer.url)
    pool = account.pool(SupportedLoginProviders={provider: "my-app"})
    account.set_roles(pool, authenticated=account.role(pool, amr=provider))

    def credentials(**claims: Any) -> tuple[str, Any]:
        logins = {provider: issuer.id_token(**claims)}
        identity = account.identity(pool, logins)
        return identity, account.credentials(identity, logins)

    local, _ = credentials()
    public, _ = credentials(iss=f"https://{provider}")
    assert local == public
    emulator.add_oidc_issuer(f"https://{provider}", {"keys": []})
    call = account.unsigned("cognito-identity").get_id
    logins = {provider: issuer.id_token(iss=f"https://{provider}")}
    assert error_of(call, IdentityPoolId=pool, Logins=logins) == UNVERIFIED
