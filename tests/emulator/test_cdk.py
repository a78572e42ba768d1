"""A template of the AWS CDK creates an identity pool that guests and users can use.

`cdk/template.json` is the unchanged output of `cdk/app.mjs`.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, UserPool, error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).parent / "cdk" / "template.json"
# `cdk bootstrap` stores its version in this parameter, which every stack of the CDK reads.
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"


class Stack:
    """The deployed template."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.client = account.client("cloudformation")
        self.name = f"game-{secrets.token_hex(4)}"

    def deploy(self, template: str, *, update: bool = False) -> dict[str, str]:
        """Create or update the stack, and return its outputs."""
        call = self.client.update_stack if update else self.client.create_stack
        call(StackName=self.name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
        (stack,) = self.client.describe_stacks(StackName=self.name)["Stacks"]
        assert stack["StackStatus"] == ("UPDATE_COMPLETE" if update else "CREATE_COMPLETE")
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


@pytest.fixture
def stack(account: Account) -> Iterator[Stack]:
    ssm = account.client("ssm")
    ssm.put_parameter(Name=BOOTSTRAP_PARAMETER, Value="30", Type="String", Overwrite=True)
    yield Stack(account)
    ssm.delete_parameter(Name=BOOTSTRAP_PARAMETER)


def test_a_deployed_pool_is_used_updated_and_deleted(account: Account, stack: Stack):
    template = TEMPLATE.read_text(encoding="utf-8")
    outputs = stack.deploy(template)
    pool, bucket = outputs["PoolId"], outputs["Bucket"]
    assert pool.startswith("us-east-1:")
    assert outputs["PoolName"].startswith(f"{stack.name}-Pool")
    put(account.client("s3"), bucket, "public/hello")

    guest = account.client("s3", account.credentials(account.identity(pool)))
    assert read(guest, bucket, "public/hello") == b"hello"
    assert error_of(put, s3=guest, bucket=bucket, key="public/hello")[0] == "AccessDenied"

    users = UserPool(account, outputs["UserPoolId"], outputs["ClientId"])
    users.sign_up("ada")
    logins = users.logins("ada")
    identity = account.identity(pool, logins)
    user = account.client("s3", account.credentials(identity, logins))
    put(user, bucket, f"private/{identity}/note")
    assert error_of(read, s3=user, bucket=bucket, key="public/hello")[0] == "AccessDenied"

    document = json.loads(template)
    (properties,) = (
        each["Properties"]
        for each in document["Resources"].values()
        if each["Type"] == "AWS::Cognito::IdentityPool"
    )
    properties["AllowUnauthenticatedIdentities"] = False
    assert stack.deploy(json.dumps(document), update=True) == outputs
    unsigned = account.unsigned("cognito-identity")
    assert error_of(unsigned.get_id, IdentityPoolId=pool)[0] == "NotAuthorizedException"
    assert account.identity(pool, logins) == identity

    for key in ("public/hello", f"private/{identity}/note"):
        account.client("s3").delete_object(Bucket=bucket, Key=key)
    stack.client.delete_stack(StackName=stack.name)
    assert error_of(unsigned.get_id, IdentityPoolId=pool)[0] == "ResourceNotFoundException"


def put(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"hello")


def read(s3: Any, bucket: str, key: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body
