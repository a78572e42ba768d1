"""An emulator with a state file must not lose any change that a response has confirmed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITES = 1000
KILLED_AFTER = (1, 250, 700)

PROGRAM = """
import sys, threading
from cognito_credentials.emulator import Emulator
with Emulator(state_file=sys.argv[1], enforce_iam=False) as emulator:
    pool = emulator.client("cognito-identity").create_identity_pool(
        IdentityPoolName="game",
        AllowUnauthenticatedIdentities=True,
        DeveloperProviderName="login.example.com",
    )
    print(emulator.endpoint_url, pool["IdentityPoolId"], flush=True)
    threading.Event().wait()
"""


DEVELOPER_PROVIDER = "login.example.com"
ROLE = "arn:aws:iam::123456789012:role/player"
# Without IAM, the emulator accepts every signature.
SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=any/20261130/us-east-1/cognito-identity/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


def call(endpoint_url: str, operation: str, **members: Any) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
        "X-Amz-Date": "20261130T000000Z",
        "Authorization": SIGNATURE,
    }
    request = urllib.request.Request(endpoint_url, json.dumps(members).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        result: dict[str, Any] = json.loads(response.read() or b"{}")
        return result


@dataclass
class Confirmed:
    """The writes that a response has confirmed."""

    identities: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    pools: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.identities) + len(self.users) + len(self.pools) + len(self.roles)

    def create(self, endpoint_url: str, pool_id: str, number: int) -> None:
        """Create a guest or a developer user, or a pool whose roles are set afterwards."""
        kind = number % 5
        if kind == 0:
            pool = call(
                endpoint_url,
                "CreateIdentityPool",
                IdentityPoolName="other",
                AllowUnauthenticatedIdentities=False,
            )["IdentityPoolId"]
            self.pools.append(pool)
            call(
                endpoint_url,
                "SetIdentityPoolRoles",
                IdentityPoolId=pool,
                Roles={"authenticated": ROLE},
            )
            self.roles.append(pool)
        elif kind == 1:
            user = f"user-{number}"
            self.users[user] = call(
                endpoint_url,
                "GetOpenIdTokenForDeveloperIdentity",
                IdentityPoolId=pool_id,
                Logins={DEVELOPER_PROVIDER: user},
            )["IdentityId"]
        else:
            self.identities.append(
                call(endpoint_url, "GetId", IdentityPoolId=pool_id)["IdentityId"]
            )


def create_until_killed(
    endpoint_url: str, pool_id: str, kill: Callable[[], None], killed_after: int
) -> Confirmed:
    """Make up to 1000 changes with four threads, and return those that a response has confirmed."""
    confirmed = Confirmed()
    lock = threading.Lock()

    def create(number: int) -> None:
        try:
            confirmed.create(endpoint_url, pool_id, number)
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException):
            return  # The emulator was killed.
        with lock:
            if len(confirmed) >= killed_after:
                kill()

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(create, range(WRITES)))
    return confirmed


@pytest.mark.parametrize("killed_after", KILLED_AFTER)
def test_a_killed_emulator_loses_no_change(tmp_path: Path, killed_after: int):
    path = tmp_path / "state.db"
    environment: dict[str, Any] = {**os.environ, "NO_PROXY": "127.0.0.1"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        endpoint_url, pool_id = process.stdout.readline().split()
        try:
            confirmed = create_until_killed(endpoint_url, pool_id, process.kill, killed_after)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL
    assert killed_after <= len(confirmed) < WRITES
    with Emulator(account_id="444455556666", state_file=path, enforce_iam=False) as emulator:
        pools = emulator.client("cognito-identity")
        for identity_id in confirmed.identities:
            described = pools.describe_identity(IdentityId=identity_id)
            assert described["IdentityId"] == identity_id
        for user, identity_id in confirmed.users.items():
            found = pools.lookup_developer_identity(
                IdentityPoolId=pool_id, DeveloperUserIdentifier=user
            )
            assert found["IdentityId"] == identity_id
        for pool in confirmed.pools:
            assert pools.describe_identity_pool(IdentityPoolId=pool)["IdentityPoolName"] == "other"
        for pool in confirmed.roles:
            roles = pools.get_identity_pool_roles(IdentityPoolId=pool)["Roles"]
            assert roles == {"authenticated": ROLE}
        call(emulator.endpoint_url, "GetId", IdentityPoolId=pool_id)
