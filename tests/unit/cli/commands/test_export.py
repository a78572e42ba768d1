"""The forms that export has; what shells read of them is tested with the room of shells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_world import World, one_world, world

from cognito_credentials.cli.commands import export
from cognito_credentials.cli.program import main

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["one_world", "world"]


def test_the_forms_are_those_of_the_aws_cli_and_some_more():
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
def test_a_section_has_the_name_of_the_profile_that_was_chosen(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch, words, variables, name
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text('[profile game]\n[profile "two words"]\n')
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    said = world.run("export", "--format", "ini", *words)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0] == f"[{name}]"


def test_json_says_whose_they_are(world: World):
    found = json.loads(world.run("export", "--format", "json").out)
    assert found["IdentityId"].startswith("us-east-1:")
    assert found["AccessKeyId"].startswith("ASIA")


def test_a_form_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["export", "--format", "csv"])
    assert caught.value.code == 2
    assert "env-no-export" in capsys.readouterr().err
