from __future__ import annotations

import re
from typing import Any

import pytest
from emulator_fakes import (
    ACCOUNT,
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    OIDC_ARN,
    PROVIDERS,
    REGION,
    SAML_ARN,
    USER_POOL,
    USER_ROLE,
    FakeClock,
    ServiceHarness,
)

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.identity_records import LinkedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool, PoolStore

BARE = {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": False}


def make_store(region: str = REGION) -> PoolStore:
    return PoolStore(account_id=ACCOUNT, region=region)


def make_token_mapping() -> dict[str, Any]:
    return {"Type": "Token", "AmbiguousRoleResolution": "Deny"}


def make_rule(number: int = 0) -> dict[str, str]:
    return {"Claim": "c", "MatchType": "Equals", "Value": str(number), "RoleARN": USER_ROLE}


def error_message(pool: IdentityPool, store: PoolStore, mappings: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as caught:
        store.set_roles(pool.id, {}, mappings)
    assert caught.value.code == "InvalidParameterException"
    assert store.get(pool.id).role_mappings == {}
    return caught.value.message


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_ids_and_arns_have_the_form_of_the_service(region: str, partition: str) -> None:
    pool = make_store(region).create(BARE)
    assert re.fullmatch(rf"{region}:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", pool.id)
    assert pool.arn == (
        f"arn:{partition}:cognito-identity:{region}:{ACCOUNT}:identitypool/{pool.id}"
    )


def test_a_pool_has_the_settings_of_its_creation() -> None:
    pool = make_store().create({**BARE, **PROVIDERS, "AllowClassicFlow": False})
    assert not pool.allows_guests
    assert not pool.allows_basic_flow
    assert pool.developer_provider == DEVELOPER
    assert pool.has_providers
    assert list(pool.mapping_keys()) == [
        f"{USER_POOL}:{CLIENT}",
        GOOGLE,
        FACEBOOK,
        OIDC_ARN,
        SAML_ARN,
    ]


def test_by_default_a_pool_allows_the_basic_flow_and_has_no_providers() -> None:
    pool = make_store().create(BARE)
    assert pool.allows_basic_flow
    assert not pool.has_providers
    assert pool.settings["IdentityPoolTags"] == {}


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_kind_of_provider_counts_as_a_provider(name: str) -> None:
    assert make_store().create({**BARE, name: PROVIDERS[name]}).has_providers


@pytest.mark.parametrize(
    "provider",
    [
        {},
        {"ClientId": CLIENT},
        {"ProviderName": "eu-west-1_AbC"},
        {"ProviderName": f"https://{USER_POOL}"},
        {"ProviderName": "cognito-idp.eu-west-1.amazonaws.com"},
        {"ProviderName": "cognito-idp.eu-west-1.amazonaws.com/"},
    ],
)
def test_user_pool_providers_of_a_wrong_form_are_rejected(provider: dict[str, str]) -> None:
    with pytest.raises(AwsError) as caught:
        make_store().create({**BARE, "CognitoIdentityProviders": [provider]})
    assert (caught.value.code, caught.value.message) == (
        "InvalidParameterException",
        "Invalid Cognito Identity Provider",
    )


def test_a_saml_provider_must_belong_to_the_account() -> None:
    arn = "arn:aws:iam::999999999999:saml-provider/Corp"
    with pytest.raises(AwsError) as caught:
        make_store().create({**BARE, "SamlProviderARNs": [arn]})
    assert caught.value.message == (f"Identity provider {arn} is not valid for account {ACCOUNT}")
    assert make_store().create({**BARE, "OpenIdConnectProviderARNs": [arn]})


def test_an_update_replaces_all_but_the_developer_provider_and_the_roles() -> None:
    store = make_store()
    pool = store.create({**BARE, **PROVIDERS, "IdentityPoolTags": {"team": "blue"}})
    store.set_roles(pool.id, {"authenticated": USER_ROLE}, {})
    settings = {"IdentityPoolName": "another", "AllowUnauthenticatedIdentities": True}
    updated = store.update(pool.id, settings)
    assert updated == store.get(pool.id)
    defaults = {"IdentityPoolTags": {}, "DeveloperProviderName": DEVELOPER}
    assert updated.settings == {**settings, **defaults}
    assert (updated.id, updated.arn) == (pool.id, pool.arn)
    assert updated.roles == {"authenticated": USER_ROLE}


def test_the_developer_provider_cannot_be_changed() -> None:
    store = make_store()
    pool = store.create(BARE)
    named = {**BARE, "DeveloperProviderName": DEVELOPER}
    for _ in range(2):
        assert store.update(pool.id, named).developer_provider == DEVELOPER
    with pytest.raises(AwsError) as caught:
        store.update(pool.id, {**named, "DeveloperProviderName": "another"})
    assert (caught.value.code, caught.value.message) == (
        "InvalidParameterException",
        UnconfirmedText.DEVELOPER_PROVIDER_FIXED,
    )
    assert store.get(pool.id).developer_provider == DEVELOPER


def test_an_update_is_validated_like_a_new_pool() -> None:
    store = make_store()
    pool = store.create(BARE)
    for invalid in ({"CognitoIdentityProviders": [{}]}, {"SamlProviderARNs": ["arn:aws:iam::9:x"]}):
        with pytest.raises(AwsError, match=r"Identity [Pp]rovider"):
            store.update(pool.id, {**BARE, **invalid})
    assert store.get(pool.id) == pool


def test_an_update_of_an_unknown_pool_is_rejected_before_its_settings_are_checked() -> None:
    with pytest.raises(AwsError) as caught:
        make_store().update("us-east-1:x", {**BARE, "CognitoIdentityProviders": [{}]})
    assert caught.value.code == "ResourceNotFoundException"


def test_a_deleted_pool_is_not_found() -> None:
    store = make_store()
    pool = store.create(BARE)
    assert store.get(pool.id) == pool
    store.delete(pool.id)
    changes = (lambda key: store.set_roles(key, {}, {}), lambda key: store.update(key, BARE))
    for action in (store.get, store.delete, *changes):
        with pytest.raises(AwsError) as caught:
            action(pool.id)
        assert (caught.value.code, caught.value.message) == (
            "ResourceNotFoundException",
            f"IdentityPool '{pool.id}' not found.",
        )


def test_roles_and_mappings_are_replaced_together() -> None:
    store = make_store()
    pool = store.create({**BARE, **PROVIDERS})
    store.set_roles(pool.id, {"authenticated": USER_ROLE}, {GOOGLE: make_token_mapping()})
    assert store.get(pool.id).role_mappings == {GOOGLE: make_token_mapping()}
    store.set_roles(pool.id, {"unauthenticated": USER_ROLE}, {})
    assert store.get(pool.id).roles == {"unauthenticated": USER_ROLE}
    assert store.get(pool.id).role_mappings == {}


@pytest.mark.parametrize(
    "key", [USER_POOL, f"https://{USER_POOL}:{CLIENT}", f"{USER_POOL}:other", DEVELOPER, "x.com"]
)
def test_the_key_of_a_role_mapping_must_be_a_configured_provider(key: str) -> None:
    store = make_store()
    pool = store.create({**BARE, **PROVIDERS})
    assert error_message(
        pool, store, {GOOGLE: make_token_mapping(), key: make_token_mapping()}
    ) == (f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider.")


def test_rules_are_counted_before_the_key_is_checked_and_read_afterwards() -> None:
    store = make_store()
    pool = store.create({**BARE, **PROVIDERS})
    many = {"Type": "Rules", "RulesConfiguration": {"Rules": [make_rule(n) for n in range(26)]}}
    assert (
        error_message(pool, store, {"x.com": many})
        == "The number of rules in the request exceeded 25."
    )
    assert "(x.com) is not a valid" in error_message(pool, store, {"x.com": {"Type": "Rules"}})
    unresolved = error_message(pool, store, {GOOGLE: {"Type": "Token"}})
    assert unresolved == UnconfirmedText.AMBIGUITY_UNRESOLVED.format(key=GOOGLE)
    missing = {"Type": "Rules", "AmbiguousRoleResolution": "Deny"}
    assert error_message(pool, store, {GOOGLE: missing}) == UnconfirmedText.RULES_MISSING.format(
        key=GOOGLE
    )
    allowed = {"Rules": [make_rule(number) for number in range(25)]}
    store.set_roles(pool.id, {}, {GOOGLE: {**missing, "RulesConfiguration": allowed}})


def test_pools_are_listed_in_pages(service: ServiceHarness) -> None:
    ids = [service.create_bare_pool() for _ in range(5)]
    service.call("DeleteIdentityPool", IdentityPoolId=ids.pop(1))
    listed: list[dict[str, str]] = []
    token: dict[str, str] = {}
    while len(listed) < 4:
        page = service.call("ListIdentityPools", MaxResults=2, **token)
        assert len(page["IdentityPools"]) == 2
        listed += page["IdentityPools"]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert not token
    assert listed == [{"IdentityPoolId": each, "IdentityPoolName": "bare"} for each in ids]
    assert service.call_error("ListIdentityPools", MaxResults=2, NextToken="x") == (
        "InvalidParameterException",
        UnconfirmedText.BAD_NEXT_TOKEN,
    )


def test_a_region_has_at_most_a_thousand_pools() -> None:
    store = make_store()
    pools = [store.create(BARE) for _ in range(1000)]
    with pytest.raises(AwsError) as caught:
        store.create(BARE)
    assert (caught.value.code, caught.value.message) == (
        "LimitExceededException",
        UnconfirmedText.TOO_MANY_POOLS,
    )
    store.delete(pools[0].id)
    store.create(BARE)


def test_a_pool_has_at_most_fifty_user_pools() -> None:
    providers = [{"ProviderName": f"{USER_POOL}{number}"} for number in range(51)]
    store = make_store()
    store.create({**BARE, "CognitoIdentityProviders": providers[:50]})
    with pytest.raises(AwsError) as caught:
        store.create({**BARE, "CognitoIdentityProviders": providers})
    assert (caught.value.code, caught.value.message) == (
        "LimitExceededException",
        UnconfirmedText.TOO_MANY_USER_POOLS.format(limit=50),
    )


def test_no_identity_is_created_in_a_pool_that_was_deleted_in_the_meantime() -> None:
    identities = IdentityStore(region=REGION, clock=FakeClock())
    identities.create_guest("pool")
    identities.delete_pool("pool")
    for create in (
        identities.create_guest,
        lambda pool_id: identities.find_or_create(pool_id, [LinkedLogin("p", "s")]),
    ):
        with pytest.raises(AwsError, match="IdentityPool 'pool' not found"):
            create("pool")
    assert identities.list_page("pool", after=-1, limit=9, hides_disabled=False) == []
