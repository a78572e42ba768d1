from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import Side

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["sync", "aio"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    with Side(request.param) as side:
        yield side
    assert side.leaks() == []
