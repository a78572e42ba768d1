from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cognito_credentials._suppliers.default_credentials import DefaultCredentials
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def profiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, never_printed: Callable[[str], str]
) -> None:
    """A credentials file with the profile `back-end`, and no other AWS credentials."""
    path = tmp_path / "credentials"
    secret = never_printed("a-secret-key-in-a-profile")
    path.write_text(
        f"[back-end]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = {secret}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_the_credentials_of_a_profile_are_loaded_once():
    load = DefaultCredentials("back-end")
    credentials = load()
    assert credentials.get_frozen_credentials().access_key == "AKIAPROFILE"
    assert load() is credentials


def test_environment_variables_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAVARIABLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert DefaultCredentials(None)().access_key == "AKIAVARIABLE"


def test_missing_credentials_are_looked_up_again(monkeypatch: pytest.MonkeyPatch):
    load = DefaultCredentials(None)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert "ClientConfig" in caught.value.hint
    monkeypatch.setenv("AWS_PROFILE", "back-end")
    assert load().access_key == "AKIAPROFILE"


def test_a_missing_botocore_has_two_next_steps(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(ConfigurationError) as caught:
        DefaultCredentials(None)()
    assert "credentials=" in caught.value.hint
    assert "cognito-credentials[boto3]" in caught.value.hint
