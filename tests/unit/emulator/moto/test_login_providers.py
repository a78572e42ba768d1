from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount

from cognito_credentials.emulator.moto.login_providers import MotoLoginProviders

if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUER = "https://login.example.com/tenant"


class FakeIssuerKeys:
    def find(self, issuer: str, *, refresh: bool = False) -> Mapping[str, Any] | None:
        return {"fetched": issuer, "refresh": refresh} if "local" in issuer else None


@pytest.fixture
def providers(account: MotoAccount) -> MotoLoginProviders:
    return MotoLoginProviders(account.moto, account.clock, FakeIssuerKeys())  # type: ignore[arg-type]


@pytest.fixture
def pool(account: MotoAccount) -> Any:
    return account.moto.backend("cognito-idp", "eu-west-1").create_user_pool("users", {})


def create_user(account: MotoAccount, pool: Any, name: str = "ada") -> Any:
    backend = account.moto.backend("cognito-idp", "eu-west-1")
    return backend.admin_create_user(pool.id, name, None, "Passw0rd!", [])


def issuer_of(pool: Any) -> str:
    return f"https://cognito-idp.eu-west-1.amazonaws.com/{pool.id}"


def test_a_user_pool_has_the_keys_that_moto_signs_with(providers: MotoLoginProviders, pool: Any):
    key_set = providers.find_key_set(issuer_of(pool))
    assert key_set is not None
    assert key_set["keys"][0]["n"] == pool.json_web_key.as_dict(private=False)["n"]


@pytest.mark.parametrize(
    "issuer",
    [
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_none",
        "https://cognito-idp.nowhere-1.amazonaws.com/x",
        "https://accounts.google.com",
        "nonsense",
    ],
)
def test_other_issuers_have_no_keys(providers: MotoLoginProviders, issuer: str):
    assert providers.find_key_set(issuer) is None


def test_the_latest_keys_of_an_added_issuer_are_used(providers: MotoLoginProviders):
    providers.add_oidc_issuer(ISSUER, {"keys": [1]})
    assert providers.find_key_set(ISSUER) == {"keys": [1]}
    providers.add_oidc_issuer(f"{ISSUER}/", {"keys": [2]})
    assert providers.find_key_set(ISSUER) == {"keys": [2]}


def test_keys_of_other_issuers_are_fetched(providers: MotoLoginProviders):
    url = "http://localhost:9000"
    assert providers.find_key_set(url) == {"fetched": url, "refresh": False}
    assert providers.find_key_set(f"{url}/", refresh=True) == {"fetched": url, "refresh": True}


def test_a_local_issuer_replaces_another_issuer(providers: MotoLoginProviders):
    google, url = "https://accounts.google.com", "http://localhost:9000"
    providers.add_oidc_issuer(google, f"{url}/")
    assert providers.find_key_set(google) == {"fetched": url, "refresh": False}
    assert providers.find_replaced_issuers(url) == [google]
    assert providers.find_replaced_issuers(google) == []
    providers.add_oidc_issuer(google, {"keys": [1]})
    assert providers.find_key_set(google) == {"keys": [1]}
    assert providers.find_replaced_issuers(url) == []


def test_client_ids_come_from_the_oidc_provider_in_iam(
    account: MotoAccount, providers: MotoLoginProviders
):
    provider = account.iam_backend.create_open_id_connect_provider(ISSUER, ["a" * 40], ["app"], [])
    assert providers.get_oidc_client_ids(provider.arn) == ("app",)
    with pytest.raises(KeyError):
        providers.get_oidc_client_ids("arn:aws:iam::1:oidc-provider/none")


def test_a_sign_out_affects_only_earlier_sign_ins(
    account: MotoAccount, providers: MotoLoginProviders, pool: Any
):
    user, issuer, now = create_user(account, pool), issuer_of(pool), account.clock.now()
    assert not providers.is_signed_out(issuer, user.id, now)
    providers.record_sign_out("AdminUserGlobalSignOut", {"UserPoolId": pool.id, "Username": "ada"})
    assert providers.is_signed_out(issuer, user.id, now - 10)
    assert not providers.is_signed_out(issuer, user.id, now + 10)


def test_a_user_can_sign_out_with_an_access_token(
    account: MotoAccount, providers: MotoLoginProviders, pool: Any
):
    user = create_user(account, pool)
    pool.access_tokens["token"] = ("client", "ada")
    providers.record_sign_out("GlobalSignOut", {"AccessToken": "token"})
    assert providers.is_signed_out(issuer_of(pool), user.id, account.clock.now() - 10)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GlobalSignOut", {"AccessToken": "unknown"}),
        ("GlobalSignOut", {}),
        ("AdminUserGlobalSignOut", {"UserPoolId": "x", "Username": "ada"}),
        ("InitiateAuth", {}),
    ],
)
def test_other_requests_do_not_sign_a_user_out(
    account: MotoAccount,
    providers: MotoLoginProviders,
    pool: Any,
    operation: str,
    parameters: dict[str, Any],
):
    user = create_user(account, pool)
    providers.record_sign_out(operation, parameters)
    assert not providers.is_signed_out(issuer_of(pool), user.id, account.clock.now() - 10)


def test_a_new_access_token_decides_within_the_second_of_the_sign_out(
    account: MotoAccount, providers: MotoLoginProviders, pool: Any
):
    user, issuer = create_user(account, pool), issuer_of(pool)
    account.clock.advance(1000.9 - account.clock.now())
    providers.record_sign_out("AdminUserGlobalSignOut", {"UserPoolId": pool.id, "Username": "ada"})
    assert providers.is_signed_out(issuer, user.id, 1000)
    pool.access_tokens["new"] = ("client", "ada")
    assert not providers.is_signed_out(issuer, user.id, 1000)
    assert providers.is_signed_out(issuer, user.id, 999)


def test_a_disabled_or_unknown_user_is_signed_out(
    account: MotoAccount, providers: MotoLoginProviders, pool: Any
):
    user, issuer = create_user(account, pool), issuer_of(pool)
    user.enabled = False
    assert providers.is_signed_out(issuer, user.id, 0)
    assert providers.is_signed_out(issuer, "unknown", 0)
    assert providers.is_signed_out("https://accounts.google.com", user.id, 0)
