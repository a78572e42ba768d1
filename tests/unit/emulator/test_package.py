from __future__ import annotations

import sys

import pytest

import cognito_credentials.emulator
from cognito_credentials.errors import ConfigurationError


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "moto.backends", None)
    for name in ("server", "moto.services"):
        monkeypatch.delitem(sys.modules, f"cognito_credentials.emulator.{name}", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        _ = cognito_credentials.emulator.Emulator
    assert caught.value.message == "moto is not installed"
    assert 'pip install "cognito-credentials[emulator]"' in caught.value.hint


def test_it_has_no_other_names():
    with pytest.raises(AttributeError, match="Simulator"):
        _ = cognito_credentials.emulator.Simulator
