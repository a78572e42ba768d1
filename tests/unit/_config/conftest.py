from __future__ import annotations

import pytest


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    """Return the path of the AWS config file; without this, tests would read the user's own."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path / "config"
