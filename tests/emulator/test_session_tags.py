"""Role sessions of the emulated STS: role ARNs, session tags, and the last use of a role."""

from __future__ import annotations

from typing import Any

import pytest
from emulated_account import Account, allow, error_of

TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["sts:AssumeRole", "sts:TagSession"],
}


@pytest.fixture(scope="module")
def role(account: Account) -> str:
    return account.role(
        account.pool(),
        allow("s3:ListAllMyBuckets", "*", Condition={"StringEquals": {"aws:PrincipalTag/a": "1"}}),
        allow("sts:*", "*"),
        trust=TRUST,
    )


def assume(account: Account, role: str, keys: Any = None, **tags: Any) -> Any:
    """Assume a role with tags, by default with the administrator's keys."""
    sts = account.client("sts", keys)
    arguments: dict[str, Any] = {"RoleArn": role, "RoleSessionName": "name"}
    if "transitive" in tags:
        arguments["TransitiveTagKeys"] = tags.pop("transitive")
    pairs = tags.pop("pairs", list(tags.items()))
    if pairs:
        arguments["Tags"] = [{"Key": key, "Value": value} for key, value in pairs]
    given = sts.assume_role(**arguments)["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@pytest.mark.parametrize(
    "arn",
    [
        "not the ARN of a role",
        "arn:aws:iam::123456789012:user/name",
        "arn:aws:iam::1234:role/name-of-role",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:s3:::bucket/with/a/long/key",
        "123456789012:role/name-of-role",
    ],
)
def test_what_is_not_the_arn_of_a_role(account: Account, arn: str):
    expected = ("ValidationError", f"{arn} is invalid")
    sts = account.client("sts")
    assert error_of(sts.assume_role, RoleArn=arn, RoleSessionName="name") == expected
    call = account.unsigned("sts").assume_role_with_web_identity
    assert error_of(call, RoleArn=arn, RoleSessionName="name", WebIdentityToken="token") == expected


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"pairs": [("a", "1"), ("A", "2")]}, "Duplicate tag keys"),
        ({"pairs": [("a", "1"), ("a", "1")]}, "Duplicate tag keys"),
        ({"a": "1", "transitive": ["b"]}, "must be included in the requested tags"),
        ({"transitive": ["a"]}, "must be included in the requested tags"),
    ],
)
def test_tags_that_contradict_each_other(
    account: Account, role: str, tags: dict[str, Any], message: str
):
    code, text = error_of(assume, account=account, role=role, **tags)
    assert (code, message in text) == ("InvalidParameterValue", True)


def test_transitive_tags_are_inherited(account: Account, role: str):
    first = assume(account, role, a="1", b="2", transitive=["A"])
    second = assume(account, role, first)
    third = assume(account, role, second, b="3")
    for keys in (first, second, third):
        account.client("s3", keys).list_buckets()
    code, text = error_of(assume, account=account, role=role, keys=second, a="2")
    assert (code, "conflicts with a transitive tag key" in text) == ("InvalidParameterValue", True)
    plain = assume(account, role, a="1")
    chained = assume(account, role, plain)
    assert error_of(account.client("s3", chained).list_buckets)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("a*b", "x", "tags.1.member.key"),
        ("a", "b*c", "tags.1.member.value"),
        ("a", "b\n", "tags.1.member.value"),
        ("a" * 129, "x", "tags.1.member.key"),
        ("a", "x" * 257, "tags.1.member.value"),
        ("a", "\N{GRINNING FACE}", "tags.1.member.value"),
    ],
)
def test_tags_that_violate_a_constraint(
    account: Account, role: str, key: str, value: str, path: str
):
    pairs = [(key, value)]
    code, text = error_of(assume, account=account, role=role, pairs=pairs)
    assert code == "ValidationError"
    assert path in text


def test_allowed_tags(account: Account, role: str):
    assume(account, role, **{"Ä ß_.:/=+-@9": "ü :/=+-@_.", "empty": ""})
    assume(account, role, pairs=[("k" * 128, "v" * 256)])


def test_the_packed_size_is_limited(account: Account, role: str):
    pairs = [(f"key{number}", "v" * 250) for number in range(12)]
    code, text = error_of(assume, account=account, role=role, pairs=pairs)
    assert code == "PackedPolicyTooLarge"
    assert "of allotted space" in text
    pairs = [(f"key{number}", "") for number in range(51)]
    assert error_of(assume, account=account, role=role, pairs=pairs)[0] == "ValidationError"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"a": "1"}, None),
        ({"a": "b*c"}, "InvalidIdentityToken"),
        ({"a*": "b"}, "InvalidIdentityToken"),
        ({f"k{number}": "v" * 250 for number in range(12)}, "PackedPolicyTooLarge"),
    ],
)
def test_tags_in_a_token_have_the_same_limits(
    account: Account, tags: dict[str, str], code: str | None
):
    pool = account.pool(DeveloperProviderName="game", AllowClassicFlow=True)
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    role = account.role(pool, actions=actions)
    account.set_roles(pool, authenticated=role)
    given = account.client("cognito-identity").get_open_id_token_for_developer_identity(
        IdentityPoolId=pool, Logins={"game": "ann"}, PrincipalTags=tags
    )
    token = given["Token"]
    sts = account.unsigned("sts")
    arguments = {"RoleArn": role, "RoleSessionName": "name", "WebIdentityToken": token}
    get = account.unsigned("cognito-identity").get_credentials_for_identity
    logins = {"cognito-identity.amazonaws.com": token}
    if code is None:
        sts.assume_role_with_web_identity(**arguments)
        get(IdentityId=given["IdentityId"], Logins=logins)
        return
    assert error_of(sts.assume_role_with_web_identity, **arguments)[0] == code
    error = error_of(get, IdentityId=given["IdentityId"], Logins=logins)
    assert error[0] == "InvalidIdentityPoolConfigurationException"


def test_the_last_use_of_a_role_is_recorded(account: Account):
    iam, pool = account.client("iam"), account.pool()
    role = account.role(pool, allow("s3:ListAllMyBuckets", "*"), amr="unauthenticated")
    account.set_roles(pool, unauthenticated=role)
    keys = account.credentials(account.identity(pool))
    name = role.rpartition("/")[2]
    assert "LastUsedDate" not in iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
    account.client("s3", keys).list_buckets()
    assert "LastUsedDate" in iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
