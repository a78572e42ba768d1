"""icechunk and Dask in pools of 8 processes, which share the credentials of one guest."""

from __future__ import annotations

import subprocess
from pathlib import Path

from consumer_environment import MARKS, PYTHON, environment_variables

from cognito_credentials.emulator import Emulator, allow

pytestmark = MARKS

PROGRAM = Path(__file__).with_name("process_pool.py")
HOUR = 3600
HOURS = 3


def test_pools_of_processes_fetch_once_per_hour(tmp_path: Path):
    (tmp_path / "ahead").write_text("0")
    with Emulator(account_id="111122223355") as emulator:
        emulator.create_bucket("process-pool", {"text": "contents"})
        pool = emulator.create_identity_pool(guests=[allow("*", "*")])
        program = subprocess.Popen(
            [PYTHON, PROGRAM, pool.id, "process-pool", emulator.endpoint_url],
            env=environment_variables(
                tmp_path,
                AWS_ENDPOINT_URL=emulator.endpoint_url,
                AWS_EC2_METADATA_DISABLED="true",
                AHEAD=str(tmp_path / "ahead"),
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with program:
            assert program.stdin is not None
            assert program.stdout is not None
            keys = []
            for hour in range(HOURS):
                before = len(emulator.calls)
                program.stdin.write(f"{hour * (HOUR + 1)}\n")
                program.stdin.flush()
                assert program.stdout.readline() == "done\n", program.communicate(timeout=60)[1]
                calls = emulator.calls[before:]
                operations = [c.operation for c in calls if c.service == "cognito-identity"]
                first = ["GetId"] if hour == 0 else []
                assert operations == [*first, "GetCredentialsForIdentity"]
                used = {c.access_key_id for c in calls if c.service == "s3" and c.access_key_id}
                assert len(used) == 1
                keys += used
                emulator.clock.advance(HOUR + 1)
            program.communicate(timeout=60)
        assert len(set(keys)) == HOURS
