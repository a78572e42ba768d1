from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount

from cognito_credentials.emulator.moto.login_keys import MotoLoginKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = "https://login.example.com/tenant"


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()


@pytest.fixture
def keys(account: MotoAccount) -> MotoLoginKeys:
    return MotoLoginKeys(account.moto, account.clock)


@pytest.fixture
def pool(account: MotoAccount) -> Any:
    return account.moto.backend("cognito-idp", "eu-west-1").create_user_pool("users", {})


def user_of(account: MotoAccount, pool: Any, name: str = "ada") -> Any:
    backend = account.moto.backend("cognito-idp", "eu-west-1")
    return backend.admin_create_user(pool.id, name, None, "Passw0rd!", [])


def issuer_of(pool: Any) -> str:
    return f"https://cognito-idp.eu-west-1.amazonaws.com/{pool.id}"


def test_a_user_pool_has_the_keys_that_moto_signs_with(keys: MotoLoginKeys, pool: Any):
    key_set = keys.key_set(issuer_of(pool))
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
def test_other_issuers_have_none(keys: MotoLoginKeys, issuer: str):
    assert keys.key_set(issuer) is None


def test_an_issuer_given_is_known_from_then_on(keys: MotoLoginKeys):
    keys.add_oidc_issuer(ISSUER, {"keys": [1]})
    assert keys.key_set(ISSUER) == {"keys": [1]}
    keys.add_oidc_issuer(f"{ISSUER}/", {"keys": [2]})
    assert keys.key_set(ISSUER) == {"keys": [2]}


def test_client_ids_are_those_of_iams_provider(account: MotoAccount, keys: MotoLoginKeys):
    provider = account.moto.iam.create_open_id_connect_provider(ISSUER, ["a" * 40], ["app"], [])
    assert keys.oidc_client_ids(provider.arn) == ("app",)
    with pytest.raises(KeyError):
        keys.oidc_client_ids("arn:aws:iam::1:oidc-provider/none")


def test_a_sign_out_ends_earlier_sign_ins_only(
    account: MotoAccount, keys: MotoLoginKeys, pool: Any
):
    user, issuer, now = user_of(account, pool), issuer_of(pool), account.clock.now()
    assert not keys.signed_out_since(issuer, user.id, now)
    keys.note_sign_out("AdminUserGlobalSignOut", {"UserPoolId": pool.id, "Username": "ada"})
    assert keys.signed_out_since(issuer, user.id, now - 10)
    assert not keys.signed_out_since(issuer, user.id, now + 10)


def test_a_user_signs_itself_out_with_its_access_token(
    account: MotoAccount, keys: MotoLoginKeys, pool: Any
):
    user = user_of(account, pool)
    pool.access_tokens["token"] = ("client", "ada")
    keys.note_sign_out("GlobalSignOut", {"AccessToken": "token"})
    assert keys.signed_out_since(issuer_of(pool), user.id, account.clock.now() - 10)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GlobalSignOut", {"AccessToken": "unknown"}),
        ("GlobalSignOut", {}),
        ("AdminUserGlobalSignOut", {"UserPoolId": "x", "Username": "ada"}),
        ("InitiateAuth", {}),
    ],
)
def test_what_signs_nobody_out_changes_nothing(
    account: MotoAccount,
    keys: MotoLoginKeys,
    pool: Any,
    operation: str,
    parameters: dict[str, Any],
):
    user = user_of(account, pool)
    keys.note_sign_out(operation, parameters)
    assert not keys.signed_out_since(issuer_of(pool), user.id, account.clock.now() - 10)


def test_in_the_second_of_the_sign_out_a_new_access_token_tells(
    account: MotoAccount, keys: MotoLoginKeys, pool: Any
):
    user, issuer = user_of(account, pool), issuer_of(pool)
    account.clock.advance(1000.9 - account.clock.now())
    keys.note_sign_out("AdminUserGlobalSignOut", {"UserPoolId": pool.id, "Username": "ada"})
    assert keys.signed_out_since(issuer, user.id, 1000)
    pool.access_tokens["new"] = ("client", "ada")
    assert not keys.signed_out_since(issuer, user.id, 1000)
    assert keys.signed_out_since(issuer, user.id, 999)


def test_a_user_who_is_disabled_or_gone_is_signed_out(
    account: MotoAccount, keys: MotoLoginKeys, pool: Any
):
    user, issuer = user_of(account, pool), issuer_of(pool)
    user.enabled = False
    assert keys.signed_out_since(issuer, user.id, 0)
    assert keys.signed_out_since(issuer, "nobody", 0)
    assert keys.signed_out_since("https://accounts.google.com", user.id, 0)
