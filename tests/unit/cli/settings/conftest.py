from __future__ import annotations

import pytest


@pytest.fixture
def config(home):
    """Return a function that writes the AWS config file and returns its path."""

    def write(text: str) -> str:
        file = home / ".aws" / "config"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return str(file)

    return write
