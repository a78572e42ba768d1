"""Claims in user pool tokens become session tags, which permission and trust policies can use."""

from __future__ import annotations

from typing import Any

from emulated_account import Account, UserPool, allow, error_of

ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
CONFIGURATION = "InvalidIdentityPoolConfigurationException"
OWN = "cognito-identity.amazonaws.com"


def map_tags(account: Account, pool: str, user_pool: UserPool, **tags: str) -> None:
    account.client("cognito-identity").set_principal_tag_attribute_map(
        IdentityPoolId=pool, IdentityProviderName=user_pool.provider, PrincipalTags=tags
    )


def assume_role(
    account: Account, role: str, identity: str, logins: dict[str, str]
) -> dict[str, str]:
    """Return credentials from the basic flow."""
    token = account.unsigned("cognito-identity").get_open_id_token(
        IdentityId=identity, Logins=logins
    )["Token"]
    given = account.unsigned("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="basic", WebIdentityToken=token
    )["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def test_a_policy_sees_the_tags_in_both_flows(
    account: Account, pool: str, user_pool: UserPool, user: str
):
    bucket = account.bucket()
    own = "${aws:PrincipalTag/name}"
    client = {"StringEquals": {"aws:PrincipalTag/client": user_pool.client_id}}
    role = account.role(
        pool,
        allow("s3:PutObject", f"arn:aws:s3:::{bucket}/{own}/*", Condition=client),
        actions=ACTIONS,
    )
    account.set_roles(pool, authenticated=role)
    map_tags(account, pool, user_pool, name="cognito:username", client="aud")
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    for keys in (
        account.credentials(identity, logins),
        assume_role(account, role, identity, logins),
    ):
        s3 = account.client("s3", keys)
        s3.put_object(Bucket=bucket, Key=f"{user}/a", Body=b"1")
        call = s3.put_object
        assert error_of(call, Bucket=bucket, Key="other/a", Body=b"1")[0] == "AccessDenied"


def test_a_trust_policy_must_allow_the_tags(
    account: Account, pool: str, user_pool: UserPool, user: str
):
    role = account.role(pool)
    account.set_roles(pool, authenticated=role)
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    account.credentials(identity, logins)
    map_tags(account, pool, user_pool, name="cognito:username")
    enhanced: Any = account.unsigned("cognito-identity").get_credentials_for_identity
    assert error_of(enhanced, IdentityId=identity, Logins=logins)[0] == CONFIGURATION
    arguments: dict[str, Any] = {"role": role, "identity": identity, "logins": logins}
    assert error_of(assume_role, account=account, **arguments)[0] == "AccessDenied"
    map_tags(account, pool, user_pool, name="no such claim")
    account.credentials(identity, logins)
    account.client("cognito-identity").set_principal_tag_attribute_map(
        IdentityPoolId=pool, IdentityProviderName=user_pool.provider, UseDefaults=False
    )
    account.credentials(identity, logins)


def test_a_trust_policy_sees_the_tags(account: Account, pool: str, user_pool: UserPool, user: str):
    def trust(name: str) -> dict[str, Any]:
        conditions = {f"{OWN}:aud": pool, "aws:RequestTag/name": name}
        return {
            "Effect": "Allow",
            "Principal": {"Federated": OWN},
            "Action": ACTIONS,
            "Condition": {"StringEquals": conditions},
        }

    map_tags(account, pool, user_pool, name="cognito:username")
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    account.set_roles(pool, authenticated=account.role(pool, trust=trust(user)))
    account.credentials(identity, logins)
    account.set_roles(pool, authenticated=account.role(pool, trust=trust("another user")))
    call = account.unsigned("cognito-identity").get_credentials_for_identity
    assert error_of(call, IdentityId=identity, Logins=logins)[0] == CONFIGURATION


def test_tag_keys_that_differ_in_case(account: Account, pool: str, user_pool: UserPool, user: str):
    account.set_roles(pool, authenticated=account.role(pool, actions=ACTIONS))
    map_tags(account, pool, user_pool, name="sub", Name="aud")
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    call = account.unsigned("cognito-identity").get_credentials_for_identity
    assert error_of(call, IdentityId=identity, Logins=logins)[0] == CONFIGURATION
