from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, UserPool

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """The emulator that all tests share; each test creates its own pools, roles and buckets."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def advance(emulator: Emulator) -> Iterator[Callable[[float], None]]:
    """A function that advances the emulator's clock; the clock is set back after the test."""
    advanced: list[float] = []

    def advance(seconds: float) -> None:
        advanced.append(seconds)
        emulator.clock.advance(seconds)

    yield advance
    emulator.clock.advance(-sum(advanced))


@pytest.fixture(scope="session")
def account(emulator: Emulator) -> Account:
    return Account(emulator)


@pytest.fixture(scope="session")
def user_pool(account: Account) -> UserPool:
    # All tests share a user pool, because moto takes half a second to create one.
    return account.user_pool()


@pytest.fixture
def pool(account: Account, user_pool: UserPool) -> str:
    """The ID of a new identity pool that trusts the user pool."""
    return account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ],
        AllowClassicFlow=True,
    )


@pytest.fixture
def user(user_pool: UserPool) -> str:
    """The name of a new user who can sign in."""
    name = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(name)
    return name
