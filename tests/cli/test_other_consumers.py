"""The consumers that `make consumers` installs, with a profile, `serve` and `exec`.

They are too large for `make test`. docs/cli/tools.md lists other tools, which were tested manually.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from consumer_environment import MARKS, PYTHON
from consumers import PROGRAMS, TIMEOUT_SECONDS, start_all
from serving import GuestPool, ServeProcess, command_line

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

LIFETIME = 5

# Each consumer uses a different SDK with its own credential chain: the AWS Common Runtime,
# object_store (Rust), and the AWS SDKs for C++, for Go v2 and for Go v1.
WITH_A_PROFILE = ("awscrt", "pyarrow", "rclone", "s5cmd")
WITH_A_TOKEN_FILE = ("awscrt", "obstore", "pyarrow", "rclone")
WITH_A_TOKEN = ("s5cmd",)

pytestmark = MARKS


def test_consumers_continue_after_their_first_credentials_expire(home: Path):
    """All consumers run concurrently, because they mostly wait for credentials to expire."""
    with Emulator(account_id="111122223366", credential_lifetime=LIFETIME) as emulator:
        guests = GuestPool(emulator)
        environment = guests.environment(
            home,
            S3_ENDPOINT=emulator.endpoint_url,
            # The consumers run with another version of Python, whose modules are different.
            PYTHONPATH="",
            # Otherwise, object_store would call the instance metadata service.
            AWS_METADATA_ENDPOINT="http://127.0.0.1:1",
        )
        configured = subprocess.run(
            command_line(
                "configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool
            ),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert configured.returncode == 0, configured.stderr
        serving = ServeProcess(environment)
        region = {"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": str(home / "none")}
        with_serve = environment | serving.variables | region
        with_token = with_serve | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": serving.token}
        running = {
            "profile": start_all(
                lines(guests, WITH_A_PROFILE), environment | {"AWS_PROFILE": "game"}
            ),
            "serve": start_all(lines(guests, WITH_A_TOKEN_FILE), with_serve)
            | start_all(lines(guests, WITH_A_TOKEN), with_token),
            "exec": start_all(
                lines(guests, WITH_A_TOKEN_FILE + WITH_A_TOKEN),
                environment,
                *command_line("exec", "--token-variable", "--"),
            ),
        }
        try:
            for source, processes in running.items():
                for name, process in processes.items():
                    _, err = process.communicate(timeout=TIMEOUT_SECONDS)
                    assert process.returncode == 0, f"{name} with {source}: {err}"
        finally:
            serving.close()
            for processes in running.values():
                for process in processes.values():
                    process.kill()
                    process.communicate()
        rejected = [call for call in emulator.calls if call.status != 200]
        assert rejected == []
        assert sum(call.service == "s3" for call in emulator.calls) > 50


def lines(guests: GuestPool, names: tuple[str, ...]) -> dict[str, list[str]]:
    script = str(PROGRAMS / "others_list.py")
    return {name: [str(PYTHON), script, name, guests.bucket, str(LIFETIME + 2)] for name in names}
