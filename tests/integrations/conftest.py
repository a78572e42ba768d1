from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "uploads-of-guests"


class GuestBucket:
    """Emulator with an identity pool whose guests have full access to one bucket."""

    bucket = BUCKET

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.endpoint_url = emulator.endpoint_url
        cognito, iam = emulator.client("cognito-identity"), emulator.client("iam")
        self.identity_pool_id = cognito.create_identity_pool(
            IdentityPoolName="guests", AllowUnauthenticatedIdentities=True
        )["IdentityPoolId"]
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.identity_pool_id}
            },
        }
        grant = {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
        role = iam.create_role(RoleName="guest", AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName="guest", PolicyName="s3", PolicyDocument=document(grant))
        cognito.set_identity_pool_roles(
            IdentityPoolId=self.identity_pool_id, Roles={"unauthenticated": role["Role"]["Arn"]}
        )
        self.s3 = emulator.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.call_count_at_start = 0

    @property
    def client_config(self) -> dict[str, Any]:
        return {"endpoint_url": self.endpoint_url, "clock": self.emulator.clock}

    def expire(self) -> None:
        """Advance the clock past the expiration of all credentials."""
        self.emulator.clock.advance(3601)

    def operations(self) -> list[str]:
        """Return the Cognito Identity operations called since the test began."""
        calls = self.emulator.calls[self.call_count_at_start :]
        return [call.operation for call in calls if call.service == "cognito-identity"]

    def count_errors(self) -> int:
        return sum(call.status >= 400 for call in self.emulator.calls[self.call_count_at_start :])

    def content(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def shared_guest_bucket() -> Iterator[GuestBucket]:
    # Emulators in the same process must have different accounts.
    with Emulator(account_id="210987654321") as emulator:
        yield GuestBucket(emulator)


@pytest.fixture
def guest_bucket(shared_guest_bucket: GuestBucket) -> GuestBucket:
    shared_guest_bucket.call_count_at_start = len(shared_guest_bucket.emulator.calls)
    return shared_guest_bucket


MIB = 1024 * 1024
PART = 5 * MIB  # This is the minimum size of a part in a multipart upload.


@pytest.fixture(scope="session")
def parts() -> list[bytes]:
    return [bytes([65 + number]) * PART for number in range(4)] + [b"the rest"]
