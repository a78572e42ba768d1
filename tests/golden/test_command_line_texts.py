"""Wording of the errors for invalid command lines."""

from __future__ import annotations

import shlex

import pytest
from golden import assert_golden

from cognito_credentials.cli import program

LINES = [
    "--profile game whoami",
    "--profile game exec -- curl -u user:password",
    "logn",
    "help exce",
    "frobnicate",
    "list",
    "assume game",
    "export --env",
    "exec --server -- aws",
    "export --format yaml",
    "serve --port high",
    "emulator --daemon",
    "whoami --profil game",
    "whoami --profile",
    "whoami --frobnicate",
    "whoami --frobnicate=secret",
    "whoami game",
    "whoami extra",
    "cache",
    "emulator --port many",
    "emulator --lifetime long",
    "exec --env --token-variable -- aws",
    "login --password=hunter2",
    "login --password hunter2",
    "login --username ada hunter2",
    "login game",
    "login other",
    "whoami --json=hunter2",
    "whoami eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
    "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
]


def test_invalid_command_lines(capsys, home):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\nregion = us-east-1\n")
    blocks = []
    for line in LINES:
        with pytest.raises(SystemExit) as exited:
            program.main(shlex.split(line))
        out, err = capsys.readouterr()
        assert (out, exited.value.code) == ("", 2)
        blocks.append(f"$ cognito-credentials {line}\n{err}")
    assert_golden("command_line", "\n".join(blocks))
