"""Sign-in with user pools and OpenID Connect issuers, guests, and the trust policies of roles."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, UserPool, error_of
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

ISSUER = "https://login.example.com/tenant"


@pytest.fixture
def signed_in_pool(account: Account, user_pool: UserPool) -> str:
    pool = account.pool(
        CognitoIdentityProviders=[
            {
                "ProviderName": user_pool.provider,
                "ClientId": user_pool.client_id,
                "ServerSideTokenCheck": True,
            }
        ]
    )
    account.set_roles(
        pool,
        authenticated=account.role(pool),
        unauthenticated=account.role(pool, amr="unauthenticated"),
    )
    return pool


def test_an_update_can_replace_guests_by_a_user_pool(account: Account, user_pool: UserPool):
    pool = account.pool()
    account.identity(pool)
    settings = {"IdentityPoolName": "users", "AllowUnauthenticatedIdentities": False}
    client = {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
    updated = account.client("cognito-identity").update_identity_pool(
        IdentityPoolId=pool, CognitoIdentityProviders=[client], **settings
    )
    del updated["ResponseMetadata"]
    providers = {"CognitoIdentityProviders": [client], "IdentityPoolTags": {}}
    assert updated == {"IdentityPoolId": pool, **settings, **providers}
    code, text = error_of(lambda: account.identity(pool))
    assert (code, "Unauthenticated access" in text) == ("NotAuthorizedException", True)
    user_pool.sign_up("ada-2")
    assert account.identity(pool, user_pool.logins("ada-2"))


def test_a_guest_has_the_arn_of_its_role(account: Account):
    _, keys = account.guest()
    response = account.client("sts", keys).get_caller_identity()
    assert re.fullmatch(
        r"arn:aws:sts::123456789012:assumed-role/role-\w+/CognitoIdentityCredentials",
        response["Arn"],
    )
    assert re.fullmatch(r"AROA\w{17}:CognitoIdentityCredentials", response["UserId"])
    assert re.fullmatch(r"ASIA\w{16}", keys["aws_access_key_id"])


def test_a_user_of_a_user_pool_can_sign_in(
    account: Account, user_pool: UserPool, user: str, signed_in_pool: str
):
    logins = user_pool.logins(user)
    identity = account.identity(signed_in_pool, logins)
    assert account.identity(signed_in_pool, user_pool.logins(user)) == identity
    keys = account.credentials(identity, logins)
    assert "assumed-role/" in account.client("sts", keys).get_caller_identity()["Arn"]


def test_a_guest_retains_the_identity_after_signing_in(
    account: Account, user_pool: UserPool, user: str, signed_in_pool: str
):
    guest = account.identity(signed_in_pool)
    logins = user_pool.logins(user)
    response = account.unsigned("cognito-identity").get_credentials_for_identity(
        IdentityId=guest, Logins=logins
    )
    assert response["IdentityId"] == guest
    assert account.identity(signed_in_pool, logins) == guest


@pytest.mark.parametrize("event", ["signed out", "signs out", "disabled", "deleted"])
def test_a_user_who_is_no_longer_signed_in_is_rejected(
    account: Account, user_pool: UserPool, user: str, signed_in_pool: str, event: str
):
    tokens = user_pool.sign_in(user)
    logins = {user_pool.provider: tokens["IdToken"]}
    identity = account.identity(signed_in_pool, logins)
    idp, user = account.client("cognito-idp"), {"UserPoolId": user_pool.id, "Username": user}
    if event == "signed out":
        idp.admin_user_global_sign_out(**user)
    elif event == "signs out":
        account.unsigned("cognito-idp").global_sign_out(AccessToken=tokens["AccessToken"])
    elif event == "disabled":
        idp.admin_disable_user(**user)
    else:
        idp.admin_delete_user(**user)
    code, _ = error_of(
        account.unsigned("cognito-identity").get_credentials_for_identity,
        IdentityId=identity,
        Logins=logins,
    )
    assert code == "NotAuthorizedException"


def test_a_user_can_sign_in_again_after_signing_out(
    account: Account, user_pool: UserPool, user: str, signed_in_pool: str
):
    identity = account.identity(signed_in_pool, user_pool.logins(user))
    account.client("cognito-idp").admin_user_global_sign_out(UserPoolId=user_pool.id, Username=user)
    assert account.credentials(identity, user_pool.logins(user))


def test_tokens_of_an_added_oidc_issuer_are_accepted(account: Account, emulator: Emulator):
    key = RSAKey.generate_key(2048)
    emulator.add_oidc_issuer(ISSUER, {"keys": [{**key.as_dict(private=False), "kid": "k1"}]})
    arn = account.client("iam").create_open_id_connect_provider(
        Url=ISSUER, ClientIDList=["my-app"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    pool = account.pool(OpenIdConnectProviderARNs=[arn])
    account.set_roles(pool, authenticated=account.role(pool, amr="login.example.com/tenant"))

    def make_logins(audience: str) -> dict[str, str]:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "sub": "user-1",
            "exp": int(time.time()) + 60,
        }
        text = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)
        return {"login.example.com/tenant": text}

    identity = account.identity(pool, make_logins("my-app"))
    assert account.credentials(identity, make_logins("my-app"))
    code, _ = error_of(
        account.unsigned("cognito-identity").get_id,
        IdentityPoolId=pool,
        Logins=make_logins("another-app"),
    )
    assert code == "NotAuthorizedException"


def test_the_keys_of_a_user_pool_are_published(account: Account, user_pool: UserPool):
    import urllib.request

    url = f"{account.emulator.endpoint_url}/{user_pool.id}/.well-known/jwks.json"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as response:
        assert b'"keys"' in response.read()


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}, True),
        ({"Principal": {"Federated": "accounts.google.com"}}, False),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Effect": "Deny", "Principal": "*"}, False),
        ({"Action": "sts:AssumeRole"}, False),
        (
            {
                "Condition": {
                    "StringLike": {"cognito-identity.amazonaws.com:sub": "us-east-1:*"},
                }
            },
            True,
        ),
        (
            {"Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:0"}}},
            False,
        ),
        (
            {
                "Condition": {
                    "ForAnyValue:StringLike": {
                        "cognito-identity.amazonaws.com:amr": ["authenticated", "un*"]
                    }
                }
            },
            True,
        ),
    ],
)
def test_the_trust_policy_decides(account: Account, statement: dict[str, Any], allowed: bool):
    pool = account.pool()
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **statement,
    }
    account.set_roles(pool, unauthenticated=account.role(pool, trust=trust))
    identity = account.identity(pool)
    if allowed:
        assert account.credentials(identity)
        return
    code, _ = error_of(
        account.unsigned("cognito-identity").get_credentials_for_identity, IdentityId=identity
    )
    assert code == "InvalidIdentityPoolConfigurationException"


def test_a_user_pool_follows_the_clock_of_the_emulator(
    account: Account, user_pool: UserPool, user: str, advance: Callable[[float], None]
):
    provider = {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
    pool = account.pool(CognitoIdentityProviders=[provider])
    old = user_pool.logins(user)
    identity = account.identity(pool, old)
    advance(3600)
    error = error_of(account.unsigned("cognito-identity").get_id, IdentityPoolId=pool, Logins=old)
    assert "Token expired" in error[1]
    assert account.identity(pool, user_pool.logins(user)) == identity
