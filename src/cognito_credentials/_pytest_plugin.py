"""The pytest plugin of this package: fixtures with an emulated AWS account.

If this package is installed, pytest imports this module at every start. The module therefore
imports only modules that pytest has already imported. It imports the emulator only when a test uses
the emulator.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator, IdentityPool, User


@pytest.fixture(scope="session")
def cognito_emulator_options() -> dict[str, Any]:
    """Arguments of `Emulator`; override this fixture to configure `cognito_emulator`."""
    return {}


@pytest.fixture(scope="session")
def _session_emulator(cognito_emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    from cognito_credentials.emulator import Emulator

    with Emulator(**cognito_emulator_options) as emulator:
        yield emulator


@pytest.fixture
def cognito_emulator(_session_emulator: Emulator) -> Iterator[Emulator]:
    """An emulated AWS account, empty at the start of each test.

    During the test, environment variables direct all AWS SDKs to the emulator: all variables that
    begin with AWS_ are replaced, and the AWS config files of this machine are ignored.
    """
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        for name, value in _session_emulator.environment().items():
            environment.setenv(name, value)
        yield _session_emulator
    warning = _session_emulator.faults.take_warning()
    _session_emulator.reset()
    if warning is not None:
        warnings.warn(warning, stacklevel=1)


@pytest.fixture
def identity_pool(cognito_emulator: Emulator) -> IdentityPool:
    """An identity pool for guests and signed-in users, both without permissions.

    Override this fixture to grant permissions.
    """
    return cognito_emulator.create_identity_pool(guests=[], signed_in=[])


@pytest.fixture
def signed_in_user(identity_pool: IdentityPool) -> User:
    """A user of `identity_pool`."""
    return identity_pool.create_user("ann")
