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
def test_an_upload_continues_after_its_credentials_expire(guest_bucket, environment, library):
    """One environment has the oldest supported versions, the other the versions for aioboto3."""
    directory = ROOT / ".build" / environment
    if not (directory / ".ready").exists():
        pytest.fail(f"{directory.relative_to(ROOT)} is missing: run `make peers`")
    program = subprocess.Popen(
        [
            directory / "bin" / "python",
            PROGRAM,
            library,
            guest_bucket.endpoint_url,
            guest_bucket.identity_pool_id,
            guest_bucket.bucket,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "AWS_EC2_METADATA_DISABLED": "true"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout.readline() == "expire\n", program.communicate(timeout=60)[1]
        guest_bucket.expire()
        printed, errors = program.communicate("continue\n", timeout=60)
    assert program.returncode == 0, errors
    content = guest_bucket.content(printed.strip())
    assert content == b"a" * 5 * 1024 * 1024 + b"b" * 5 * 1024 * 1024 + b"the rest"
    assert guest_bucket.operations() == [
        "GetId",
        "GetCredentialsForIdentity",
        "GetCredentialsForIdentity",
    ]
    assert guest_bucket.count_errors() == 0
