"""The output formats of `export`. test_shells.py checks that shells can read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_world import World, shared_world, world

from cognito_credentials.cli.commands import export
from cognito_credentials.cli.program import main

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shared_world", "world"]


def test_the_formats_are_those_of_the_aws_cli_with_additions():
    assert export.FORMATS == (
        "process",
        "env",
        "env-no-export",
        "powershell",
        "windows-cmd",
        "fish",
        "json",
        "ini",
    )


@pytest.mark.parametrize(
    ("words", "variables", "name"),
    [
        ([], {}, "default"),
        (["--profile", "two words"], {}, "two words"),
        ([], {"AWS_PROFILE": "game"}, "game"),
        (["--profile", "game"], {"AWS_PROFILE": "two words"}, "game"),
    ],
)
def test_a_profile_section_has_the_name_of_the_selected_profile(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch, words, variables, name
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text('[profile game]\n[profile "two words"]\n')
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    done = world.run("export", "--format", "ini", *words)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"[{name}]"


def test_json_contains_the_identity_id(world: World):
    document = json.loads(world.run("export", "--format", "json").out)
    assert document["IdentityId"].startswith("us-east-1:")
    assert document["AccessKeyId"].startswith("ASIA")


def test_an_unknown_format_is_rejected(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["export", "--format", "csv"])
    assert caught.value.code == 2
    assert "env-no-export" in capsys.readouterr().err
