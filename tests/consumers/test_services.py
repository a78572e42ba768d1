"""Clients for models, MCP servers, AppSync and Kafka, before and after the credentials expire.

docs/recipes.md describes these clients. The emulator has none of the services, so the clients send
their requests to a server in their own process; see tests/consumers/services.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from consumer_definitions import ROOT
from consumer_environment import MARKS, PYTHON, run_python

from cognito_credentials.emulator import Emulator, IdentityPool, allow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = ROOT / "tests" / "consumers" / "services.py"
# mcp-proxy-for-aws requires version 1 of the MCP SDK, and its versions of boto3 differ from those
# that the other clients require.
OTHER_PYTHON = ROOT / ".build" / "mcp" / "bin" / "python"
IN_OTHER_ENVIRONMENT = ("mcp_1", "mcp_proxy_for_aws")
NAMES = (
    "aws_msk_iam_sasl_signer",
    "gql_appsync",
    "gql_httpx",
    "gql_requests",
    "langchain_aws",
    "mcp",
    "mcp_1",
    "mcp_proxy_for_aws",
    "openai",
    "openai_bedrock",
    "strands",
)

pytestmark = MARKS


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="444455556666") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def pool(emulator: Emulator) -> IdentityPool:
    return emulator.create_identity_pool("services", guests=[allow("*", "*")])


def run(name: str, emulator: Emulator, pool: IdentityPool, home: Path, **variables: str) -> str:
    """Run tests/consumers/services.py, and return its output."""
    ahead = home / "ahead"
    ahead.write_text("0")
    done = run_python(
        [PROGRAM, name, emulator.endpoint_url, pool.id],
        home,
        python=OTHER_PYTHON if name in IN_OTHER_ENVIRONMENT else PYTHON,
        AHEAD=str(ahead),
        **variables,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_new_key(printed: str) -> None:
    (first,), (second,) = json.loads(printed)
    assert first.startswith("ASIA")
    assert second.startswith("ASIA")
    assert first != second


@pytest.mark.parametrize("name", NAMES)
def test_a_client_signs_with_new_credentials_after_an_expiration(
    name: str, emulator: Emulator, pool: IdentityPool, tmp_path: Path
) -> None:
    before = len(emulator.calls)
    assert_new_key(run(name, emulator, pool, tmp_path))
    operations = [call.operation for call in emulator.calls[before:]]
    assert operations == ["GetId", "GetCredentialsForIdentity", "GetCredentialsForIdentity"]


def test_anthropic_asks_its_profile_for_new_credentials(tmp_path: Path) -> None:
    variables = f"PYTHONPATH={ROOT / 'tests' / 'cli' / 'moved_clock'}:{ROOT / 'src'}"
    command = f"env {variables} {PYTHON} -m cognito_credentials process --profile game"
    # With this lifetime, fewer than 15 minutes always remain, so botocore runs the command again.
    with Emulator(account_id="444455557777", credential_lifetime=120) as emulator:
        pool = emulator.create_identity_pool(guests=[allow("*", "*")])
        (tmp_path / "config").write_text(
            f"[profile game]\ncredential_process = {command}\ncognito_identity_pool_id = {pool.id}\n"
        )
        printed = run(
            "anthropic",
            emulator,
            pool,
            tmp_path,
            AWS_CONFIG_FILE=str(tmp_path / "config"),
            AWS_PROFILE="game",
            AWS_ENDPOINT_URL=emulator.endpoint_url,
        )
        operations = [call.operation for call in emulator.calls]
    assert_new_key(printed)
    assert operations.count("GetId") == 1
