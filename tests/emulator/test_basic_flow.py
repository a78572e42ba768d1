"""The basic (classic) flow: GetOpenIdToken, then AssumeRoleWithWebIdentity."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, allow, document, error_of
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

TWELVE_HOURS = 43200


@pytest.fixture
def pool(account: Account) -> str:
    return account.pool()


@pytest.fixture
def role(account: Account, pool: str) -> str:
    return account.role(
        pool, allow("s3:*", "*"), amr="unauthenticated", MaxSessionDuration=TWELVE_HOURS
    )


@pytest.fixture
def make_request(account: Account, pool: str) -> Callable[..., dict[str, Any]]:
    def make_request(role: str, **more: Any) -> dict[str, Any]:
        token = account.unsigned("cognito-identity").get_open_id_token(
            IdentityId=account.identity(pool)
        )["Token"]
        request = {"RoleArn": role, "RoleSessionName": "session-1", "WebIdentityToken": token}
        return {**request, **more}

    return make_request


def keys_of(response: dict[str, Any]) -> dict[str, str]:
    credentials = response["Credentials"]
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def test_a_session_lasts_for_the_requested_duration(
    account: Account,
    pool: str,
    role: str,
    make_request: Callable[..., dict[str, Any]],
    advance: Callable[[float], None],
):
    sts, request = account.unsigned("sts"), make_request(role, DurationSeconds=TWELVE_HOURS)
    response = sts.assume_role_with_web_identity(**request)
    remaining = response["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < remaining <= timedelta(hours=12)
    assert response["Provider"] == "cognito-identity.amazonaws.com"
    assert response["Audience"] == pool
    assert re.fullmatch(r"us-east-1:[0-9a-f-]{36}", response["SubjectFromWebIdentityToken"])
    user = response["AssumedRoleUser"]
    assert (
        user["Arn"]
        == f"{role.replace(':iam:', ':sts:').replace(':role', ':assumed-role')}/session-1"
    )
    assert user["AssumedRoleId"].endswith(":session-1")
    advance(TWELVE_HOURS - 5)
    s3 = account.client("s3", keys_of(response))
    s3.list_buckets()
    assert account.client("sts", keys_of(response)).get_caller_identity()["Arn"] == user["Arn"]
    advance(6)
    assert error_of(s3.list_buckets)[0] == "ExpiredToken"


def test_the_role_limits_the_duration(
    account: Account, pool: str, make_request: Callable[..., dict[str, Any]]
):
    role = account.role(pool, amr="unauthenticated")
    sts, request = account.unsigned("sts"), make_request(role, DurationSeconds=3601)
    assert error_of(sts.assume_role_with_web_identity, **request) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_session_policies_limit_the_role(
    account: Account, role: str, make_request: Callable[..., dict[str, Any]]
):
    bucket = account.bucket()
    sts, inline = account.unsigned("sts"), document(allow("s3:GetObject", "*"))
    arn = account.client("iam").create_policy(
        PolicyName=f"p-{bucket}", PolicyDocument=document(allow("s3:ListBucket", "*"))
    )["Policy"]["Arn"]
    request = make_request(role, Policy=inline, PolicyArns=[{"arn": arn}])
    s3 = account.client("s3", keys_of(sts.assume_role_with_web_identity(**request)))
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"")
    s3.get_object(Bucket=bucket, Key="x")
    s3.list_objects_v2(Bucket=bucket)
    assert error_of(s3.delete_object, Bucket=bucket, Key="x")[0] == "AccessDenied"


def test_the_guest_session_policy_does_not_apply_in_the_basic_flow(
    account: Account, pool: str, make_request: Callable[..., dict[str, Any]]
):
    role = account.role(pool, allow("iam:ListRoles", "*"), amr="unauthenticated")
    response = account.unsigned("sts").assume_role_with_web_identity(**make_request(role))
    assert account.client("iam", keys_of(response)).list_roles()["Roles"]


def test_a_token_is_valid_for_ten_minutes(
    account: Account,
    role: str,
    make_request: Callable[..., dict[str, Any]],
    advance: Callable[[float], None],
):
    request = make_request(role)
    advance(601)
    code, message = error_of(account.unsigned("sts").assume_role_with_web_identity, **request)
    assert code == "ExpiredTokenException"
    assert re.fullmatch(
        r"Token expired: current date/time \d+ must be before the expiration date/time \d+",
        message,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RoleArn": "arn:aws:iam::123456789012:role/unknown"}, "AccessDenied"),
        ({"RoleArn": "arn:aws:iam::999999999999:role/elsewhere"}, "AccessDenied"),
        ({"WebIdentityToken": "not.a.token"}, "InvalidIdentityToken"),
        ({"RoleSessionName": "no spaces"}, "ValidationError"),
        ({"DurationSeconds": TWELVE_HOURS + 1}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/none"}]},
            "MalformedPolicyDocument",
        ),
        ({"Policy": "x" * 2049}, "ValidationError"),
    ],
)
def test_sts_rejects_invalid_parameters(
    account: Account,
    role: str,
    make_request: Callable[..., dict[str, Any]],
    changes: dict[str, Any],
    code: str,
):
    request = make_request(role, **changes)
    actual_code, message = error_of(
        account.unsigned("sts").assume_role_with_web_identity, **request
    )
    assert actual_code == code
    assert request["WebIdentityToken"] not in message


def test_a_token_of_another_pool_is_rejected(
    account: Account, make_request: Callable[..., dict[str, Any]]
):
    other_role = account.role(account.pool(), amr="unauthenticated")
    sts = account.unsigned("sts")
    assert error_of(sts.assume_role_with_web_identity, **make_request(other_role)) == (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )


def test_a_forged_token_is_rejected(
    account: Account, role: str, make_request: Callable[..., dict[str, Any]]
):
    request = make_request(role)
    head, _, signature = request["WebIdentityToken"].rpartition(".")
    forged = {**request, "WebIdentityToken": f"{head}.{signature[::-1]}"}
    code, _ = error_of(account.unsigned("sts").assume_role_with_web_identity, **forged)
    assert code == "InvalidIdentityToken"


def test_session_tags_need_permission_and_reach_the_policies(account: Account):
    bucket = account.bucket()
    pool = account.pool(DeveloperProviderName="login.example.app")
    statement = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/Team}}/*")
    plain = account.role(pool, statement)
    tagging = account.role(
        pool, statement, actions=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    )
    sts, pools = account.unsigned("sts"), account.client("cognito-identity")
    token = pools.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool, Logins={"login.example.app": "ada"}, PrincipalTags={"Team": "red"}
    )["Token"]
    request = {"RoleSessionName": "s1", "WebIdentityToken": token}
    assert error_of(sts.assume_role_with_web_identity, RoleArn=plain, **request)[0] == (
        "AccessDenied"
    )
    response = sts.assume_role_with_web_identity(RoleArn=tagging, **request)
    s3 = account.client("s3", keys_of(response))
    s3.put_object(Bucket=bucket, Key="red/x", Body=b"")
    assert error_of(s3.put_object, Bucket=bucket, Key="reddish/x", Body=b"")[0] == "AccessDenied"


def test_assume_role_evaluates_the_trust_policy(account: Account, emulator: Emulator):
    pool = account.pool()
    trusting_role = account.role(
        pool,
        allow("s3:ListAllMyBuckets", "*"),
        trust={
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
        },
    )
    sts = account.client("sts")
    response = sts.assume_role(
        RoleArn=trusting_role, RoleSessionName="s1", Policy=document(allow("s3:GetObject", "*"))
    )
    assert error_of(account.client("s3", keys_of(response)).list_buckets)[0] == "AccessDenied"
    response = sts.assume_role(RoleArn=trusting_role, RoleSessionName="s1")
    account.client("s3", keys_of(response)).list_buckets()
    other_role = account.role(pool, amr="unauthenticated")
    assert error_of(sts.assume_role, RoleArn=other_role, RoleSessionName="s1")[0] == "AccessDenied"
    assert emulator.calls[-1].operation == "AssumeRole"


def test_role_chaining_is_limited_to_one_hour(account: Account):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "sts:AssumeRole",
    }
    statement = allow("sts:AssumeRole", "*")
    role = account.role(account.pool(), statement, trust=trust, MaxSessionDuration=7200)
    parameters = {"RoleArn": role, "RoleSessionName": "s1", "DurationSeconds": 7200}
    first = account.client("sts").assume_role(**parameters)
    chained = account.client("sts", keys_of(first))
    code, message = error_of(chained.assume_role, **parameters)
    assert code == "ValidationError"
    assert "1 hour session limit for roles assumed by role chaining" in message
    chained.assume_role(**{**parameters, "DurationSeconds": 3600})


def test_saml_assertions_are_rejected(account: Account, role: str):
    code, message = error_of(
        account.unsigned("sts").assume_role_with_saml,
        RoleArn=role,
        PrincipalArn="arn:aws:iam::123456789012:saml-provider/x",
        SAMLAssertion="abcd",
    )
    assert (code, "SAML" in message) == ("InvalidIdentityToken", True)


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ({}, "Missing a required claim: iss"),
        ({"iss": "accounts"}, "Issuer must be a valid URL"),
        (
            {"iss": "https://login.example.com/a"},
            "No OpenIDConnect provider found in your account for https://login.example.com/a",
        ),
    ],
)
def test_the_issuer_of_a_token_is_checked(
    account: Account,
    role: str,
    make_request: Callable[..., dict[str, Any]],
    claims: dict[str, str],
    text: str,
):
    token = jwt.encode({"alg": "RS256"}, {"sub": "ann", **claims}, RSAKey.generate_key(2048))
    request = make_request(role, WebIdentityToken=token)
    error = error_of(account.unsigned("sts").assume_role_with_web_identity, **request)
    assert error == ("InvalidIdentityToken", text)


def test_the_packed_size_of_tags_and_policies_is_returned(
    account: Account, make_request: Callable[..., dict[str, Any]]
):
    pool = account.pool(DeveloperProviderName="game")
    role = account.role(pool, actions=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])
    assume, request = account.unsigned("sts").assume_role_with_web_identity, make_request(role)
    for tags, policy, size in (
        ({}, {}, None),
        ({}, {"Policy": document(allow("s3:*", "*"))}, 0),
        ({"team": "blue" * 10}, {}, 10),
    ):
        token = account.client("cognito-identity").get_open_id_token_for_developer_identity(
            IdentityPoolId=pool, Logins={"game": "ann"}, PrincipalTags=tags
        )["Token"]
        response = assume(**{**request, **policy, "WebIdentityToken": token})
        assert response.get("PackedPolicySize") == size
