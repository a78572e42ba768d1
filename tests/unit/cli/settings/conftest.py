from __future__ import annotations

import pytest


@pytest.fixture
def config(home):
    """Write the config file, and return its path."""

    def write(text: str) -> str:
        file = home / ".aws" / "config"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return str(file)

    return write
