"""The AWS CLI against the emulator, by the commands of its own manual."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, allow, document

if TYPE_CHECKING:
    from pathlib import Path

    AwsCli = Any

pytestmark = pytest.mark.peer


@pytest.fixture
def administrator(aws: AwsCli, account: Account) -> AwsCli:
    """The command line of somebody who may do anything."""
    iam = account.client("iam")
    iam.create_user(UserName="administrator")
    iam.put_user_policy(
        UserName="administrator", PolicyName="all", PolicyDocument=document(allow("*", "*"))
    )
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    yield aws.keys(key["AccessKeyId"], key["SecretAccessKey"])
    iam.delete_access_key(UserName="administrator", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="administrator", PolicyName="all")
    iam.delete_user(UserName="administrator")


def test_the_life_of_a_pool(aws: AwsCli, administrator: AwsCli, account: Account, tmp_path: Path):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="public/hello", Body=b"hello")

    made = administrator(
        "cognito-identity",
        "create-identity-pool",
        *("--identity-pool-name", "from the command line"),
        "--allow-unauthenticated-identities",
        "--allow-classic-flow",
    )
    pool = made["IdentityPoolId"]
    the_pool = ("--identity-pool-id", pool)
    assert administrator("cognito-identity", "describe-identity-pool", *the_pool) == made
    assert made["IdentityPoolName"] == "from the command line"

    public = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/public/*")
    roles = {"unauthenticated": account.role(pool, public, amr="unauthenticated")}
    administrator(
        "cognito-identity", "set-identity-pool-roles", *the_pool, "--roles", json.dumps(roles)
    )
    found = administrator("cognito-identity", "get-identity-pool-roles", *the_pool)
    assert found == {"IdentityPoolId": pool, "Roles": roles}

    # From here on, somebody without any keys.
    identity = aws("cognito-identity", "get-id", *the_pool)["IdentityId"]
    the_identity = ("--identity-id", identity)
    token = aws("cognito-identity", "get-open-id-token", *the_identity)
    assert token["IdentityId"] == identity
    assert token["Token"].count(".") == 2
    answer = aws("cognito-identity", "get-credentials-for-identity", *the_identity)
    assert answer["IdentityId"] == identity
    given = answer["Credentials"]
    guest = aws.keys(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
    copy = tmp_path / "hello"
    guest("s3", "cp", f"s3://{bucket}/public/hello", str(copy))
    assert copy.read_text() == "hello"
    refused = guest.error("s3", "cp", str(copy), f"s3://{bucket}/public/other")
    assert "An error occurred (AccessDenied) when calling the PutObject operation" in refused

    administrator("cognito-identity", "delete-identity-pool", *the_pool)
    assert administrator.error("cognito-identity", "describe-identity-pool", *the_pool) == (
        "An error occurred (ResourceNotFoundException) when calling the DescribeIdentityPool "
        f"operation: IdentityPool '{pool}' not found."
    )
    assert aws.error("cognito-identity", "get-credentials-for-identity", *the_identity).endswith(
        f"operation: Identity '{identity}' not found."
    )


def test_it_shows_the_texts_of_the_service(aws: AwsCli, account: Account):
    no_guests = account.pool(AllowUnauthenticatedIdentities=False)
    assert aws.error("cognito-identity", "get-id", "--identity-pool-id", no_guests) == (
        "An error occurred (NotAuthorizedException) when calling the GetId operation: "
        "Unauthenticated access is not supported for this identity pool."
    )
    assert aws.error("cognito-identity", "get-id", "--identity-pool-id", "us-east-2:mock") == (
        "An error occurred (ValidationException) when calling the GetId operation: 1 validation "
        "error detected: Value 'us-east-2:mock' at 'identityPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
    )
    # It has no keys: what wants a signature is refused before it is sent.
    assert "Unable to locate credentials" in aws.error(
        "cognito-identity", "describe-identity-pool", "--identity-pool-id", no_guests
    )
