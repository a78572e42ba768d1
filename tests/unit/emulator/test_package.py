from __future__ import annotations

import sys
from typing import get_type_hints

import pytest

import cognito_credentials.emulator
from cognito_credentials.errors import ConfigurationError


def test_without_the_extra_the_hint_names_the_pip_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "moto.backends", None)
    for name in ("server", "request_pipeline", "account", "moto.services"):
        monkeypatch.delitem(sys.modules, f"cognito_credentials.emulator.{name}", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        _ = cognito_credentials.emulator.Emulator
    assert "moto" in caught.value.message
    assert "cognito-credentials[emulator]" in caught.value.hint


@pytest.mark.parametrize("name", cognito_credentials.emulator.__all__)
def test_public_names_belong_to_the_package_and_have_resolvable_types(name: str):
    public = getattr(cognito_credentials.emulator, name)
    assert public.__module__ == "cognito_credentials.emulator"
    assert public.__doc__
    get_type_hints(public)
    for member in vars(public).values():
        function = member.fget if isinstance(member, property) else member
        if callable(function) and hasattr(function, "__annotations__"):
            get_type_hints(function)


def test_the_package_has_no_other_names():
    with pytest.raises(AttributeError, match="Simulator"):
        _ = cognito_credentials.emulator.Simulator
