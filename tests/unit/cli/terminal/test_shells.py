"""Each installed shell must get the original values from the output in its format."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from cognito_credentials.cli.terminal import shells
from cognito_credentials.errors import ConfigurationError

VARIABLES = {
    "BLANKS": "  two  words ",
    "QUOTES": """it's "so" `x` '""",
    "DOLLARS": "$HOME $(echo x) %PATH% !! ~/*",
    "BACKSLASHES": "\\a\\\\b\\n\\'c\\",
    "TWO_LINES": "first\nsecond\n",
    "LETTERS": "é\u2019\u201b",
    "EQUALS": "=ls",
    "COLONS": "a:=ls",
    "TOKEN": "IQoJb3JpZ2luX2VjE/+a==",
    "EMPTY": "",
}
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def read_variables(*words, script):
    done = subprocess.run(
        [*words, f"{script}\nenv -0"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    return {name: found.get(name) for name in VARIABLES}


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
@pytest.mark.parametrize(("format_name", "before"), [("env", ""), ("env-no-export", "set -a\n")])
def test_posix_shells_read_the_variables(shell, format_name, before):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    options = {"bash": ["--norc"], "zsh": ["-f"]}.get(shell, [])
    variables = dict(VARIABLES)
    if format_name == "env-no-export":
        del variables["TWO_LINES"]
    script = before + shells.format_variables(variables, format_name)
    assert read_variables(shell, *options, "-c", script=script) == {
        **dict.fromkeys(VARIABLES),
        **variables,
    }


def test_fish_reads_the_variables():
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = shells.format_variables(VARIABLES, "fish")
    assert read_variables("fish", "--no-config", "-c", script=script) == VARIABLES


def test_env_no_export_has_quotes_only_if_necessary():
    plain = {"TOKEN": VARIABLES["TOKEN"], "URL": "http://127.0.0.1:8899/credentials", "EMPTY": ""}
    lines = shells.format_variables(plain, "env-no-export").splitlines()
    assert lines == [f"{name}={value}" for name, value in plain.items()]


# The expected output for PowerShell and cmd follows the quoting rules in their manuals.


def test_powershell_quotes_are_doubled():
    lines = shells.format_variables({"A": "it's \u2019 $x `n \\"}, "powershell")
    assert lines == "$Env:A='it''s \u2019\u2019 $x `n \\'"


def test_percent_signs_are_doubled_for_cmd():
    assert shells.format_variables({"A": "a & b", "B": "100%"}, "windows-cmd").splitlines() == [
        'set "A=a & b"',
        'set "B=100%%"',
    ]


@pytest.mark.parametrize("value", ['a"b', "a\nb", "a\r"])
def test_a_value_that_cmd_cannot_read_is_rejected_and_not_shown(value):
    with pytest.raises(ConfigurationError, match="TOKEN") as caught:
        shells.format_variables({"TOKEN": value}, "windows-cmd")
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["a\nb", "a\r", "a\n"])
def test_a_line_break_is_rejected_in_an_environment_file(value):
    with pytest.raises(ConfigurationError, match="TOKEN"):
        shells.format_variables({"TOKEN": value}, "env-no-export")


@pytest.mark.parametrize("format_name", sorted(set(shells.VARIABLE_FORMATS) - {"json"}))
def test_a_nul_character_is_rejected_by_every_shell(format_name):
    with pytest.raises(ConfigurationError, match="TOKEN"):
        shells.format_variables({"TOKEN": "a\0b"}, format_name)


def test_json_has_every_value():
    assert json.loads(shells.format_variables(VARIABLES, "json")) == VARIABLES


@pytest.mark.parametrize("format_name", shells.VARIABLE_FORMATS)
def test_each_format_contains_the_value(format_name):
    assert "us-east-1" in shells.format_variables({"AWS_REGION": "us-east-1"}, format_name)
