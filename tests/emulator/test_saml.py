"""Sign-in with SAML responses."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, allow, error_of
from saml_provider import ROLE, metadata, saml_token

from cognito_credentials import from_cognito_identity_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"


@pytest.fixture
def arn(account: Account) -> str:
    provider = account.client("iam").create_saml_provider(
        Name=f"Corp-{secrets.token_hex(4)}", SAMLMetadataDocument=metadata()
    )
    return str(provider["SAMLProviderArn"])


@pytest.fixture
def pool(account: Account, arn: str) -> str:
    return account.pool(SamlProviderARNs=[arn])


@pytest.fixture
def token(emulator: Emulator) -> Callable[..., str]:
    return lambda **options: saml_token(now=emulator.clock.now(), **options)


def get_caller_arn(account: Account, keys: dict[str, str]) -> str:
    return str(account.client("sts", keys).get_caller_identity()["Arn"])


def role_name(arn: str) -> str:
    return arn.rpartition("/")[2]


def test_a_user_has_one_identity(
    account: Account, arn: str, pool: str, token: Callable[..., str], emulator: Emulator
):
    role = account.role(pool, amr=arn)
    account.set_roles(pool, authenticated=role)
    identity = account.identity(pool, {arn: token()})
    assert account.identity(pool, {arn: token()}) == identity
    assert account.identity(pool, {arn: token(name_id="bob")}) != identity
    keys = account.credentials(identity, {arn: token()})
    assert f"/{role_name(role)}/" in get_caller_arn(account, keys)
    provider = from_cognito_identity_pool(
        pool,
        logins={arn: token()},
        client_config={"endpoint_url": emulator.endpoint_url, "clock": emulator.clock},
    )
    assert provider().identity_id == identity
    provider.close()


def test_the_provider_offers_roles(
    account: Account, arn: str, pool: str, token: Callable[..., str]
):
    default, first, second = (account.role(pool) for _ in range(3))
    account.set_roles(pool, authenticated=default)
    identity = account.identity(pool, {arn: token()})
    call = account.unsigned("cognito-identity").get_credentials_for_identity

    def assumed(*roles: str, **arguments: Any) -> str:
        values = [f"{role},{arn}" for role in roles]
        logins = {arn: token(attributes={ROLE: values} if values else {})}
        given = call(IdentityId=identity, Logins=logins, **arguments)["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretKey"],
            "aws_session_token": given["SessionToken"],
        }
        return get_caller_arn(account, keys).split("/")[1]

    assert assumed() == role_name(default)
    assert assumed(first) == role_name(first)
    assert assumed(first, CustomRoleArn=first) == role_name(first)
    assert assumed(first, second, CustomRoleArn=second) == role_name(second)
    assert error_of(assumed, CustomRoleArn=first)[0] == "InvalidParameterException"
    for roles, arguments in (
        ((first, second), {}),
        ((first,), {"CustomRoleArn": second}),
        ((first, second), {"CustomRoleArn": default}),
    ):
        with pytest.raises(call.__self__.exceptions.NotAuthorizedException):
            assumed(*roles, **arguments)


def test_rules_and_tags_see_the_attributes(
    account: Account, arn: str, pool: str, token: Callable[..., str]
):
    bucket = account.bucket()
    pools = account.client("cognito-identity")
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    tagged = "${aws:PrincipalTag/email}"
    role = account.role(
        pool, allow("s3:PutObject", f"arn:aws:s3:::{bucket}/{tagged}/*"), actions=actions
    )
    rule = {"Claim": "groups", "MatchType": "Contains", "Value": "admins", "RoleARN": role}
    pools.set_identity_pool_roles(
        IdentityPoolId=pool,
        Roles={"authenticated": account.role(pool)},
        RoleMappings={
            arn: {
                "Type": "Rules",
                "AmbiguousRoleResolution": "Deny",
                "RulesConfiguration": {"Rules": [rule]},
            }
        },
    )
    pools.set_principal_tag_attribute_map(
        IdentityPoolId=pool, IdentityProviderName=arn, PrincipalTags={"email": EMAIL}
    )
    attributes = {"groups": ["users", "admins"], EMAIL: ["ann@example.com"]}
    logins = {arn: token(attributes=attributes)}
    identity = account.identity(pool, logins)
    s3 = account.client("s3", account.credentials(identity, logins))
    s3.put_object(Bucket=bucket, Key="ann@example.com/a", Body=b"1")
    assert error_of(s3.put_object, Bucket=bucket, Key="bob/a", Body=b"1")[0] == "AccessDenied"
    call = account.unsigned("cognito-identity").get_credentials_for_identity
    logins = {arn: token(attributes={"groups": ["users"]})}
    assert error_of(call, IdentityId=identity, Logins=logins) == (
        "NotAuthorizedException",
        f"The ambiguous role mapping rules for: {arn} denied this request.",
    )


def test_rejected_responses(
    account: Account,
    arn: str,
    pool: str,
    token: Callable[..., str],
    advance: Callable[[float], None],
):
    call = account.unsigned("cognito-identity").get_id

    def message(value: str, name: str = arn) -> str:
        code, text = error_of(call, IdentityPoolId=pool, Logins={name: value})
        assert code == "NotAuthorizedException"
        return text

    assert message(token(key="other")) == "Invalid login token. Couldn't verify signed token."
    assert message(token(), f"{arn}2") == (
        "Token is not from a supported provider of this identity pool."
    )
    stale = token()
    advance(301)
    assert message(stale).startswith("Invalid login token. Token expired: 1")
    account.client("iam").delete_saml_provider(SAMLProviderArn=arn)
    assert message(token()) == "Token is not from a supported provider of this identity pool."


def test_the_basic_flow_does_not_support_saml(
    account: Account, arn: str, pool: str, token: Callable[..., str]
):
    identity = account.identity(pool, {arn: token()})
    call = account.unsigned("cognito-identity").get_open_id_token
    code, _ = error_of(call, IdentityId=identity, Logins={arn: token()})
    assert code == "InvalidParameterException"
