from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials.emulator.moto.hermetic_boto3 import make_hermetic_session

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_settings_of_the_host_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "config").write_text("[default]\nregion = from-a-file\n[profile there]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    session = make_hermetic_session()
    assert session.region_name is None
    client = session.client(
        "sts", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert client.meta.region_name == "us-east-1"
    client.close()
