"""The AWS CLI's commands for identity pools, run with the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, allow

if TYPE_CHECKING:
    from pathlib import Path

    AwsCli = Any

pytestmark = pytest.mark.peer


def test_a_pool_can_be_created_used_and_deleted(
    aws: AwsCli, administrator: AwsCli, account: Account, tmp_path: Path
):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="public/hello", Body=b"hello")

    created = administrator(
        "cognito-identity",
        "create-identity-pool",
        *("--identity-pool-name", "from the command line"),
        "--allow-unauthenticated-identities",
        "--allow-classic-flow",
    )
    pool = created["IdentityPoolId"]
    pool_option = ("--identity-pool-id", pool)
    assert administrator("cognito-identity", "describe-identity-pool", *pool_option) == created
    assert created["IdentityPoolName"] == "from the command line"

    public = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/public/*")
    roles = {"unauthenticated": account.role(pool, public, amr="unauthenticated")}
    administrator(
        "cognito-identity", "set-identity-pool-roles", *pool_option, "--roles", json.dumps(roles)
    )
    found = administrator("cognito-identity", "get-identity-pool-roles", *pool_option)
    assert found == {"IdentityPoolId": pool, "Roles": roles}

    # Guests call these operations without access keys.
    identity = aws("cognito-identity", "get-id", *pool_option)["IdentityId"]
    identity_option = ("--identity-id", identity)
    token = aws("cognito-identity", "get-open-id-token", *identity_option)
    assert token["IdentityId"] == identity
    assert token["Token"].count(".") == 2
    response = aws("cognito-identity", "get-credentials-for-identity", *identity_option)
    assert response["IdentityId"] == identity
    keys = response["Credentials"]
    guest = aws.with_keys(keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"])
    copy = tmp_path / "hello"
    guest("s3", "cp", f"s3://{bucket}/public/hello", str(copy))
    assert copy.read_text() == "hello"
    error = guest.error("s3", "cp", str(copy), f"s3://{bucket}/public/other")
    assert "An error occurred (AccessDenied) when calling the PutObject operation" in error

    administrator("cognito-identity", "delete-identity-pool", *pool_option)
    assert administrator.error("cognito-identity", "describe-identity-pool", *pool_option) == (
        "An error occurred (ResourceNotFoundException) when calling the DescribeIdentityPool "
        f"operation: IdentityPool '{pool}' not found."
    )
    assert aws.error("cognito-identity", "get-credentials-for-identity", *identity_option).endswith(
        f"operation: Identity '{identity}' not found."
    )


def test_the_cli_prints_the_error_messages_of_the_service(aws: AwsCli, account: Account):
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
    # Without access keys, the AWS CLI cannot sign this request, and does not send it.
    assert "Unable to locate credentials" in aws.error(
        "cognito-identity", "describe-identity-pool", "--identity-pool-id", no_guests
    )
