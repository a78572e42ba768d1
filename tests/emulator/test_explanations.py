"""The explanations of rejected requests in `Emulator.calls`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from emulated_account import Account, UserPool, allow, document, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Sid": "NoStorage"}
OWN_FOLDER = "arn:aws:s3:::game/${cognito-identity.amazonaws.com:sub}/*"


@pytest.fixture
def explain(emulator: Emulator) -> Callable[..., str]:
    """A function that makes a call that must fail, and returns the explanation of the rejection."""

    def explain(call: Any, /, **arguments: Any) -> str:
        with pytest.raises(ClientError):
            call(**arguments)
        last = emulator.calls[-1]
        assert last.error_code is not None
        assert all(sentence.endswith((".", "}")) for sentence in last.explanation)
        return "\n".join(last.explanation)

    return explain


def read_age(text: str) -> int:
    """Return for how many seconds a token or session had been expired at the time of the request."""
    (age,) = re.findall(r"(\d+) seconds before the request", text)
    return int(age)


def test_a_successful_call_has_no_explanation(emulator: Emulator, account: Account):
    _, keys = account.guest(allow("s3:ListAllMyBuckets", "*"))
    account.client("s3", keys).list_buckets()
    assert {call.explanation for call in emulator.calls[-2:]} == {()}


def test_a_missing_statement_is_explained(account: Account, explain: Callable[..., str]):
    _, keys = account.guest(allow("s3:GetObject", "*"))
    text = explain(account.client("s3", keys).list_buckets)
    assert "assumed-role" in text
    assert "s3:ListAllMyBuckets on '*'" in text
    assert "no statement that allows the action s3:ListAllMyBuckets" in text


def test_a_denying_statement_is_shown(account: Account, explain: Callable[..., str]):
    _, keys = account.guest(allow("s3:*", "*"), DENY)
    text = explain(account.client("s3", keys).list_buckets)
    assert "Statement 2 ('NoStorage') of the inline policy" in text
    assert json.dumps(DENY) in text
    assert "no statement" not in text


def test_the_resource_of_a_statement_is_compared(account: Account, explain: Callable[..., str]):
    identity, keys = account.guest(allow("s3:PutObject", OWN_FOLDER))
    text = explain(account.client("s3", keys).put_object, Bucket="game", Key="other/x", Body=b"")
    assert "'arn:aws:s3:::game/other/x'" in text
    assert f"'{OWN_FOLDER}'" in text
    assert f"'arn:aws:s3:::game/{identity}/*'" in text


def test_the_condition_of_a_statement_is_compared(account: Account, explain: Callable[..., str]):
    key = "aws:RequestedRegion"
    condition = {"StringEquals": {key: "eu-west-1"}}
    _, keys = account.guest(allow("dynamodb:ListTables", "*", Condition=condition))
    text = explain(account.client("dynamodb", keys).list_tables)
    assert f"the condition 'StringEquals' of the key '{key}' expects 'eu-west-1'" in text
    assert "has 'us-east-1'" in text


def test_the_session_policy_of_guests_is_named(account: Account, explain: Callable[..., str]):
    _, keys = account.guest(allow("*", "*"))
    text = explain(account.client("iam", keys).list_roles)
    assert "session policy that Amazon Cognito applies to guests" in text
    assert "inline policy" not in text


def test_a_bucket_policy_is_explained(account: Account, explain: Callable[..., str]):
    bucket = account.bucket()
    arn = f"arn:aws:s3:::{bucket}/*"
    statement = {**DENY, "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(statement))
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"")
    _, keys = account.guest(allow("s3:*", "*"))
    text = explain(account.client("s3", keys).get_object, Bucket=bucket, Key="x")
    assert f"Statement 1 ('NoStorage') of the bucket policy of '{bucket}' denies" in text
    text = explain(account.unsigned("s3").put_object, Bucket=bucket, Key="x", Body=b"")
    assert text.startswith("An unsigned request needs permission for the action s3:PutObject")
    assert "ACL" not in text
    other = account.bucket()
    assert "ACL" in explain(account.unsigned("s3").get_object, Bucket=other, Key="x")


def test_a_trust_policy_is_explained(account: Account, explain: Callable[..., str]):
    pool, other = account.pool(), account.pool()
    account.set_roles(pool, unauthenticated=account.role(other, amr="unauthenticated"))
    identity = account.identity(pool)
    text = explain(
        account.unsigned("cognito-identity").get_credentials_for_identity, IdentityId=identity
    )
    assert "trust policy of the role" in text
    assert "cognito-identity.amazonaws.com:aud" in text
    assert f"expects '{other}', and the request has '{pool}'" in text


def test_a_missing_role_is_explained(account: Account, explain: Callable[..., str]):
    pool = account.pool()
    get_credentials = account.unsigned("cognito-identity").get_credentials_for_identity
    assert "no role for unauthenticated" in explain(
        get_credentials, IdentityId=account.identity(pool)
    )
    arn = "arn:aws:iam::123456789012:role/missing"
    account.set_roles(pool, unauthenticated=arn)
    text = explain(get_credentials, IdentityId=account.identity(pool))
    assert f"no role with the ARN '{arn}'" in text


def test_a_login_token_for_another_client_is_explained(
    account: Account, user: str, user_pool: UserPool, explain: Callable[..., str]
):
    provider = {"ProviderName": user_pool.provider, "ClientId": "another"}
    pool = account.pool(CognitoIdentityProviders=[provider])
    logins = user_pool.logins(user)
    get_id = account.unsigned("cognito-identity").get_id
    text = explain(get_id, IdentityPoolId=pool, Logins=logins)
    assert f"for the client '{user_pool.client_id}'" in text
    assert "accepts 'another'" in text
    assert next(iter(logins.values())) not in text


def test_a_login_token_of_another_provider_is_explained(
    account: Account, pool: str, user: str, user_pool: UserPool, explain: Callable[..., str]
):
    (token,) = user_pool.logins(user).values()
    get_id = account.unsigned("cognito-identity").get_id
    text = explain(get_id, IdentityPoolId=pool, Logins={"accounts.google.com": token})
    assert f"'https://{user_pool.provider}' (iss)" in text
    assert "'accounts.google.com'" in text
    other = account.pool(SupportedLoginProviders={"accounts.google.com": "app"})
    text = explain(get_id, IdentityPoolId=other, Logins={user_pool.provider: token})
    assert "the identity pool has 'accounts.google.com'" in text


def test_an_expired_login_token_is_explained(
    account: Account,
    pool: str,
    user: str,
    user_pool: UserPool,
    advance: Callable[[float], None],
    explain: Callable[..., str],
):
    logins = user_pool.logins(user)
    advance(7200)
    get_id = account.unsigned("cognito-identity").get_id
    text = explain(get_id, IdentityPoolId=pool, Logins=logins)
    assert "(exp)" in text
    assert read_age(text) == pytest.approx(3600, abs=30)


def test_an_expired_open_id_token_is_explained(
    account: Account, pool: str, advance: Callable[[float], None], explain: Callable[..., str]
):
    token = account.unsigned("cognito-identity").get_open_id_token(
        IdentityId=account.identity(pool)
    )["Token"]
    advance(700)
    text = explain(
        account.unsigned("sts").assume_role_with_web_identity,
        RoleArn=account.role(pool),
        RoleSessionName="session",
        WebIdentityToken=token,
    )
    assert read_age(text) == pytest.approx(100, abs=30)
    text = explain(
        account.unsigned("sts").assume_role_with_web_identity,
        RoleArn=account.role(pool),
        RoleSessionName="session",
        WebIdentityToken=f"{token[:-40]}{'A' * 40}",
    )
    assert "The signature does not match the key" in text


def test_a_changed_login_token_is_explained(
    account: Account, pool: str, user: str, user_pool: UserPool, explain: Callable[..., str]
):
    ((provider, token),) = user_pool.logins(user).items()
    changed = token[:-40] + ("A" * 40)
    get_id = account.unsigned("cognito-identity").get_id
    text = explain(get_id, IdentityPoolId=pool, Logins={provider: changed})
    assert "The signature does not match the key" in text
    assert "AAAA" not in text


def test_rejected_signatures_are_explained(
    account: Account, advance: Callable[[float], None], explain: Callable[..., str]
):
    _, keys = account.guest(allow("*", "*"))
    secret = keys["aws_secret_access_key"]
    text = explain(account.client("s3", {**keys, "aws_secret_access_key": "x"}).list_buckets)
    assert f"not made with the secret of '{keys['aws_access_key_id']}'" in text
    text = explain(account.client("s3", {**keys, "aws_session_token": "x"}).list_buckets)
    assert "does not match" in text
    text = explain(account.client("s3", {**keys, "aws_access_key_id": "AKIANONE"}).list_buckets)
    assert "no session with the access key 'AKIANONE'" in text
    advance(3700)
    text = explain(account.client("s3", keys).list_buckets)
    assert read_age(text) == pytest.approx(100, abs=30)
    assert secret not in text


def test_an_exceeded_quota_is_explained(
    emulator: Emulator, account: Account, explain: Callable[..., str]
):
    pool = account.pool()
    emulator.enforce_quotas({"GetId": 0.001})
    try:
        account.identity(pool)
        text = explain(account.client("cognito-identity").get_id, IdentityPoolId=pool)
    finally:
        emulator.enforce_quotas({})
    assert text == "The quota of GetId in us-east-1 is 0.001 requests per second."


def test_a_hostile_value_is_shortened_and_printable(account: Account, explain: Callable[..., str]):
    _, keys = account.guest(allow("s3:GetObject", "arn:aws:s3:::game/x"))
    key = "\x1b[31m" + "a" * 900
    text = explain(account.client("s3", keys).get_object, Bucket="game", Key=key)
    assert "\x1b" not in text
    assert len(text) < 2000
    assert error_of(account.client("s3", keys).list_buckets)[0] == "AccessDenied"
