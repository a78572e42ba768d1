"""Wording of errors about the AWS config file, and of the output when it is changed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from golden import assert_golden, error_texts

from cognito_credentials._config.aws_files import load_profile
from cognito_credentials.cli.aws_config.config_file_change import ConfigFileChange
from cognito_credentials.cli.aws_config.profile_text import update_profile
from cognito_credentials.cli.aws_config.role_chain import find_source_profile

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "role_arn = arn:aws:iam::123456789012:role/deploy\n"
CONFIG = f"""\
[profile self]
{ROLE}source_profile = self
[profile a]
{ROLE}source_profile = b
[profile b]
{ROLE}source_profile = a
[profile deploy]
{ROLE}source_profile = empty
[profile empty]
region = us-east-1
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the AWS config file; its relative path is the same in every run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")
    path = tmp_path / "config"
    path.write_text(CONFIG)
    return path


def find_source(name: str) -> None:
    find_source_profile(os.environ, load_profile(os.environ, name, source="option --profile"))


def apply(after: str, login_command: str = "", **options: bool) -> int:
    change = ConfigFileChange("config")
    change.after = after
    options = {"is_dry_run": False, "is_confirmed": True} | options
    return change.apply("game", login_command=login_command, **options)


def overwrite_meanwhile(config: Path) -> None:
    change = ConfigFileChange("config")
    change.after = "[profile game]\n"
    config.write_text("[profile other]\n")
    change.apply("game", is_dry_run=False, is_confirmed=True)


def test_error_texts(config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "directory").mkdir()
    indented = "[profile game]\n\n  [profile other]\nregion = x\n"
    with (tmp_path / "empty").open("w+") as empty:
        monkeypatch.setattr("sys.stdin", empty)
        cases = {
            "role chain: own profile without keys": lambda: find_source("self"),
            "role chain: cycle": lambda: find_source("a"),
            "role chain: source without credentials": lambda: find_source("deploy"),
            "profile name": lambda: update_profile("", "a]b", {}),
            "form of the section": lambda: update_profile(indented, "game", {"region": "y"}),
            "config file: directory": lambda: ConfigFileChange("directory"),
            "config file: no terminal": lambda: apply("x\n", is_confirmed=False),
            "config file: changed meanwhile": lambda: overwrite_meanwhile(config),
        }
        assert_golden("aws_config_errors", error_texts(cases))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/sys is not writable")
@pytest.mark.usefixtures("config")
def test_output_texts(capsys: pytest.CaptureFixture[str]):
    new = f"{CONFIG}[profile game]\n"
    apply(new, is_dry_run=True)
    apply(new)
    apply(new)
    apply(f"{new}cognito_issuer = us-east-1_Example\n", "cognito-credentials login --profile game")
    change = ConfigFileChange("/sys/.aws/config")
    change.after = new
    with pytest.raises(OSError, match="/sys") as caught:
        change.apply("game", is_dry_run=False, is_confirmed=True)
    output = capsys.readouterr().out.partition("--- before\n+++ /sys")[0]
    assert_golden("aws_config_output", "".join([output, *caught.value.__notes__, "\n"]))
