"""Fixtures: an emulator with a user pool, and the command with or without a keychain."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium
from emulated_account import Account, UserPool

from cognito_credentials.emulator import Emulator

SUPPORT = Path(__file__).parents[2] / "support"


@dataclass
class Command:
    """`cognito-credentials` in a child process, which must not print a token."""

    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "cognito_credentials", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment, **environment},
        )

    def end(self, process: subprocess.Popen[str], stdin: str = "") -> tuple[int, str, str]:
        """Send lines to standard input, and return the exit status, output and error output."""
        out, err = process.communicate(stdin, timeout=60)
        assert "Traceback" not in err
        # A secret key may contain "eyJ" by chance, but not the beginnings of two token segments.
        assert not re.search(r"eyJ[\w-]+\.eyJ", out + err), "a token was printed"
        return process.returncode, out, err

    def __call__(
        self, *arguments: str, stdin: str = "", **environment: str
    ) -> tuple[int, str, str]:
        """Run the command, and return its exit status, output and error output."""
        return self.end(self.start(*arguments, **environment), stdin)


@pytest.fixture(scope="module")
def signing_emulator() -> Iterator[Emulator]:
    """A separate emulator, because the tests change its clock."""
    with Emulator(account_id="111122225555") as running:
        yield running


@pytest.fixture(scope="module")
def account(signing_emulator: Emulator) -> Account:
    return Account(signing_emulator)


@pytest.fixture(scope="module")
def user_pool(account: Account) -> UserPool:
    return account.user_pool()


@pytest.fixture(scope="module")
def identity_pool(account: Account, user_pool: UserPool) -> str:
    pool = account.pool(
        AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ],
    )
    account.set_roles(
        pool,
        authenticated=account.role(pool),
        unauthenticated=account.role(pool, amr="unauthenticated"),
    )
    return pool


@pytest.fixture
def command(signing_emulator: Emulator) -> Command:
    return Command(
        {
            **signing_emulator.environment(),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
    )


@pytest.fixture
def keychain(tmp_path: Path) -> dict[str, str]:
    """Environment variables that select a keychain in a file."""
    paths = [str(SUPPORT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHON_KEYRING_BACKEND": "file_keychain.Keyring",
        "PYTHONPATH": os.pathsep.join(paths),
        "KEYCHAIN_FILE": str(tmp_path / "keychain"),
    }


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def profile(home: Path, user_pool: UserPool, identity_pool: str) -> dict[str, Any]:
    """Write a profile with the identity pool and the user pool, and return its settings."""
    settings = {
        "cognito_identity_pool_id": identity_pool,
        "cognito_issuer": user_pool.id,
        "cognito_client_id": user_pool.client_id,
    }
    lines = ["[profile game]", *(f"{name} = {value}" for name, value in settings.items())]
    folder = home / ".aws"
    folder.mkdir()
    (folder / "config").write_text("\n".join(lines) + "\n")
    return settings
