from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from emulator_fakes import ServiceHarness
from moto_account import MotoAccount

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def service() -> ServiceHarness:
    return ServiceHarness()


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()
