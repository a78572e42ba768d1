from __future__ import annotations

import pytest
from issuer_application import Application


@pytest.fixture
def application() -> Application:
    return Application()
