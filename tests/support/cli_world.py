"""A pool for guests and users of a user pool, and this process's environment pointed at it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, UserPool, allow

from cognito_credentials.cli import program
from cognito_credentials.cli.commands.process import CHAIN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

__all__ = ["Said", "User", "World", "one_world", "world"]


@dataclass
class User:
    """Somebody who has signed in, with the token in a file."""

    key: str
    token_file: Path
    claims: dict[str, Any]

    @property
    def login(self) -> str:
        return f"--login={self.key}=@{self.token_file}"


@dataclass
class Said:
    """What a verb printed, and its exit status."""

    status: int
    out: str
    err: str


@dataclass
class World:
    account: Account
    users: UserPool
    pool: str
    folder: Path = Path()
    capsys: Any = None
    never_printed: Callable[[str], str] = str

    @property
    def emulator(self) -> Emulator:
        return self.account.emulator

    def sign_in(self) -> User:
        """Sign a new user up and in."""
        from cognito_credentials._core.jwt_claims import decode_claims

        name = f"user-{secrets.token_hex(4)}"
        self.users.sign_up(name)
        token = self.never_printed(self.users.sign_in(name)["IdToken"])
        file = self.folder / name
        file.write_text(token)
        return User(self.users.provider, file, decode_claims(token) or {})

    def run(self, *words: str) -> Said:
        """Run a verb in this process."""
        status = program.main(words)
        os.environ.pop(CHAIN_VARIABLE, None)  # what a process leaves to those below it
        captured = self.capsys.readouterr()
        return Said(status, captured.out, captured.err)

    def calls_after(self, seen: int) -> list[str]:
        return [call.operation for call in self.emulator.calls[seen:]]


@pytest.fixture(scope="session")
def one_world(emulator: Emulator) -> World:
    account = Account(emulator)
    users = account.user_pool()
    pool = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}],
        SupportedLoginProviders={"graph.facebook.com": "fb-app"},
    )
    listing = allow("s3:ListAllMyBuckets", "*")
    account.set_roles(
        pool,
        unauthenticated=account.role(pool, listing, amr="unauthenticated"),
        authenticated=account.role(pool, listing),
    )
    return World(account, users, pool)


@pytest.fixture
def world(
    one_world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    never_printed: Callable[[str], str],
) -> World:
    for name, value in one_world.emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", one_world.pool)
    return World(
        one_world.account, one_world.users, one_world.pool, tmp_path, capsys, never_printed
    )
