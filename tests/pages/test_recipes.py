"""The blocks of docs/recipes.md that need no library except boto3.

tests/consumers/test_services.py runs the recipes for other libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, allow
from page_blocks import PYTHON, list_blocks

from cognito_credentials import from_cognito_identity_pool

if TYPE_CHECKING:
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

PAGE = "docs/recipes.md"
# The first words of the blocks, in the order of the page.
BLOCKS = (
    "from cognito_credentials.integrations.boto3 import credentials, session",
    "from botocore.model import ServiceId",
    "from cognito_credentials.integrations.boto3 import presign",
    "import os\n\nfrom cognito_credentials import CredentialBroker",
    "from cognito_credentials.integrations.boto3 import Session",
)


def test_the_recipes_for_boto3_lambda_and_notebooks_run(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    account = Account(emulator)
    users = account.user_pool()
    users.sign_up("ada")
    pool = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}]
    )
    listing = allow("s3:ListAllMyBuckets", "*")
    account.set_roles(
        pool,
        authenticated=account.role(pool, listing),
        unauthenticated=account.role(pool, listing, amr="unauthenticated"),
    )
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(f"[profile game]\ncognito_identity_pool_id = {pool}\n")
    variables = {
        **emulator.environment(),
        "IDENTITY_POOL_ID": pool,
        "LOGIN_PROVIDER": users.provider,
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with from_cognito_identity_pool(pool) as provider:
        names: dict[str, Any] = {"provider": provider}
        for text in BLOCKS:
            (block,) = [b.text for b in list_blocks(PAGE, PYTHON) if b.text.startswith(text)]
            exec(compile(block, PAGE, "exec"), names)  # noqa: S102 - the code is in this repository
        assert names["create_cache_password"]("cache", "ada").startswith("cache/?Action=connect")
        assert names["link"].expiration == provider.cached().get().expiration
    assert "Buckets" in names["s3"].list_buckets()
    token = users.sign_in("ada")["IdToken"]
    event = {
        "requestContext": {"authorizer": {"jwt": {"claims": {"sub": "ada"}}}},
        "headers": {"authorization": f"Bearer {token}"},
    }
    with names["broker"]:
        assert isinstance(names["handler"](event, None)["buckets"], list)
