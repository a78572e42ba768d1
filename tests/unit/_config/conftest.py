from __future__ import annotations

import pytest


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    """Point AWS_CONFIG_FILE to a temporary path, so that tests do not read the user's own file."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path / "config"
