from __future__ import annotations

import shutil
import subprocess

import pytest

from cognito_credentials.cli.settings.shell_syntax import find_shell_syntax

NEEDS_A_SHELL = {
    "LEVEL=1 get-token": "LEVEL=",
    "get-token | jq -r .token": "|",
    "get-token|jq -r .token": "|",
    "get-token --json|jq": "|",
    "false || get-token": "||",
    "false||get-token": "||",
    "cd /srv && ./token": "&&",
    "get-token &": "&",
    "cd /srv; ./token": ";",
    "get-token > file": ">",
    "get-token 2>/dev/null": "2>",
    "get-token >>file": ">",
    "cat <file": "<",
    "cat $HOME/token": "$",
    'cat "$HOME/token"': "$",
    "cat ${HOME}/token": "$",
    "cat $(which token)": "$",
    "cat `which token`": "`",
    "cat ~/token": "~",
    "~/bin/token": "~",
}


@pytest.mark.parametrize(("command", "syntax"), NEEDS_A_SHELL.items())
def test_the_first_syntax_of_a_shell_is_found(command, syntax):
    assert find_shell_syntax(command) == syntax


@pytest.mark.parametrize(
    "command",
    [
        "get-token --json",
        "get-token --user=ann",
        "./a=b --json",
        "sh -c 'get-token | jq -r .token > $HOME/file'",
        "curl https://example.com/?a=1&b=2;c",
        "jq -r '.a | .b'",
        "grep 'a|b' token",
        r"echo \| \$HOME \~",
        'echo "a | b > c; ~ & d"',
        "echo a~ a$ 5$ $ HEAD~1 x=>y",
        "",
        "'",
        "\\",
    ],
)
def test_a_command_that_works_without_a_shell_is_accepted(command):
    assert find_shell_syntax(command) == ""


@pytest.mark.skipif(shutil.which("sh") is None, reason="requires a POSIX shell")
def test_quoted_syntax_is_literal_in_a_shell_too():
    words = r"""'$HOME' '~' '|' \$HOME \~ \| a~ "a | b" """
    done = subprocess.run(
        ["sh", "-c", f"printf '%s\n' {words}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["$HOME", "~", "|", "$HOME", "~", "|", "a~", "a | b"]
    assert find_shell_syntax(words) == ""
