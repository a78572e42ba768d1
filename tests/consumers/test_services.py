"""Clients for models, MCP servers, AppSync and Kafka, before and after the credentials expire.

docs/recipes.md describes these clients. The emulator has none of the services, so the clients send
their requests to a server in their own process; see tests/consumers/services.py.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from consumer_definitions import ROOT

from cognito_credentials.emulator import Emulator, IdentityPool, allow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = ROOT / "tests" / "consumers" / "services.py"
PYTHON = ROOT / ".build" / "consumers" / "bin" / "python"
NAMES = (
    "aws_msk_iam_sasl_signer",
    "gql_appsync",
    "gql_httpx",
    "gql_requests",
    "langchain_aws",
    "mcp",
    "mcp_proxy_for_aws",
    "openai",
    "openai_bedrock",
    "strands",
)

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not PYTHON.exists(), reason="requires `make consumers`"),
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="444455556666") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def pool(emulator: Emulator) -> IdentityPool:
    return emulator.create_identity_pool("services", guests=[allow("*", "*")])


@pytest.mark.parametrize("name", NAMES)
def test_a_client_signs_with_new_credentials_after_an_expiration(
    name: str, emulator: Emulator, pool: IdentityPool, tmp_path: Path
) -> None:
    before = len(emulator.calls)
    done = subprocess.run(
        [PYTHON, PROGRAM, name, emulator.endpoint_url, pool.id],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT / "src"),
            "NO_PROXY": "127.0.0.1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (first,), (second,) = json.loads(done.stdout)
    assert first.startswith("ASIA")
    assert second.startswith("ASIA")
    assert first != second
    operations = [call.operation for call in emulator.calls[before:]]
    assert operations == ["GetId", "GetCredentialsForIdentity", "GetCredentialsForIdentity"]
