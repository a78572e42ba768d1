from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("upload_across_expiry.py")


@pytest.mark.peer
@pytest.mark.parametrize(
    ("environment", "library"),
    [
        ("floors", "boto3"),
        ("floors", "aiobotocore"),
        ("aioboto3", "boto3"),
        ("aioboto3", "aiobotocore"),
        ("aioboto3", "aioboto3"),
    ],
)
def test_an_upload_runs_across_an_expiry(world, environment, library):
    """With the oldest versions that the extras allow, and with those that aioboto3 pins."""
    folder = ROOT / ".build" / environment
    if not (folder / ".ready").exists():
        pytest.fail(f"{folder.relative_to(ROOT)} is missing: run `make peers`")
    program = subprocess.Popen(
        [folder / "bin" / "python", PROGRAM, library, world.endpoint_url, world.pool, world.bucket],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "AWS_EC2_METADATA_DISABLED": "true"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout.readline() == "expire\n", program.communicate(timeout=60)[1]
        world.expire()
        printed, errors = program.communicate("go on\n", timeout=60)
    assert program.returncode == 0, errors
    content = world.content(printed.strip())
    assert content == b"a" * 5 * 1024 * 1024 + b"b" * 5 * 1024 * 1024 + b"the rest"
    assert world.operations() == ["GetId", "GetCredentialsForIdentity", "GetCredentialsForIdentity"]
    assert world.refusals() == 0
