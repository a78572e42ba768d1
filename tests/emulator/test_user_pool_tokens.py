"""Emulated user pools refresh and revoke tokens, and add group roles to ID tokens."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pytest
from emulated_account import Account, UserPool, allow, error_of

ROLE_A, ROLE_B = (f"arn:aws:iam::123456789012:role/{name}" for name in "ab")


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_tokens_are_refreshed_without_a_signature(account: Account, user_pool: UserPool, user: str):
    idp, first = account.unsigned("cognito-idp"), user_pool.sign_in(user)
    refresh = {"RefreshToken": first["RefreshToken"], "ClientId": user_pool.client_id}
    result = idp.get_tokens_from_refresh_token(**refresh)["AuthenticationResult"]
    assert claims_of(result["IdToken"])["sub"] == claims_of(first["IdToken"])["sub"]
    assert claims_of(result["AccessToken"])["token_use"] == "access"
    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)
    assert "RefreshToken" not in result
    assert idp.get_user(AccessToken=result["AccessToken"])["Username"] == user
    provider = {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
    pool = account.pool(CognitoIdentityProviders=[provider])
    assert account.identity(pool, {user_pool.provider: result["IdToken"]})


def test_a_revoked_token_refreshes_nothing(account: Account, user_pool: UserPool, user: str):
    idp, first = account.unsigned("cognito-idp"), user_pool.sign_in(user)
    second = user_pool.sign_in(user)
    client = {"ClientId": user_pool.client_id}
    code, _ = error_of(idp.revoke_token, Token=first["AccessToken"], **client)
    assert code == "UnsupportedTokenTypeException"
    idp.revoke_token(Token=first["RefreshToken"], **client)
    idp.revoke_token(Token="unknown", **client)
    error = error_of(
        idp.get_tokens_from_refresh_token, RefreshToken=first["RefreshToken"], **client
    )
    assert error == ("NotAuthorizedException", "Refresh Token has been revoked")
    flow = {"AuthFlow": "REFRESH_TOKEN_AUTH", **client}
    parameters = {"REFRESH_TOKEN": first["RefreshToken"]}
    assert error_of(idp.initiate_auth, AuthParameters=parameters, **flow)[0] == (
        "NotAuthorizedException"
    )
    assert error_of(idp.get_user, AccessToken=first["AccessToken"])[0] == "NotAuthorizedException"
    assert idp.get_user(AccessToken=second["AccessToken"])["Username"] == user


def test_foreign_and_unknown_tokens_are_rejected(account: Account, user_pool: UserPool, user: str):
    idp, tokens = account.unsigned("cognito-idp"), user_pool.sign_in(user)
    refresh = idp.get_tokens_from_refresh_token
    other = account.client("cognito-idp").create_user_pool_client(
        UserPoolId=user_pool.id, ClientName="other", GenerateSecret=True
    )["UserPoolClient"]
    for token, client, code in (
        ("unknown", {"ClientId": user_pool.client_id}, "NotAuthorizedException"),
        (tokens["RefreshToken"], {"ClientId": "unknown"}, "ResourceNotFoundException"),
        (tokens["RefreshToken"], {"ClientId": other["ClientId"]}, "NotAuthorizedException"),
        (
            tokens["RefreshToken"],
            {"ClientId": other["ClientId"], "ClientSecret": other["ClientSecret"]},
            "NotAuthorizedException",
        ),
    ):
        assert error_of(refresh, RefreshToken=token, **client)[0] == code
    account.client("cognito-idp").admin_disable_user(UserPoolId=user_pool.id, Username=user)
    client = {"ClientId": user_pool.client_id}
    assert error_of(refresh, RefreshToken=tokens["RefreshToken"], **client)[0] == (
        "NotAuthorizedException"
    )


def test_refresh_tokens_rotate(account: Account, user_pool: UserPool, user: str):
    idp = account.client("cognito-idp")
    client = idp.create_user_pool_client(
        UserPoolId=user_pool.id,
        ClientName="rotating",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )["UserPoolClient"]["ClientId"]
    tokens = UserPool(account, user_pool.id, client).sign_in(user)
    refresh = account.unsigned("cognito-idp").get_tokens_from_refresh_token
    old = {"RefreshToken": tokens["RefreshToken"], "ClientId": client}
    new = refresh(**old)["AuthenticationResult"]["RefreshToken"]
    assert error_of(refresh, **old)[0] == "NotAuthorizedException"
    assert refresh(RefreshToken=new, ClientId=client)["AuthenticationResult"]


@pytest.mark.parametrize(
    "operation",
    ["get_tokens_from_refresh_token", "revoke_token", "get_user_auth_factors", "forgot_password"],
)
def test_public_operations_need_no_signature(account: Account, operation: str):
    arguments: dict[str, Any] = {
        "get_tokens_from_refresh_token": {"RefreshToken": "x", "ClientId": "x"},
        "revoke_token": {"Token": "x", "ClientId": "x"},
        "get_user_auth_factors": {"AccessToken": "x"},
        "forgot_password": {"ClientId": "x", "Username": "x"},
    }[operation]
    code, _ = error_of(getattr(account.unsigned("cognito-idp"), operation), **arguments)
    assert "MissingAuthenticationToken" not in code


@pytest.mark.parametrize(
    ("groups", "roles", "preferred"),
    [
        ([], None, None),
        ([(None, 1)], None, None),
        ([(ROLE_A, None)], {ROLE_A}, ROLE_A),
        ([(ROLE_A, 2), (ROLE_B, 1)], {ROLE_A, ROLE_B}, ROLE_B),
        ([(ROLE_A, None), (ROLE_B, 7)], {ROLE_A, ROLE_B}, ROLE_B),
        ([(ROLE_A, 1), (ROLE_B, 1)], {ROLE_A, ROLE_B}, None),
        ([(ROLE_A, 1), (ROLE_A, 1)], {ROLE_A}, ROLE_A),
        ([(None, 0), (ROLE_B, 1)], {ROLE_B}, ROLE_B),
    ],
)
def test_an_id_token_names_the_roles_of_groups(
    account: Account,
    user_pool: UserPool,
    user: str,
    groups: list[tuple[str | None, int | None]],
    roles: set[str] | None,
    preferred: str | None,
):
    idp, names = account.client("cognito-idp"), []
    for role, precedence in groups:
        names.append(f"group-{secrets.token_hex(4)}")
        options: dict[str, Any] = {} if role is None else {"RoleArn": role}
        if precedence is not None:
            options["Precedence"] = precedence
        idp.create_group(UserPoolId=user_pool.id, GroupName=names[-1], **options)
        idp.admin_add_user_to_group(UserPoolId=user_pool.id, Username=user, GroupName=names[-1])
    tokens = user_pool.sign_in(user)
    client = {"ClientId": user_pool.client_id}
    refreshed = account.unsigned("cognito-idp").get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], **client
    )["AuthenticationResult"]
    for token in (tokens["IdToken"], refreshed["IdToken"]):
        claims = claims_of(token)
        assert set(claims.get("cognito:groups", ())) == set(names)
        assert (set(claims["cognito:roles"]) if "cognito:roles" in claims else None) == roles
        assert claims.get("cognito:preferred_role") == preferred
    assert "cognito:roles" not in claims_of(tokens["AccessToken"])


def test_a_role_mapping_uses_the_roles_of_groups(account: Account, user_pool: UserPool, user: str):
    provider = {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
    pool = account.pool(CognitoIdentityProviders=[provider])
    role = account.role(pool, allow("s3:ListAllMyBuckets", "*"))
    other = account.role(pool)
    idp = account.client("cognito-idp")
    for precedence, arn in enumerate((role, other)):
        name = f"group-{secrets.token_hex(4)}"
        idp.create_group(
            UserPoolId=user_pool.id, GroupName=name, RoleArn=arn, Precedence=precedence
        )
        idp.admin_add_user_to_group(UserPoolId=user_pool.id, Username=user, GroupName=name)
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    account.client("cognito-identity").set_identity_pool_roles(
        IdentityPoolId=pool,
        Roles={},
        RoleMappings={f"{user_pool.provider}:{user_pool.client_id}": mapping},
    )
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    account.client("s3", account.credentials(identity, logins)).list_buckets()
    given = account.unsigned("cognito-identity").get_credentials_for_identity(
        IdentityId=identity, Logins=logins, CustomRoleArn=other
    )["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretKey"],
        "aws_session_token": given["SessionToken"],
    }
    assert (
        account.client("sts", keys).get_caller_identity()["Arn"].split("/")[1]
        == (other.rpartition("/")[2])
    )
