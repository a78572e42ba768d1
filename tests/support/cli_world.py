"""The fixture `world`, which runs subcommands in this process with an emulated identity pool."""

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

__all__ = ["CommandResult", "User", "World", "shared_world", "world"]


@dataclass
class User:
    """A signed-in user, whose ID token is in a file."""

    provider_name: str
    token_file: Path
    claims: dict[str, Any]

    @property
    def login(self) -> str:
        return f"--login={self.provider_name}=@{self.token_file}"


@dataclass
class CommandResult:
    """Exit status and output of a subcommand."""

    status: int
    out: str
    err: str


@dataclass
class World:
    """An account with a user pool, and an identity pool for its users and for guests."""

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
        """Create a user in the user pool, and sign the user in."""
        from cognito_credentials._core.jwt_claims import decode_claims

        name = f"user-{secrets.token_hex(4)}"
        self.users.sign_up(name)
        token = self.never_printed(self.users.sign_in(name)["IdToken"])
        file = self.folder / name
        file.write_text(token)
        return User(self.users.provider, file, decode_claims(token) or {})

    def run(self, *arguments: str) -> CommandResult:
        """Run a subcommand in this process."""
        status = program.main(arguments)
        # `process` sets this variable for its child processes.
        os.environ.pop(CHAIN_VARIABLE, None)
        captured = self.capsys.readouterr()
        return CommandResult(status, captured.out, captured.err)

    def calls_after(self, index: int) -> list[str]:
        """Return the operations that were called after the first `index` calls."""
        return [call.operation for call in self.emulator.calls[index:]]


@pytest.fixture(scope="session")
def shared_world(emulator: Emulator) -> World:
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
    shared_world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    never_printed: Callable[[str], str],
) -> World:
    for name, value in shared_world.emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", shared_world.pool)
    return World(
        shared_world.account, shared_world.users, shared_world.pool, tmp_path, capsys, never_printed
    )
