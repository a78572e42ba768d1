"""The pytest plugin, in environments that resemble users' environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from extras import create_environment

CONFTEST = """
import os

import pytest

from cognito_credentials.emulator import allow

os.environ["AWS_PROFILE"] = os.environ["AWS_ENDPOINT_URL_S3"] = "of-the-developer"


@pytest.fixture(scope="session")
def cognito_emulator_options():
    return {"region": "eu-central-1", "credential_lifetime": 900}


@pytest.fixture
def identity_pool(cognito_emulator):
    cognito_emulator.create_bucket("game", {"levels.json": "[]"})
    return cognito_emulator.create_identity_pool(
        guests=[], signed_in=[allow("s3:GetObject", "arn:aws:s3:::game/*")]
    )
"""
TESTS = """
import os
import time

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.integrations import boto3 as cognito_boto3


def test_code_that_uses_the_environment_gets_credentials(identity_pool, signed_in_user):
    with from_cognito_identity_pool(identity_pool.id, logins=signed_in_user.logins) as provider:
        s3 = cognito_boto3.session(provider).client("s3")
        assert s3.get_object(Bucket="game", Key="levels.json")["Body"].read() == b"[]"
        assert 800 < provider.cached().get().expiration.timestamp() - time.time() < 910


def test_code_without_credentials_gets_none_of_the_developer(cognito_emulator):
    assert boto3.Session().profile_name == "default"
    with pytest.raises(NoCredentialsError):
        boto3.client("s3").list_buckets()


@pytest.mark.parametrize("time_of_the_test", [1, 2])
def test_each_test_begins_with_an_empty_account(cognito_emulator, time_of_the_test):
    assert cognito_emulator.calls == ()
    assert abs(cognito_emulator.clock.now() - time.time()) < 10
    cognito_emulator.create_bucket("mine")
    cognito_emulator.advance(hours=2)


def test_the_environment_is_restored_after_a_test():
    assert os.environ["AWS_PROFILE"] == "of-the-developer"
    assert "AWS_REGION" not in os.environ
"""
DEFAULTS = """
import pytest
from botocore.exceptions import ClientError


def test_identities_of_the_default_pool_have_no_permissions(identity_pool, signed_in_user):
    for user in (signed_in_user, None):
        with pytest.raises(ClientError, match="AccessDenied"):
            identity_pool.session(user).client("s3").list_buckets()
"""
UNMET = """
def test_a_failure(cognito_emulator):
    cognito_emulator.fail("GetId", "TooManyRequestsException")


def test_another(cognito_emulator):
    assert not list(cognito_emulator.faults)
"""
UNRELATED = """
def test_unrelated():
    pass
"""

RunPytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the extra `emulator`, pytest and pytest-xdist."""
    folder = tmp_path_factory.mktemp("environment")
    return create_environment(folder, frozenset({"emulator"}), ("pytest", "pytest-xdist"))


@pytest.fixture
def run_pytest(tmp_path: Path, home: Path) -> RunPytest:
    """Return a function that runs pytest in a project with these files."""

    def run(programs: Path, *options: str, **files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        return subprocess.run(
            [
                programs / "python",
                "-W",
                "error",
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                *options,
            ],
            cwd=tmp_path,
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("options", [(), ("--numprocesses=2",)], ids=["one process", "xdist"])
def test_the_fixtures_work(environment, run_pytest: RunPytest, options):
    done = run_pytest(environment, "-W", "error", *options, conftest=CONFTEST, test_game=TESTS)
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_the_default_pool_grants_nothing(environment, run_pytest: RunPytest):
    done = run_pytest(environment, test_defaults=DEFAULTS)
    assert "1 passed" in done.stdout, done.stdout


def test_a_fault_that_affected_no_request_causes_a_warning(environment, run_pytest: RunPytest):
    done = run_pytest(environment, "-W", "default", test_unmet=UNMET)
    assert "2 passed, 1 warning" in done.stdout, done.stdout
    assert "TooManyRequestsException for GetId" in done.stdout


def test_a_missing_extra_affects_only_tests_with_a_fixture(tmp_path, run_pytest: RunPytest):
    programs = create_environment(tmp_path / "environment", frozenset(), ("pytest",))
    files = {"test_pool": "def test_pool(identity_pool):\n    pass\n", "test_other": UNRELATED}
    done = run_pytest(programs, **files)
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "cognito-credentials[emulator]" in done.stdout


def test_the_plugin_is_described_by_pytest(environment, run_pytest: RunPytest):
    done = run_pytest(environment, "--fixtures", test_unrelated=UNRELATED)
    for name in ("cognito_emulator", "identity_pool", "signed_in_user"):
        assert f"\n{name} -- " in done.stdout


def test_pytest_imports_nothing_else_with_the_plugin():
    program = (
        "import sys, pytest; before = set(sys.modules); import cognito_credentials._pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    names = ("", "._pytest_plugin", "._version")
    assert done.stdout.split() == [f"cognito_credentials{name}" for name in names]
