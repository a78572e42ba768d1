"""Malformed policies are rejected when they are set; if already stored, they deny all requests."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from emulated_account import Account, allow, document, error_of

TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole",
}


def policy(statement: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement, **more})


def malformed(statement: dict[str, Any]) -> list[str]:
    return [
        "",
        "not JSON",
        "[]",
        '"text"',
        "1",
        "{}",
        policy("x"),
        policy([]),
        policy(["x"]),
        policy(statement, Extra=1),
        policy(statement, Version="2020-01-01"),
        policy({**statement, "Condition": "x"}),
        policy({**statement, "Condition": ["x"]}),
        policy({**statement, "Condition": {"StringEquals": "x"}}),
        policy({**statement, "Condition": {"StringEquals": {"aws:userid": {"a": "b"}}}}),
        policy({**statement, "Effect": "Maybe"}),
        policy({**statement, "Action": 5}),
        policy({**statement, "Action": []}),
        policy({**statement, "NotAction": "s3:*"}),
        policy({**statement, "Unknown": "x"}),
        policy({name: value for name, value in statement.items() if name != "Action"}),
        "[" * 100_000,
    ]


@pytest.mark.parametrize("text", [*malformed(TRUST), policy({**TRUST, "Principal": "x"})])
def test_trust_policies(account: Account, text: str):
    iam, name = account.client("iam"), f"role-{secrets.token_hex(4)}"
    if not text:
        return  # boto3 itself rejects an empty string.
    before = len(account.emulator.calls)
    code, _ = error_of(iam.create_role, RoleName=name, AssumeRolePolicyDocument=text)
    assert code == "MalformedPolicyDocument"
    assert len(account.emulator.calls) == before + 1
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))
    code, _ = error_of(iam.update_assume_role_policy, RoleName=name, PolicyDocument=text)
    assert code == "MalformedPolicyDocument"


@pytest.mark.parametrize("text", malformed(allow("s3:*", "*")))
def test_identity_policies(account: Account, text: str):
    iam, name = account.client("iam"), f"user-{secrets.token_hex(4)}"
    if not text:
        return
    iam.create_user(UserName=name)
    for call, arguments in (
        (iam.put_user_policy, {"UserName": name, "PolicyName": "p"}),
        (iam.create_policy, {"PolicyName": name}),
    ):
        assert error_of(call, PolicyDocument=text, **arguments)[0] == "MalformedPolicyDocument"


@pytest.mark.parametrize("text", malformed(allow("s3:*", "arn:aws:s3:::x/*", Principal="*")))
def test_bucket_policies(account: Account, text: str):
    bucket, s3 = account.bucket(), account.client("s3")
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=text)[0] == "MalformedPolicy"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_policies_need_the_elements_of_their_kind(account: Account):
    iam, bucket = account.client("iam"), account.bucket()
    name = f"role-{secrets.token_hex(4)}"
    for statement in (
        {**TRUST, "Resource": "*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole"},
    ):
        code, _ = error_of(
            iam.create_role, RoleName=name, AssumeRolePolicyDocument=policy(statement)
        )
        assert code == "MalformedPolicyDocument"
    s3 = account.client("s3")
    for statement in (
        allow("s3:*", f"arn:aws:s3:::{bucket}/*"),
        {"Effect": "Allow", "Action": "s3:*", "Principal": "*"},
    ):
        code, _ = error_of(s3.put_bucket_policy, Bucket=bucket, Policy=policy(statement))
        assert code == "MalformedPolicy"


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"Statement": "x"}', '{"Statement": [1]}'])
def test_a_malformed_policy_that_is_stored_denies(account: Account, text: str):
    from moto.iam.models import iam_backends
    from moto.s3.models import s3_backends

    account_id, s3 = account.emulator.account_id, account.client("s3")
    bucket = account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    role = account.role(account.pool(), trust=TRUST)
    _, keys = account.guest(allow("s3:*", "*"))
    guest = account.client("s3", keys)
    s3_backends[account_id]["aws"].buckets[bucket].policy = text.encode()
    assert error_of(guest.get_object, Bucket=bucket, Key="x")[0] == "AccessDenied"
    s3.put_bucket_policy(Bucket=bucket, Policy=document(allow("s3:*", "*", Principal="*")))
    assert guest.get_object(Bucket=bucket, Key="x")
    stored = iam_backends[account_id]["aws"].roles
    found = next(each for each in stored.values() if each.arn == role)
    found.assume_role_policy_document = text
    sts = account.client("sts")
    assert error_of(sts.assume_role, RoleArn=role, RoleSessionName="xx")[0] == "AccessDenied"
