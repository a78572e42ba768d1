from __future__ import annotations

import pytest
from emulator_fakes import (
    ACCOUNT,
    FACEBOOK,
    REGION,
    SAML_ARN,
    USER_POOL,
    ServiceHarness,
)

from cognito_credentials.emulator.identity.errors import UnconfirmedText

ARN = f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/"


def get_tags(service: ServiceHarness, pool_id: str) -> dict[str, str]:
    tags: dict[str, str] = service.call("ListTagsForResource", ResourceArn=ARN + pool_id)["Tags"]
    assert service.call("DescribeIdentityPool", IdentityPoolId=pool_id)["IdentityPoolTags"] == tags
    return tags


def test_tags_are_added_replaced_and_removed(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool(IdentityPoolTags={"team": "blue", "stage": "test"})
    arn = ARN + pool_id
    request = {"ResourceArn": arn, "Tags": {"team": "green", "owner": ""}}
    assert service.call("TagResource", **request) == {}
    assert get_tags(service, pool_id) == {"team": "green", "stage": "test", "owner": ""}
    request = {"ResourceArn": arn, "TagKeys": ["team", "unknown"]}
    assert service.call("UntagResource", **request) == {}
    assert get_tags(service, pool_id) == {"stage": "test", "owner": ""}


def test_a_pool_has_at_most_fifty_tags(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool()
    tags = {f"key-{number}": "value" for number in range(50)}
    service.call("TagResource", ResourceArn=ARN + pool_id, Tags=tags)
    service.call("TagResource", ResourceArn=ARN + pool_id, Tags=tags)
    error = ("InvalidParameterException", UnconfirmedText.TOO_MANY_TAGS.format(limit=50))
    request = {"ResourceArn": ARN + pool_id, "Tags": {"one": "more"}}
    assert service.call_error("TagResource", **request) == error
    assert get_tags(service, pool_id) == tags
    assert (
        service.call_error(
            "CreateIdentityPool",
            IdentityPoolName="pool",
            AllowUnauthenticatedIdentities=True,
            IdentityPoolTags={**tags, "one": "more"},
        )
        == error
    )


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace(ACCOUNT, "999999999999"),
        ARN.replace(REGION, "us-east-2"),
        ARN.replace("arn:aws:", "arn:aws-cn:"),
        ARN + "x",
    ],
)
def test_the_arn_must_name_a_pool_of_the_account_and_region(
    service: ServiceHarness, arn: str
) -> None:
    pool_id = service.create_bare_pool()
    named = (arn + pool_id).partition("/")[2]
    for operation, more in (
        ("ListTagsForResource", {}),
        ("TagResource", {"Tags": {}}),
        ("UntagResource", {"TagKeys": []}),
    ):
        assert service.call_error(operation, ResourceArn=arn + pool_id, **more) == (
            "ResourceNotFoundException",
            f"IdentityPool '{named}' not found.",
        )


@pytest.mark.parametrize(
    "arn",
    [
        "x" * 20,
        f"arn:aws:iam::{ACCOUNT}:role/Role",
        ARN[4:] + "x",
        ARN,
        ARN.replace("cognito-identity", "cognito-idp") + "x",
        ARN.replace("identitypool", "identity") + "x",
    ],
)
def test_the_arn_of_another_resource_is_rejected(service: ServiceHarness, arn: str) -> None:
    assert service.call_error("ListTagsForResource", ResourceArn=arn) == (
        "InvalidParameterException",
        UnconfirmedText.NOT_A_POOL_ARN,
    )


def not_configured(provider: str) -> tuple[str, str]:
    text = UnconfirmedText.NO_PRINCIPAL_TAGS.format(provider=provider)
    return "ResourceNotFoundException", text


def test_a_provider_has_no_principal_tags_until_a_map_is_set(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    names = {"IdentityPoolId": pool_id, "IdentityProviderName": USER_POOL}
    assert service.call_error("GetPrincipalTagAttributeMap", **names) == not_configured(USER_POOL)
    tags = {"dept": "custom:department"}
    expected = {**names, "UseDefaults": False, "PrincipalTags": tags}
    assert service.call("SetPrincipalTagAttributeMap", **names, PrincipalTags=tags) == expected
    assert service.call("GetPrincipalTagAttributeMap", **names) == expected
    other = {**names, "IdentityProviderName": FACEBOOK}
    assert service.call_error("GetPrincipalTagAttributeMap", **other) == not_configured(FACEBOOK)


@pytest.mark.parametrize("given", [{}, {"PrincipalTags": {"dept": "x"}}])
def test_the_default_map_replaces_the_map_of_the_request(
    service: ServiceHarness, given: dict[str, dict[str, str]]
) -> None:
    names = {"IdentityPoolId": service.create_pool(), "IdentityProviderName": USER_POOL}
    defaults = {"client": "aud", "username": "sub"}
    expected = {**names, "UseDefaults": True, "PrincipalTags": defaults}
    request = {**names, "UseDefaults": True, **given}
    assert service.call("SetPrincipalTagAttributeMap", **request) == expected
    assert service.call("GetPrincipalTagAttributeMap", **names) == expected


def test_the_default_map_of_saml_has_the_claims_of_saml(service: ServiceHarness) -> None:
    output = service.call(
        "SetPrincipalTagAttributeMap",
        IdentityPoolId=service.create_pool(),
        IdentityProviderName=SAML_ARN,
        UseDefaults=True,
    )
    assert output["PrincipalTags"] == {
        "client": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
        "username": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    }


@pytest.mark.parametrize("given", [{}, {"UseDefaults": False}, {"PrincipalTags": {}}])
def test_an_empty_map_disables_principal_tags(
    service: ServiceHarness, given: dict[str, bool]
) -> None:
    names = {"IdentityPoolId": service.create_pool(), "IdentityProviderName": USER_POOL}
    service.call("SetPrincipalTagAttributeMap", **names, UseDefaults=True)
    disabled = service.call("SetPrincipalTagAttributeMap", **names, **given)
    assert disabled == {**names, "UseDefaults": False}
    assert service.call_error("GetPrincipalTagAttributeMap", **names) == not_configured(USER_POOL)
    assert service.call("SetPrincipalTagAttributeMap", **names, **given) == disabled


def test_principal_tags_belong_to_a_pool_and_survive_updates(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    names = {"IdentityPoolId": pool_id, "IdentityProviderName": USER_POOL}
    service.call("SetPrincipalTagAttributeMap", **names, UseDefaults=True)
    service.call(
        "UpdateIdentityPool",
        IdentityPoolId=pool_id,
        IdentityPoolName="renamed",
        AllowUnauthenticatedIdentities=True,
    )
    assert service.call("GetPrincipalTagAttributeMap", **names)["UseDefaults"]
    missing = {**names, "IdentityPoolId": f"{REGION}:0"}
    error = ("ResourceNotFoundException", f"IdentityPool '{REGION}:0' not found.")
    assert service.call_error("GetPrincipalTagAttributeMap", **missing) == error
    assert service.call_error("SetPrincipalTagAttributeMap", **missing) == error
