"""An emulator with a state file must not lose any change that a response has confirmed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
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
with Emulator(state_file=sys.argv[1]) as emulator:
    pool = emulator.client("cognito-identity").create_identity_pool(
        IdentityPoolName="game", AllowUnauthenticatedIdentities=True
    )
    print(emulator.endpoint_url, pool["IdentityPoolId"], flush=True)
    threading.Event().wait()
"""


def get_id(endpoint_url: str, pool_id: str) -> str:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityService.GetId",
    }
    body = json.dumps({"IdentityPoolId": pool_id}).encode()
    request = urllib.request.Request(endpoint_url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        identity_id: str = json.load(response)["IdentityId"]
        return identity_id


def create_until_killed(
    endpoint_url: str, pool_id: str, kill: Callable[[], None], killed_after: int
) -> list[str]:
    """Create up to 1000 identities with four threads, and return the IDs in the responses."""
    created: list[str] = []
    lock = threading.Lock()

    def create(_: int) -> None:
        try:
            identity_id = get_id(endpoint_url, pool_id)
        except (OSError, ValueError):
            return  # The emulator was killed.
        with lock:
            created.append(identity_id)
            if len(created) == killed_after:
                kill()

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(create, range(WRITES)))
    return created


@pytest.mark.parametrize("killed_after", KILLED_AFTER)
def test_a_killed_emulator_loses_no_identity(tmp_path: Path, killed_after: int):
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
        created = create_until_killed(
            endpoint_url, pool_id, lambda: process.send_signal(signal.SIGKILL), killed_after
        )
    assert process.returncode == -signal.SIGKILL
    assert killed_after <= len(created) < WRITES
    with Emulator(account_id="444455556666", state_file=path) as emulator:
        pools = emulator.client("cognito-identity")
        for identity_id in created:
            described = pools.describe_identity(IdentityId=identity_id)
            assert described["IdentityId"] == identity_id
        get_id(emulator.endpoint_url, pool_id)
