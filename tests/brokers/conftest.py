from __future__ import annotations

import pytest
from emulated_account import Account, allow
from valkey_server import one_valkey, valkey

from cognito_credentials.emulator import Emulator

__all__ = ["one_valkey", "pool", "valkey"]


@pytest.fixture(scope="module")
def emulator():
    """Run an emulator whose clock is advanced by tests, and by sleeps on that clock."""
    with Emulator(account_id="444455556666") as made:
        yield made


@pytest.fixture
def pool(emulator):
    """Create an identity pool whose guests may call GetCallerIdentity, and return its ID."""
    account = Account(emulator)
    made = account.pool()
    role = account.role(made, allow("sts:GetCallerIdentity", "*"), amr="unauthenticated")
    account.set_roles(made, unauthenticated=role)
    return made
