"""Profiles with an identity pool in the default chain of the AWS SDK for Python."""

from __future__ import annotations

import os
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from consumer_definitions import ROOT
from consumer_environment import MARKS, run_python

from cognito_credentials.emulator import Emulator, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "smithy_aws_core.identity.chain_providers"
PROGRAM = """\
import asyncio, sys
from aws_sdk_sts.client import AsyncSTSClient
from aws_sdk_sts.config import AsyncSTSConfig
from aws_sdk_sts.models import GetCallerIdentityInput

async def main(url, *profile):
    config = await AsyncSTSConfig.resolve(
        region="us-east-1", endpoint_uri=url, **({"profile": profile[0]} if profile else {})
    )
    async with AsyncSTSClient(config=config) as sts:
        responses = [sts.get_caller_identity(GetCallerIdentityInput()) for _ in range(4)]
        print(*{response.arn for response in await asyncio.gather(*responses)})

asyncio.run(main(*sys.argv[1:]))
"""

pytestmark = MARKS


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="111122223377") as emulator:
        yield emulator


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path):
    """Return a function that runs PROGRAM with a config file, as if this package were installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / "installed" / "cognito_credentials-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: cognito-credentials\nVersion: 0\n"
    )
    points = "\n".join(
        f"{name} = {value}" for name, value in project["entry-points"][GROUP].items()
    )
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{points}\n")

    def run(config: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "config").write_text(config)
        return run_python(
            ["-c", PROGRAM, emulator.endpoint_url, *arguments],
            tmp_path,
            PYTHONPATH=os.pathsep.join([str(ROOT / "src"), str(metadata.parent)]),
            AWS_CONFIG_FILE=str(tmp_path / "config"),
            AWS_ENDPOINT_URL=emulator.endpoint_url,
            **variables,
        )

    return run


def profile(pool_id: str, *lines: str) -> str:
    return "\n".join(["[profile game]", f"cognito_identity_pool_id = {pool_id}", *lines, ""])


def test_a_profile_with_an_identity_pool_needs_no_code(emulator: Emulator, run):
    pool = emulator.create_identity_pool("chain", guests=[])
    before = len(emulator.calls)
    # If the SDK ran the profile's command, it would fail.
    config = profile(pool.id, "credential_process = /bin/false")
    for arguments, variables in ((("game",), {}), ((), {"AWS_PROFILE": "game"})):
        done = run(config, *arguments, **variables)
        assert done.returncode == 0, done.stderr
        assert "assumed-role/chain-guest/CognitoIdentityCredentials" in done.stdout
    # Four concurrent requests share a fetch, and the second process uses the stored credentials.
    operations = [call.operation for call in emulator.calls[before:]]
    assert operations.count("GetId") == operations.count("GetCredentialsForIdentity") == 1


def test_access_keys_take_precedence(emulator: Emulator, run):
    pool = emulator.create_identity_pool("keys", guests=[])
    keys = {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "secret"}
    done = run(profile(pool.id), AWS_PROFILE="game", **keys)
    assert done.returncode != 0
    assert emulator.calls[-1].access_key_id == "AKIAOTHER"


def test_other_profiles_are_not_affected(emulator: Emulator, run):
    keys = "aws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n"
    run(f"[profile office]\n{keys}", "office")
    assert emulator.calls[-1].access_key_id == "AKIAPROFILE"


def test_an_invalid_profile_raises_an_error_that_names_the_key(run):
    done = run(profile("not-a-pool"), "game")
    assert done.returncode != 0
    assert "cognito_identity_pool_id" in done.stderr


def test_a_rejected_fetch_raises_the_error_of_the_service(emulator: Emulator, run):
    pool = emulator.create_identity_pool("rejected", guests=[])
    fault = Fault("GetCredentialsForIdentity", "error", None, code="NotAuthorizedException")
    emulator.faults.add(fault)
    done = run(profile(pool.id), "game")
    emulator.faults.clear()
    assert done.returncode != 0
    assert "NotAuthorizedException" in done.stderr
