"""CloudFormation stacks can contain identity pools and user pools, which the emulator creates."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

POOL = {
    "Type": "AWS::Cognito::IdentityPool",
    "Properties": {"IdentityPoolName": "game", "AllowUnauthenticatedIdentities": True},
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Pool"}}},
        }
    ],
}
LIST_BUCKETS = {
    "PolicyName": "p",
    "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    },
}
OUTPUTS = {"Id": {"Value": {"Ref": "Pool"}}, "Name": {"Value": {"Fn::GetAtt": ["Pool", "Name"]}}}


@pytest.fixture
def deploy(account: Account) -> Callable[..., dict[str, str]]:
    """A function that creates or updates one stack, and returns its outputs."""
    client, name = account.client("cloudformation"), f"stack-{secrets.token_hex(4)}"

    def deploy(*, update: bool = False, **resources: Any) -> dict[str, str]:
        template = json.dumps({"Resources": resources, "Outputs": OUTPUTS})
        call = client.update_stack if update else client.create_stack
        call(StackName=name, TemplateBody=template)
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] == ("UPDATE_COMPLETE" if update else "CREATE_COMPLETE")
        return {
            "Stack": name,
            **{each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]},
        }

    return deploy


def test_a_stack_creates_updates_and_deletes_a_pool(
    account: Account, deploy: Callable[..., dict[str, str]]
):
    pools = account.client("cognito-identity")
    tags = [{"Key": "team", "Value": "red"}]
    properties = {**POOL["Properties"], "AllowClassicFlow": "true", "IdentityPoolTags": tags}  # type: ignore[dict-item]
    outputs = deploy(Pool={**POOL, "Properties": properties})
    assert outputs["Name"] == "game"
    pool = pools.describe_identity_pool(IdentityPoolId=outputs["Id"])
    assert pool["IdentityPoolName"] == "game"
    assert pool["AllowClassicFlow"] is True
    assert pool["IdentityPoolTags"] == {"team": "red"}
    properties = {"IdentityPoolName": "game", "AllowUnauthenticatedIdentities": "false"}
    assert deploy(update=True, Pool={**POOL, "Properties": properties})["Id"] == outputs["Id"]
    pool = pools.describe_identity_pool(IdentityPoolId=outputs["Id"])
    assert pool["AllowUnauthenticatedIdentities"] is False
    account.client("cloudformation").delete_stack(StackName=outputs["Stack"])
    code, _ = error_of(pools.describe_identity_pool, IdentityPoolId=outputs["Id"])
    assert code == "ResourceNotFoundException"


def test_guests_of_a_deployed_pool_get_credentials(
    account: Account, deploy: Callable[..., dict[str, str]]
):
    outputs = deploy(
        Pool={**POOL, "Properties": {"AllowUnauthenticatedIdentities": True}},
        Role={
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [LIST_BUCKETS]},
        },
        Roles={
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "Roles": {"unauthenticated": {"Fn::GetAtt": ["Role", "Arn"]}},
            },
        },
    )
    assert outputs["Name"].startswith(outputs["Stack"])
    identity = account.identity(outputs["Id"])
    account.client("s3", account.credentials(identity)).list_buckets()
    account.client("cloudformation").delete_stack(StackName=outputs["Stack"])
    assert error_of(account.unsigned("cognito-identity").get_id, IdentityPoolId=outputs["Id"])


def test_a_stack_creates_updates_and_deletes_a_user_pool(account: Account):
    client, name = account.client("cloudformation"), f"stack-{secrets.token_hex(4)}"
    pool: dict[str, Any] = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": "true"}}
    app: dict[str, Any] = {"UserPoolId": {"Ref": "Users"}, "GenerateSecret": "true"}
    outputs = {
        "PoolId": {"Ref": "Users"},
        "Client": {"Ref": "App"},
        **{
            each: {"Fn::GetAtt": ["Users", each]} for each in ("Arn", "ProviderName", "ProviderURL")
        },
        **{each: {"Fn::GetAtt": ["App", each]} for each in ("ClientSecret", "Name")},
    }

    def deploy(call: Any) -> dict[str, str]:
        resources = {
            "Users": {"Type": "AWS::Cognito::UserPool", "Properties": pool},
            "App": {"Type": "AWS::Cognito::UserPoolClient", "Properties": app},
        }
        values = {each: {"Value": value} for each, value in outputs.items()}
        call(StackName=name, TemplateBody=json.dumps({"Resources": resources, "Outputs": values}))
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    created = deploy(client.create_stack)
    users = account.client("cognito-idp")
    described = users.describe_user_pool(UserPoolId=created["PoolId"])["UserPool"]
    assert described["Arn"] == created["Arn"]
    assert described["Name"].startswith(f"{name}-Users")
    assert described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert created["ProviderName"] == f"cognito-idp.us-east-1.amazonaws.com/{created['PoolId']}"
    assert created["ProviderURL"] == f"https://{created['ProviderName']}"
    ids = {"UserPoolId": created["PoolId"], "ClientId": created["Client"]}
    client_settings = users.describe_user_pool_client(**ids)["UserPoolClient"]
    assert client_settings["ClientSecret"] == created["ClientSecret"]
    assert client_settings["ClientName"] == created["Name"]

    users.admin_create_user(UserPoolId=created["PoolId"], Username="ada")
    pool |= {"UserPoolName": "people", "MfaConfiguration": "OPTIONAL"}
    app |= {"ClientName": "web", "RefreshTokenValidity": 5}
    assert deploy(client.update_stack) == {**created, "Name": "web"}
    assert users.describe_user_pool(UserPoolId=created["PoolId"])["UserPool"]["Name"] == "people"
    client_settings = users.describe_user_pool_client(**ids)["UserPoolClient"]
    assert (client_settings["ClientName"], client_settings["RefreshTokenValidity"]) == ("web", 5)
    assert len(users.list_users(UserPoolId=created["PoolId"])["Users"]) == 1

    client.delete_stack(StackName=name)
    code, _ = error_of(users.describe_user_pool, UserPoolId=created["PoolId"])
    assert code == "ResourceNotFoundException"


def test_role_mappings_and_principal_tags(account: Account, deploy: Callable[..., dict[str, str]]):
    provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_abc"
    clients = [{"ProviderName": provider, "ClientId": "app"}]
    properties = {**POOL["Properties"], "CognitoIdentityProviders": clients}  # type: ignore[dict-item]
    outputs = deploy(
        Pool={**POOL, "Properties": properties},
        Roles={
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "RoleMappings": {
                    "users": {
                        "Type": "Token",
                        "AmbiguousRoleResolution": "Deny",
                        "IdentityProvider": f"{provider}:app",
                    }
                },
            },
        },
        Tags={
            "Type": "AWS::Cognito::IdentityPoolPrincipalTag",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "IdentityProviderName": provider,
                "UseDefaults": "false",
                "PrincipalTags": {"team": "custom:team"},
            },
        },
    )
    pools = account.client("cognito-identity")
    roles = pools.get_identity_pool_roles(IdentityPoolId=outputs["Id"])
    assert roles["RoleMappings"][f"{provider}:app"]["Type"] == "Token"
    tags = pools.get_principal_tag_attribute_map(
        IdentityPoolId=outputs["Id"], IdentityProviderName=provider
    )
    assert tags["PrincipalTags"] == {"team": "custom:team"}


def test_an_invalid_pool_fails_the_stack(account: Account, deploy: Callable[..., Any]):
    bad = {"IdentityPoolName": "a*b", "AllowUnauthenticatedIdentities": True}
    code, text = error_of(deploy, Pool={**POOL, "Properties": bad})
    assert code == "ValidationError"
    assert "identityPoolName" in text


def test_the_region_of_a_client_is_the_region_of_its_pools(account: Account):
    west = account.client("cognito-identity", region_name="eu-west-1")
    pool = west.create_identity_pool(
        IdentityPoolName="west", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True
    )["IdentityPoolId"]
    assert pool.startswith("eu-west-1:")
    assert (
        error_of(account.client("cognito-identity").describe_identity_pool, IdentityPoolId=pool)[0]
        == "ResourceNotFoundException"
    )
    role = account.role(pool, amr="unauthenticated")
    west.set_identity_pool_roles(IdentityPoolId=pool, Roles={"unauthenticated": role})
    identity = account.identity(pool)
    assert identity.startswith("eu-west-1:")
    assert account.credentials(identity)
    token = account.unsigned("cognito-identity").get_open_id_token(IdentityId=identity)["Token"]
    assert account.unsigned("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="name", WebIdentityToken=token
    )["Credentials"]
