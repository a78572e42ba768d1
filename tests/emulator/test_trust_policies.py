"""Trust policies determine which tokens and sessions can assume a role."""

from __future__ import annotations

from typing import Any

import pytest
from emulated_account import Account, UserPool, allow, error_of

OWN = "cognito-identity.amazonaws.com"
ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
CONFIGURATION = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
)
FUTURE, PAST = "2100-01-01T00:00:00Z", "2000-01-01T00:00:00Z"


def trust(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Federated": OWN}, "Action": ACTIONS}
    return {**statement, **changes}


def conditions(operator: str, **values: Any) -> dict[str, Any]:
    keys = {
        "aud": f"{OWN}:aud",
        "amr": f"{OWN}:amr",
        "sub": f"{OWN}:sub",
        "time": "aws:CurrentTime",
    }
    return {operator: {keys.get(name, name): value for name, value in values.items()}}


@pytest.mark.parametrize(
    ("statement", "is_trusted"),
    [
        (trust(), True),
        (trust(Action="sts:AssumeRoleWithWebIdentity"), True),
        (trust(Action="sts:*"), True),
        (trust(Action="sts:AssumeRole"), False),
        (trust(Principal={"Federated": "accounts.google.com"}), False),
        (trust(Principal={"Federated": [OWN, "accounts.google.com"]}), True),
        (trust(Condition=conditions("StringEquals", aud="POOL")), True),
        (trust(Condition=conditions("StringEquals", aud="us-east-1:another")), False),
        (trust(Condition=conditions("StringEquals", aud=["us-east-1:another", "POOL"])), True),
        (trust(Condition=conditions("StringEquals", sub="IDENTITY")), True),
        (trust(Condition=conditions("StringEquals", sub="us-east-1:another")), False),
        (trust(Condition=conditions("StringNotEquals", sub="IDENTITY")), False),
        (trust(Condition=conditions("ForAnyValue:StringLike", amr="authenticated")), True),
        (trust(Condition=conditions("ForAnyValue:StringLike", amr="unauthenticated")), False),
        (trust(Condition=conditions("ForAnyValue:StringLike", amr="cognito-idp.*")), True),
        (trust(Condition=conditions("ForAnyValue:StringLike", amr="*:CognitoSignIn:*")), True),
        (trust(Condition=conditions("ForAnyValue:StringEquals", amr="PROVIDER")), True),
        (trust(Condition=conditions("ForAnyValue:StringEquals", amr="graph.facebook.com")), False),
        (trust(Condition=conditions("DateLessThan", time=FUTURE)), True),
        (trust(Condition=conditions("DateLessThan", time=PAST)), False),
        (trust(Effect="Deny"), False),
    ],
)
def test_the_conditions_of_a_trust_policy(
    account: Account,
    user_pool: UserPool,
    user: str,
    pool: str,
    statement: dict[str, Any],
    is_trusted: bool,
):
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        names = {"POOL": pool, "IDENTITY": identity, "PROVIDER": user_pool.provider}
        return names.get(value, value)

    role = account.role(pool, trust=fill(statement))
    account.set_roles(pool, authenticated=role)
    pools = account.unsigned("cognito-identity")
    token = pools.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
    basic = {"RoleArn": role, "RoleSessionName": "basic", "WebIdentityToken": token}
    assume = account.unsigned("sts").assume_role_with_web_identity
    if is_trusted:
        account.credentials(identity, logins)
        assume(**basic)
        return
    call = pools.get_credentials_for_identity
    assert error_of(call, IdentityId=identity, Logins=logins) == CONFIGURATION
    denied = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    assert error_of(assume, **basic) == denied


def test_a_role_that_was_deleted(account: Account, user_pool: UserPool, user: str, pool: str):
    role = account.role(pool)
    account.set_roles(pool, authenticated=role)
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    account.client("iam").delete_role(RoleName=role.rpartition("/")[2])
    call = account.unsigned("cognito-identity").get_credentials_for_identity
    assert error_of(call, IdentityId=identity, Logins=logins) == CONFIGURATION


def test_a_trust_policy_sees_the_session_of_the_caller(account: Account):
    pool = account.pool(DeveloperProviderName="game", AllowClassicFlow=True)
    first = account.role(pool, allow("sts:AssumeRole", "*"), actions=ACTIONS)
    account.set_roles(pool, authenticated=first)

    def assume(role: str, **tags: str) -> dict[str, str]:
        given = account.client("cognito-identity").get_open_id_token_for_developer_identity(
            IdentityPoolId=pool, Logins={"game": "ann"}, PrincipalTags=tags
        )
        keys = account.credentials(given["IdentityId"], {OWN: given["Token"]})
        chained = account.client("sts", keys).assume_role(RoleArn=role, RoleSessionName="chained")
        credentials = chained["Credentials"]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }

    def trusts(**expected: str) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Principal": {"AWS": first},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": expected},
        }

    list_buckets = allow("s3:ListAllMyBuckets", "*")
    of_team = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}
    team = account.role(pool, list_buckets, trust=trusts(**{"aws:PrincipalTag/team": "blue"}))
    account.client("s3", assume(team, team="blue")).list_buckets()
    assert error_of(assume, role=team, team="red")[0] == "AccessDenied"
    assert error_of(assume, role=team, other="blue")[0] == "AccessDenied"
    # The session of the second role does not inherit the tags of the first.
    tagged = account.role(
        pool,
        allow("s3:ListAllMyBuckets", "*", **of_team),
        trust=trusts(**{f"{OWN}:aud": pool, "aws:PrincipalArn": first}),
    )
    s3 = account.client("s3", assume(tagged, team="blue"))
    assert error_of(s3.list_buckets)[0] == "AccessDenied"
