"""icechunk and Dask in pools of 8 processes, which share one fetch of one guest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from consumer_definitions import ROOT

from cognito_credentials.emulator import Emulator, allow

INTERPRETER = ROOT / ".build" / "consumers" / "bin" / "python"
PROGRAM = Path(__file__).with_name("process_pool.py")


@pytest.mark.peer
@pytest.mark.skipif(not INTERPRETER.exists(), reason="requires `make consumers`")
def test_pools_of_processes_share_a_fetch(tmp_path: Path):
    with Emulator(account_id="111122223355") as emulator:
        emulator.create_bucket("process-pool", {"text": "contents"})
        pool = emulator.create_identity_pool(guests=[allow("*", "*")])
        done = subprocess.run(
            [INTERPRETER, PROGRAM, pool.id, "process-pool", emulator.endpoint_url],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "PYTHONPATH": str(ROOT / "src"),
                "AWS_ENDPOINT_URL": emulator.endpoint_url,
                "AWS_EC2_METADATA_DISABLED": "true",
                "NO_PROXY": "127.0.0.1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr
        operations = [
            call.operation for call in emulator.calls if call.service == "cognito-identity"
        ]
        assert operations.count("GetId") == operations.count("GetCredentialsForIdentity") == 1
        keys = {call.access_key_id for call in emulator.calls if call.service == "s3"}
        assert len({key for key in keys if key and key.startswith("ASIA")}) == 1
