from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fault_cells import count_cells
from faulty_service import FaultyService
from tls_authority import Authority, authority
from valkey_server import one_valkey, valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["authority", "one_valkey", "valkey"]


def pytest_report_header() -> str:
    return f"{count_cells()} combinations of a fault and a call"


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
