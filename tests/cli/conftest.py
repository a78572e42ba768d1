"""Fixtures that run the command as users do, with an emulator as the service."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, allow

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = Path(sys.executable).with_name("cognito-credentials")


@dataclass
class Command:
    """`cognito-credentials` in an environment without the settings of this machine."""

    environment: dict[str, str]

    def run(
        self, *arguments: str, stderr: int = subprocess.PIPE, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> str:
        """Run a command that must succeed without error output, and return its output."""
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def error(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run a command that must fail, and return its exit status, message and next step."""
        done = self.run(*arguments, **environment)
        assert done.stdout == ""
        what, step, url = done.stderr.splitlines()
        assert what.startswith("cognito-credentials: ")
        assert step.startswith("Next: ")
        assert url.startswith("https://")
        return done.returncode, what.removeprefix("cognito-credentials: "), step[6:]


@pytest.fixture
def command(home: Path) -> Command:
    return create_command(home)


def create_command(home: Path) -> Command:
    paths = {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"}
    if "PYTHONPATH" in os.environ:
        paths["PYTHONPATH"] = os.environ["PYTHONPATH"]
    return Command(paths | {"AWS_EC2_METADATA_DISABLED": "true"})


class MovedClock:
    """The clock offset of Python programs that run with the variables in `environment`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.advance(0)
        folder = Path(__file__).with_name("moved_clock")
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {"AHEAD": str(file), "PYTHONPATH": os.pathsep.join(paths)}

    def advance(self, seconds: int) -> None:
        self.file.write_text(str(seconds))


@pytest.fixture
def moved_clock(tmp_path: Path) -> MovedClock:
    return MovedClock(tmp_path / "ahead")


@pytest.fixture(scope="session")
def own_emulator() -> Iterator[Emulator]:
    """Run an emulator whose credentials are valid for four minutes; tests advance its clock.

    With such a short lifetime, every SDK fetches new credentials before each request.
    """
    with Emulator(account_id="444455557777", credential_lifetime=240) as running:
        yield running


@dataclass
class Guests:
    """An identity pool whose guests can read one object."""

    emulator: Emulator
    pool: str
    bucket: str
    key: str = "public/hello"
    seen: int = 0

    @property
    def calls(self) -> list[str]:
        """The Cognito Identity operations called since the pool was created."""
        calls = self.emulator.calls[self.seen :]
        return [call.operation for call in calls if call.service == "cognito-identity"]


def create_guests(emulator: Emulator) -> Guests:
    account = Account(emulator)
    bucket, pool = account.bucket(), account.pool()
    public = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/public/*")
    account.set_roles(pool, unauthenticated=account.role(pool, public, amr="unauthenticated"))
    account.client("s3").put_object(Bucket=bucket, Key="public/hello", Body=b"hello")
    return Guests(emulator, pool, bucket, seen=len(emulator.calls))


@pytest.fixture
def guests(emulator: Emulator) -> Guests:
    return create_guests(emulator)


@pytest.fixture(scope="module")
def same_guests(emulator: Emulator) -> Guests:
    """An identity pool for all tests of a module that do not examine its calls."""
    return create_guests(emulator)


@pytest.fixture(scope="module")
def make_command() -> Callable[[Path], Command]:
    """Return a function that creates a command for a home directory."""
    return create_command


@pytest.fixture
def short_lived(own_emulator: Emulator) -> Guests:
    return create_guests(own_emulator)
