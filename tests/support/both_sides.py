"""The fixture `side`, for tests that run with sync and async providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import Side

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["sync", "aio", "aio-awaitable"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    with Side(request.param) as side:
        yield side
    assert side.leaks() == []
