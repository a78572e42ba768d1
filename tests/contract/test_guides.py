"""The examples in README.md and docs/ run."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from emulated_account import Account, allow
from harness import jwt
from valkey_server import SEALING_KEY, Valkey, one_valkey, valkey

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.stores import FileStore

if TYPE_CHECKING:
    import pytest

    from cognito_credentials.emulator import Emulator

__all__ = ["one_valkey", "valkey"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
IDENTITY_ID_VARIABLE = "${cognito-identity.amazonaws.com:sub}"


def code_blocks(page: str) -> list[str]:
    text = (DOCS / page).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert blocks
    return blocks


def run_page(page: str, **names: Any) -> dict[str, Any]:
    for block in code_blocks(page):
        exec(compile(block, page, "exec"), names)  # noqa: S102 - a page of this repository
    return names


def test_the_examples_in_testing_md_run() -> None:
    # In a new process, because another emulator of this process may have the default account.
    program = "\n".join(code_blocks("testing.md")) + "\nprint(len(emulator.calls))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_the_emulator_supports_all_operations_as_testing_md_says(emulator: Emulator) -> None:
    assert "supports all 23 operations" in (DOCS / "testing.md").read_text()
    client = emulator.client("cognito-identity")
    operations = set(client.meta.service_model.operation_names)
    assert len(operations) == 23
    assert emulator.identity_service.operations == operations


def create_guest_pool(emulator: Emulator) -> str:
    account = Account(emulator)
    pool_id = account.pool()
    listing = allow("s3:ListAllMyBuckets", "*")
    role = account.role(pool_id, listing, amr="unauthenticated")
    account.set_roles(pool_id, unauthenticated=role)
    return pool_id


def test_the_examples_in_stores_md_run(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, valkey: Valkey
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    names = run_page(
        "stores.md",
        pool_id=create_guest_pool(emulator),
        redis_url=valkey.url,
        sealing_key=SEALING_KEY,
    )
    names["provider"].close()


def test_the_examples_in_back_ends_md_run(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, valkey: Valkey
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    account = Account(emulator)
    users = account.user_pool()
    users.sign_up("ada")
    pool_id = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}]
    )
    listing = allow("s3:ListAllMyBuckets", "*")
    account.set_roles(pool_id, authenticated=account.role(pool_id, listing))
    names = run_page(
        "back-ends.md",
        pool_id=pool_id,
        redis_url=valkey.url,
        sealing_key=SEALING_KEY,
        user_pool=users.provider,
    )
    supplier_calls: list[str] = []

    def fresh_token() -> str:
        supplier_calls.append("ada")
        return str(users.sign_in("ada")["IdToken"])

    ada = SimpleNamespace(
        id="ada", id_token=users.sign_in("ada")["IdToken"], fresh_token=fresh_token
    )
    assert "Buckets" in names["handle"](SimpleNamespace(user=ada))
    for _ in range(2):  # the second call uses the cached credentials
        assert "Buckets" in names["client_of"](ada).list_buckets()
    assert supplier_calls == ["ada"]
    (credentials,) = asyncio.run(names["serve"]([ada]))
    assert credentials == names["broker"].get("ada", {users.provider: ada.id_token})
    names["broker"].close()
    names["store"].close()


def test_the_examples_in_logins_md_run(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    account = Account(emulator)
    pool_id = account.pool()
    account.set_roles(pool_id, unauthenticated=account.role(pool_id, amr="unauthenticated"))

    class Session:
        id_token = jwt("login.example.com")
        refreshed = False

        def is_expired(self) -> bool:
            return False

        def use_refresh_token(self) -> None:
            self.refreshed = True

    names = run_page(
        "logins.md",
        pool_id=pool_id,
        session=Session(),
        get_id_token=lambda: Session.id_token,
        ask_the_back_end=lambda: ("", ""),  # the page passes it, but does not call it
    )
    with from_cognito_identity_pool(pool_id, cache=FileStore()) as next_process:
        assert next_process().identity_id == names["credentials"].identity_id
    assert names["get_id_token"](refresh=True) == Session.id_token
    assert names["session"].refreshed


def readme_examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_the_example_of_a_test_in_the_readme_runs_by_itself() -> None:
    (example,) = [text for text in readme_examples() if "Emulator()" in text]
    names: dict[str, Any] = {}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - a page of this repository
    names["provider"].close()


def test_the_first_example_in_the_readme_runs(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    account = Account(emulator)
    bucket, user_pool = account.bucket(), account.user_pool()
    user_pool.sign_up("ada")
    pool = account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ]
    )
    own_prefix = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/users/{IDENTITY_ID_VARIABLE}/*")
    account.set_roles(pool, authenticated=account.role(pool, own_prefix))

    example = readme_examples()[0]
    example = re.sub(r'"us-east-1:[0-9a-f-]+"', repr(pool), example).replace('"game"', repr(bucket))
    names: dict[str, Any] = {"get_id_token": lambda: user_pool.sign_in("ada")["IdToken"]}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - a page of this repository
    names["provider"].close()
