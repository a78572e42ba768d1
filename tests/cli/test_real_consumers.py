"""The AWS CLI, boto3, aiobotocore and the JavaScript SDK, with `serve` and `exec`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from consumers import check_consumers, consumer_commands, start_all
from serving import CREDENTIAL_VARIABLES, GuestPool, ServeProcess, command_line, write_aws_files

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

LIFETIME = 5

pytestmark = pytest.mark.peer


def test_consumers_continue_after_their_first_credentials_expire(home: Path):
    """All consumers run concurrently, because they mostly wait for credentials to expire.

    With `exec`, all sources that SDKs read before they call the endpoint contain other credentials.
    """
    write_aws_files(home)
    with Emulator(account_id="111122223344", credential_lifetime=LIFETIME) as emulator:
        guests = GuestPool(emulator)
        environment = guests.environment(home)
        commands = consumer_commands(guests.bucket, LIFETIME + 1)
        serving = ServeProcess(environment)
        with_exec = start_all(
            commands, environment | CREDENTIAL_VARIABLES, *command_line("exec", "--")
        )
        elsewhere = {
            "AWS_CONFIG_FILE": str(home / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "none"),
            "AWS_REGION": "us-west-2",
            "AWS_DEFAULT_REGION": "us-west-2",
        }
        with_serve = start_all(commands, environment | serving.variables | elsewhere)
        try:
            check_consumers(with_exec, "us-east-1")
            check_consumers(with_serve, "us-west-2")
        finally:
            serving.close()
            for process in (*with_exec.values(), *with_serve.values()):
                process.kill()
                process.communicate()
        rejected = [call for call in emulator.calls if call.status != 200]
        assert rejected == []
        assert sum(call.service == "s3" for call in emulator.calls) > 8
