from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "uploads-of-guests"


class GuestsWorld:
    """An account where guests of a pool may do everything in one bucket, and its clock."""

    bucket = BUCKET

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.endpoint_url = emulator.endpoint_url
        cognito, iam = emulator.client("cognito-identity"), emulator.client("iam")
        self.pool = cognito.create_identity_pool(
            IdentityPoolName="guests", AllowUnauthenticatedIdentities=True
        )["IdentityPoolId"]
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool}},
        }
        grant = {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
        role = iam.create_role(RoleName="guest", AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName="guest", PolicyName="s3", PolicyDocument=document(grant))
        cognito.set_identity_pool_roles(
            IdentityPoolId=self.pool, Roles={"unauthenticated": role["Role"]["Arn"]}
        )
        self.s3 = emulator.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.seen = 0

    @property
    def client_config(self) -> dict[str, Any]:
        return {"endpoint_url": self.endpoint_url, "clock": self.emulator.clock}

    def expire(self) -> None:
        """Let the hour pass that credentials live."""
        self.emulator.clock.advance(3601)

    def operations(self) -> list[str]:
        """Return the calls of Cognito Identity since the test began."""
        calls = self.emulator.calls[self.seen :]
        return [call.operation for call in calls if call.service == "cognito-identity"]

    def refusals(self) -> int:
        return sum(call.status >= 400 for call in self.emulator.calls[self.seen :])

    def content(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def one_world() -> Iterator[GuestsWorld]:
    # An account of its own: another folder's emulator may run in this process.
    with Emulator(account_id="210987654321") as emulator:
        yield GuestsWorld(emulator)


@pytest.fixture
def world(one_world: GuestsWorld) -> GuestsWorld:
    one_world.seen = len(one_world.emulator.calls)
    return one_world


MIB = 1024 * 1024
PART = 5 * MIB  # the smallest that S3 takes


@pytest.fixture(scope="session")
def parts() -> list[bytes]:
    return [bytes([65 + number]) * PART for number in range(4)] + [b"the rest"]
