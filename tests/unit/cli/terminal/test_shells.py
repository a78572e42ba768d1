"""What each form prints is read by the shell itself, as far as that is here."""

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


def read_by(*words, script):
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
@pytest.mark.parametrize(("form", "before"), [("env", ""), ("env-no-export", "set -a\n")])
def test_a_posix_shell_reads_them(shell, form, before):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    options = {"bash": ["--norc"], "zsh": ["-f"]}.get(shell, [])
    script = before + shells.written(VARIABLES, form)
    assert read_by(shell, *options, "-c", script=script) == VARIABLES


def test_fish_reads_them():
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = shells.written(VARIABLES, "fish")
    assert read_by("fish", "--no-config", "-c", script=script) == VARIABLES


def test_what_needs_no_quotes_has_none_for_those_who_read_lines():
    plain = {"TOKEN": VARIABLES["TOKEN"], "URL": "http://127.0.0.1:8899/credentials", "EMPTY": ""}
    lines = shells.written(plain, "env-no-export").splitlines()
    assert lines == [f"{name}={value}" for name, value in plain.items()]


# PowerShell and cmd: by what their manuals say of quotes.


def test_powershell_doubles_what_it_takes_for_a_quote():
    lines = shells.written({"A": "it's \u2019 $x `n \\"}, "powershell")
    assert lines == "$Env:A='it''s \u2019\u2019 $x `n \\'"


def test_cmd_reads_a_batch_file():
    assert shells.written({"A": "a & b", "B": "100%"}, "windows-cmd").splitlines() == [
        'set "A=a & b"',
        'set "B=100%%"',
    ]


@pytest.mark.parametrize("value", ['a"b', "a\nb", "a\r"])
def test_what_cmd_cannot_read_is_refused_and_not_shown(value):
    with pytest.raises(ConfigurationError, match="TOKEN holds a quote or a newline") as caught:
        shells.written({"TOKEN": value}, "windows-cmd")
    assert value not in str(caught.value)
    assert "--format json" in caught.value.hint


def test_json_is_of_all():
    assert json.loads(shells.written(VARIABLES, "json")) == VARIABLES


def test_each_form_is_written():
    for form in shells.FORMS:
        assert "us-east-1" in shells.written({"AWS_REGION": "us-east-1"}, form)
