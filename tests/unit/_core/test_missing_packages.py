from __future__ import annotations

import importlib.metadata
import sys

import pytest

from cognito_credentials._core.missing_packages import missing_package

REQUIREMENTS = [
    "urllib3>=2",
    "redis>=5; extra == 'redis'",
    "filelock>=3.12; extra == 'cli'",
    'Moto[server]>=5.2; extra == "cli"',
    "authlib>=1.6 ; extra == 'cli'",
]


class Metadata:
    """Stand-in for the package metadata of an environment, as `importlib.metadata` returns it."""

    def __init__(self, monkeypatch, prefix):
        self.installed = {"authlib"}
        self.installer = "pip\n"
        monkeypatch.setattr(importlib.metadata, "requires", lambda _project: REQUIREMENTS)
        monkeypatch.setattr(importlib.metadata, "distribution", self.distribution)
        monkeypatch.setattr(sys, "prefix", str(prefix))

    def distribution(self, name):
        if name not in {*self.installed, "cognito-credentials"}:
            raise importlib.metadata.PackageNotFoundError(name)
        return self

    def read_text(self, name):
        assert name == "INSTALLER"
        return self.installer


@pytest.fixture
def metadata(monkeypatch, tmp_path):
    return Metadata(monkeypatch, tmp_path)


@pytest.mark.parametrize("package", ["redis", ModuleNotFoundError(name="redis.asyncio")])
def test_the_hint_is_the_pip_command(metadata, package):
    error = missing_package(package, extra="redis")
    assert error.message == "redis is not installed"
    assert error.hint.endswith('pip install "cognito-credentials[redis]"')


def test_other_requirements_precede_the_extra_in_the_pip_command(metadata):
    error = missing_package("aioboto3", extra="aiobotocore", others="aioboto3")
    assert error.hint.endswith('pip install aioboto3 "cognito-credentials[aiobotocore]"')


def test_the_hint_for_the_command_lists_every_missing_package(metadata):
    hint = missing_package("filelock", extra="file").hint.for_command
    assert "(also missing: Moto)" in hint
    assert hint.endswith(' pip install "cognito-credentials[cli]"')


def test_the_hint_for_the_command_names_an_alternative(metadata):
    error = missing_package("keyring", extra="keyring", alternative="Pass --store file")
    assert error.hint.for_command.startswith("Pass --store file, or install ")
    assert error.hint.startswith("Install it with: ")


def test_only_the_package_is_named_if_nothing_else_is_missing(metadata):
    metadata.installed |= {"Moto", "filelock"}
    assert "missing" not in missing_package("argcomplete", extra="completion").hint.for_command


@pytest.mark.parametrize(
    ("file", "installer", "command"),
    [
        ("", "uv", "uv pip install"),
        ("", None, "pip install"),
        ("pipx_metadata.json", "pip", "pipx install --force"),
        ("pipx_metadata.json", "uv", "pipx install --force"),
        ("uv-receipt.toml", "uv", "uv tool install --force"),
    ],
)
def test_the_hint_has_the_command_of_the_installer_in_use(
    metadata, tmp_path, file, installer, command
):
    metadata.installer = installer
    if file:
        (tmp_path / file).touch()
    hint = missing_package("filelock", extra="file").hint.for_command
    assert hint.endswith(f' with: {command} "cognito-credentials[cli]"')


def test_an_environment_without_metadata_gets_the_pip_command(metadata, monkeypatch):
    def raise_error(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", raise_error)
    monkeypatch.setattr(importlib.metadata, "requires", raise_error)
    hint = missing_package("filelock", extra="file").hint.for_command
    assert hint.endswith(' pip install "cognito-credentials[cli]"')
