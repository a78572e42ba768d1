"""The issuer of the emulator, and identity pools that trust it."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, error_of

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def provider_arn(account: Account, emulator: Emulator) -> str:
    provider = account.client("iam").create_open_id_connect_provider(
        Url=emulator.issuer.url, ClientIDList=["app"], ThumbprintList=["0" * 40]
    )
    return str(provider["OpenIDConnectProviderArn"])


@pytest.fixture
def issuer_pool(account: Account, provider_arn: str) -> str:
    pool = account.pool(OpenIdConnectProviderARNs=[provider_arn])
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


def logins(emulator: Emulator, subject: str = "ann", **options: Any) -> dict[str, str]:
    token = emulator.issuer.id_token(subject, audience="app", **options)
    return {emulator.issuer.provider_name: token}


def test_an_id_token_of_the_issuer_gives_credentials(
    account: Account, emulator: Emulator, issuer_pool: str
):
    identity = account.identity(issuer_pool, logins(emulator))
    assert account.credentials(identity, logins(emulator))["aws_session_token"]
    assert account.identity(issuer_pool, logins(emulator)) == identity
    assert account.identity(issuer_pool, logins(emulator, "ben")) != identity


def test_the_lifetime_follows_the_clock_of_the_emulator(
    account: Account, emulator: Emulator, issuer_pool: str, advance: Callable[[float], None]
):
    token = logins(emulator, lifetime=100)
    account.identity(issuer_pool, token)
    advance(101)
    get_id = account.unsigned("cognito-identity").get_id
    code, message = error_of(get_id, IdentityPoolId=issuer_pool, Logins=token)
    assert code == "NotAuthorizedException"
    assert "expired" in message


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"iss": "https://other.example"}])
def test_a_token_for_another_client_or_issuer_is_rejected(
    account: Account, emulator: Emulator, issuer_pool: str, claims: dict[str, Any]
):
    get_id = account.unsigned("cognito-identity").get_id
    token = logins(emulator, claims=claims)
    assert error_of(get_id, IdentityPoolId=issuer_pool, Logins=token)[0] == (
        "NotAuthorizedException"
    )


def test_a_token_of_the_issuer_of_another_emulator_is_rejected(
    account: Account, emulator: Emulator, issuer_pool: str
):
    """Both issuers have the same key, but not the same URL."""
    with Emulator(account_id="555566667702") as other:
        token = other.issuer.id_token("ann", audience="app")
    get_id = account.unsigned("cognito-identity").get_id
    own = {emulator.issuer.provider_name: token}
    assert error_of(get_id, IdentityPoolId=issuer_pool, Logins=own)[0] == "NotAuthorizedException"


def test_a_claim_selects_a_role(account: Account, emulator: Emulator, provider_arn: str):
    pool = account.pool(OpenIdConnectProviderARNs=[provider_arn])
    role, admin = account.role(pool), account.role(pool)
    rule = {"Claim": "groups", "MatchType": "Contains", "Value": "admins", "RoleARN": admin}
    account.client("cognito-identity").set_identity_pool_roles(
        IdentityPoolId=pool,
        Roles={"authenticated": role},
        RoleMappings={
            provider_arn: {
                "Type": "Rules",
                "AmbiguousRoleResolution": "AuthenticatedRole",
                "RulesConfiguration": {"Rules": [rule]},
            }
        },
    )
    for subject, expected in (("ann", admin), ("ben", role)):
        claims = {"groups": "admins"} if subject == "ann" else {}
        token = logins(emulator, subject, claims=claims)
        keys = account.credentials(account.identity(pool, token), token)
        arn = account.client("sts", keys).get_caller_identity()["Arn"]
        assert arn.split("/")[1] == expected.split("/")[1]


def test_the_issuer_can_replace_google(account: Account, emulator: Emulator):
    emulator.add_oidc_issuer("https://accounts.google.com", emulator.issuer.url)
    pool = account.pool(SupportedLoginProviders={"accounts.google.com": "app"})
    token = {"accounts.google.com": emulator.issuer.id_token("ann", audience="app")}
    assert account.identity(pool, token)


def test_concurrent_calls_find_the_keys_without_a_request_to_the_emulator(
    account: Account, emulator: Emulator, issuer_pool: str
):
    client = account.unsigned("cognito-identity")
    identities: list[str] = []

    def get_identity() -> None:
        response = client.get_id(IdentityPoolId=issuer_pool, Logins=logins(emulator))
        identities.append(response["IdentityId"])

    threads = [threading.Thread(target=get_identity) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(identities) == 8
    assert len(set(identities)) == 1


def test_the_url_is_known_while_the_emulator_runs():
    emulator = Emulator(account_id="555566667703")
    for name in ("url", "provider_name"):
        with pytest.raises(RuntimeError, match="not running"):
            getattr(emulator.issuer, name)
    with emulator:
        assert emulator.issuer.url == f"{emulator.endpoint_url}/_emulator/issuer"


def test_a_reset_ends_all_sessions():
    with Emulator(account_id="555566667704") as emulator:
        url = emulator.issuer.url
        emulator.issuer.add_client("app", secret="s", redirect_uris=["https://app.example/"])
        emulator.reset()
        assert emulator.issuer.url == url
        query = "client_id=app&response_type=code&scope=openid&redirect_uri=https://app.example/"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}/authorize?{query}", timeout=10)
        assert caught.value.code == 400
        caught.value.close()
