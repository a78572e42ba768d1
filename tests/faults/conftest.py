from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faulty_service import FaultyService
from tls_authority import Authority, authority
from valkey_server import one_valkey, valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["authority", "one_valkey", "valkey"]


@pytest.fixture(scope="session")
def http_service() -> Iterator[FaultyService]:
    service = FaultyService()
    yield service
    service.close()


@pytest.fixture(scope="session")
def https_service(authority: Authority) -> Iterator[FaultyService]:
    service = FaultyService(authority.context())
    yield service
    service.close()
