"""Login tokens that the emulator mints on behalf of login providers."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, error_of
from local_issuer import LocalIssuer

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

GOOGLE, FACEBOOK = "accounts.google.com", "graph.facebook.com"
USERS = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Minted001"


def create_oidc_provider(account: Account, url: str, *client_ids: str) -> str:
    provider = account.client("iam").create_open_id_connect_provider(
        Url=url, ClientIDList=list(client_ids), ThumbprintList=["0" * 40]
    )
    return str(provider["OpenIDConnectProviderArn"])


def read_claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


@pytest.fixture
def oidc_name() -> str:
    return f"{secrets.token_hex(4)}.example.com/tenant"


@pytest.fixture
def pool(account: Account, oidc_name: str) -> str:
    arn = create_oidc_provider(account, f"https://{oidc_name}", "web", "mobile")
    pool = account.pool(
        SupportedLoginProviders={GOOGLE: "google-app", FACEBOOK: "facebook-app"},
        CognitoIdentityProviders=[{"ProviderName": USERS, "ClientId": "userpoolclient"}],
        OpenIdConnectProviderARNs=[arn],
    )
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


@pytest.mark.parametrize("provider", [GOOGLE, FACEBOOK, USERS])
def test_a_minted_token_signs_in(account: Account, emulator: Emulator, pool: str, provider: str):
    audience = {GOOGLE: "google-app", FACEBOOK: "facebook-app"}.get(provider)
    logins = {provider: emulator.mint_token(provider, "ann", audience=audience)}
    identity = account.identity(pool, logins)
    assert account.credentials(identity, logins)
    second_login = {provider: emulator.mint_token(provider, "ann", audience=audience)}
    assert account.identity(pool, second_login) == identity
    bob = {provider: emulator.mint_token(provider, "bob", audience=audience)}
    assert account.identity(pool, bob) != identity


def test_an_ambiguous_audience_must_be_given(
    account: Account, emulator: Emulator, pool: str, oidc_name: str
):
    with pytest.raises(ValueError, match="mobile, web"):
        emulator.mint_token(oidc_name, "ann")
    logins = {oidc_name: emulator.mint_token(oidc_name, "ann", audience="mobile")}
    assert account.identity(pool, logins)


def test_a_token_for_another_application_is_rejected(
    account: Account, emulator: Emulator, pool: str
):
    logins = {GOOGLE: emulator.mint_token(GOOGLE, "ann", audience="another-app")}
    call = account.unsigned("cognito-identity").get_id
    assert error_of(call, IdentityPoolId=pool, Logins=logins)[0] == "NotAuthorizedException"


def test_claims_are_added_and_replaced(emulator: Emulator, pool: str):
    claims = {"email": "ann@example.com", "iat": 1}
    token = emulator.mint_token(USERS, "ann", audience="userpoolclient", claims=claims)
    minted = read_claims(token)
    assert minted["email"] == "ann@example.com"
    assert minted["iat"] == 1
    assert minted["aud"] == "userpoolclient"


def test_a_minted_token_has_the_given_lifetime(account: Account, emulator: Emulator, pool: str):
    call = account.unsigned("cognito-identity").get_id
    token = emulator.mint_token(USERS, "ann", audience="userpoolclient", lifetime=600)
    assert read_claims(token)["exp"] == int(read_claims(token)["iat"]) + 600
    expired = emulator.mint_token(USERS, "ann", audience="userpoolclient", lifetime=-1)
    code, message = error_of(call, IdentityPoolId=pool, Logins={USERS: expired})
    assert (code, "Token expired" in message) == ("NotAuthorizedException", True)


def test_tokens_of_the_issuer_itself_remain_valid(account: Account, emulator: Emulator):
    with LocalIssuer() as issuer:
        arn = create_oidc_provider(account, issuer.url, "my-app")
        pool = account.pool(OpenIdConnectProviderARNs=[arn])
        name = issuer.provider_name
        minted = {name: emulator.mint_token(name, "ann")}
        own = {name: issuer.id_token()}
        assert account.identity(pool, minted) != account.identity(pool, own)


@pytest.mark.parametrize(
    ("provider", "subject", "options", "field"),
    [
        ("unknown.example.com", "ann", {}, "provider_name"),
        ("arn:aws:iam::123456789012:saml-provider/office", "ann", {}, "provider_name"),
        (GOOGLE, "", {}, "subject"),
        (GOOGLE, "ann", {"lifetime": float("nan")}, "lifetime"),
    ],
)
def test_invalid_arguments_are_rejected(
    emulator: Emulator, provider: str, subject: str, options: dict[str, Any], field: str
):
    with pytest.raises(ValueError, match=field):
        emulator.mint_token(provider, subject, **options)
