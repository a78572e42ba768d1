"""Errors for requests that policies do not allow, in AWS's wording."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated_account import Account, allow, document, error_of

LAST_WORDS = "Consult the service documentation for details."


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def make_user(account: Account, *statements: dict[str, Any], **options: Any) -> tuple[str, Any]:
    """Create an IAM user, and return its ARN and access key."""
    iam, name = account.client("iam"), f"user-{secrets.token_hex(4)}"
    arn = iam.create_user(UserName=name, **options)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }


def status_of(call: Any, **arguments: Any) -> tuple[int, str, str]:
    with pytest.raises(Exception, match=r".") as caught:
        call(**arguments)
    response = caught.value.response  # type: ignore[attr-defined]
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def test_a_wrong_secret(account: Account):
    _, keys = make_user(account, allow("*", "*"))
    wrong = {**keys, "aws_secret_access_key": "wrong"}
    calls = {
        "sts": ("get_caller_identity", 403, "SignatureDoesNotMatch"),
        "sns": ("list_topics", 403, "SignatureDoesNotMatch"),
        "dynamodb": ("list_tables", 400, "InvalidSignatureException"),
        "lambda": ("list_functions", 403, "InvalidSignatureException"),
    }
    for service, (operation, status, code) in calls.items():
        error = status_of(getattr(account.client(service, wrong), operation))
        assert error[:2] == (status, code)
        assert error[2].endswith(LAST_WORDS)
    assert status_of(account.client("ec2", wrong).describe_instances) == (
        401,
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
    )
    error = status_of(account.client("s3", wrong).list_buckets)
    assert error[:2] == (403, "SignatureDoesNotMatch")
    assert error[2].endswith("Check your key and signing method.")


def test_a_role_that_does_not_trust_the_caller(account: Account):
    arn, keys = make_user(account, allow("*", "*"))
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = account.role(account.pool(), trust={**trust, "Principal": {"AWS": "999999999999"}})
    sts = account.client("sts", keys)
    for each in (role, role + "-missing"):
        assert status_of(sts.assume_role, RoleArn=each, RoleSessionName="name") == (
            403,
            "AccessDenied",
            f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {each}",
        )


def test_the_kind_of_the_policy_that_denies(account: Account):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"")
    resource = f"arn:aws:s3:::{bucket}/x"
    start = "is not authorized to perform: s3:GetObject on resource: "

    def message(keys: Any) -> str:
        code, text = error_of(account.client("s3", keys).get_object, Bucket=bucket, Key="x")
        assert code == "AccessDenied"
        return text

    arn, keys = make_user(account, allow("s3:ListBucket", "*"))
    reason = "because no identity-based policy allows the s3:GetObject action"
    assert message(keys) == f'User: {arn} {start}"{resource}" {reason}'
    _, keys = make_user(account, allow("*", "*"), deny("s3:GetObject", "*"))
    assert message(keys).endswith("with an explicit deny in an identity-based policy")
    _, keys = account.guest(deny("s3:GetObject", "*"))
    assert message(keys).endswith("with an explicit deny in an identity-based policy")
    _, keys = make_user(account, allow("*", "*"))
    statement = deny("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal="*")
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(statement))
    assert message(keys).endswith("with an explicit deny in a resource-based policy")


def test_session_policies_and_boundaries_are_named(account: Account):
    iam, pool, bucket = account.client("iam"), account.pool(), account.bucket()
    boundary = iam.create_policy(
        PolicyName=f"boundary-{secrets.token_hex(4)}",
        PolicyDocument=document(allow("s3:ListBucket", "*"), deny("s3:PutObject", "*")),
    )["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    roles = [
        account.role(pool, allow("s3:*", "*"), trust=trust, PermissionsBoundary=boundary),
        account.role(pool, allow("s3:*", "*"), trust=trust),
    ]
    policy = document(allow("s3:ListBucket", "*"), deny("s3:PutObject", "*"))
    _, keys = make_user(account, allow("sts:*", "*"))
    for role, options, kind in (
        (roles[0], {}, "permissions boundary"),
        (roles[1], {"Policy": policy}, "session policy"),
    ):
        given = account.client("sts", keys).assume_role(
            RoleArn=role, RoleSessionName="name", **options
        )["Credentials"]
        session = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        s3 = account.client("s3", session)
        assert error_of(s3.get_object, Bucket=bucket, Key="x")[1].endswith(
            f"because no {kind} allows the s3:GetObject action"
        )
        assert error_of(s3.put_object, Bucket=bucket, Key="x", Body=b"")[1].endswith(
            f"with an explicit deny in a {kind}"
        )


def test_resources_of_other_services_are_not_quoted(account: Account):
    _, keys = make_user(account, allow("s3:*", "*"))
    _, text = error_of(account.client("dynamodb", keys).describe_table, TableName="table")
    assert (
        "dynamodb:DescribeTable on resource: arn:aws:dynamodb:us-east-1:123456789012:table/table"
        " because no identity-based policy allows the dynamodb:DescribeTable action"
    ) in text
    _, text = error_of(account.client("ec2", keys).describe_instances)
    assert text.startswith("You are not authorized to perform this operation. User: arn:")


def test_a_deny_for_all_users_applies_to_the_administrator(account: Account):
    bucket, s3 = account.bucket(), account.client("s3")
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = document(deny("s3:*", everything, Principal="*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    for call, arguments in (
        (s3.get_object, {"Key": "x"}),
        (s3.put_object, {"Key": "y", "Body": b""}),
        (s3.list_objects_v2, {}),
        (s3.delete_bucket, {}),
        (s3.get_bucket_acl, {}),
    ):
        code, text = error_of(call, Bucket=bucket, **arguments)
        assert code == "AccessDenied"
        assert text.startswith("User: arn:aws:iam::123456789012:root is not authorized")
        assert text.endswith("with an explicit deny in a resource-based policy")
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"x"
    but_root = {"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:root"}}
    policy = document(deny("s3:*", everything, Principal="*", Condition=but_root))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_object(Bucket=bucket, Key="x")
    _, keys = make_user(account, allow("*", "*"))
    user = account.client("s3", keys)
    assert error_of(user.get_object, Bucket=bucket, Key="x")[0] == "AccessDenied"
    assert error_of(user.delete_bucket_policy, Bucket=bucket)[0] == "AccessDenied"
