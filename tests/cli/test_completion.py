"""Completion in real shells: the program must receive the completed words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("cognito-credentials")
CONFIG = """\
[profile game]
[profile "two words"]
[profile "$(touch injected)"]
[profile a:b]
"""
# A shell runs this program to complete a line, and to run the line. To complete a line, the program
# runs the real command; otherwise, it prints its arguments.
PROGRAM = f"""\
#!{sys.executable}
import json, os, sys
if "_ARGCOMPLETE" in os.environ:
    os.execv("{COMMAND}", ["{COMMAND}"])
print("ARGUMENTS", json.dumps(sys.argv[1:]))
"""
START = {
    "bash": "PS1='READY> '\n",
    "zsh": "PS1='READY> '; autoload -Uz compinit; compinit -u -d $HOME/.zcompdump\n",
    "fish": "function fish_prompt; printf 'READY> '; end\n",
}
ARGUMENTS = {
    "bash": ["--noprofile", "--rcfile", "{file}", "-i"],
    "zsh": ["-i"],  # zsh reads .zshrc in ZDOTDIR.
    "fish": ["--no-config", "--init-command", "source {file}", "-i"],
}
# Definitions that complete the arguments of `other-program`. In bash, a fake function replaces the
# one from bash-completion.
OTHER_PROGRAM = {
    "bash": '_command_offset() { [[ ${COMP_WORDS[$1]} == other-program ]] && COMPREPLY=("two"); }',
    "zsh": "_other() { compadd one two }; compdef _other other-program",
    "fish": "complete -c other-program -f -a 'one two'",
}


class Shell:
    """An interactive shell that has loaded the completion script, on a pseudo-terminal."""

    def __init__(self, name: str, folder: Path) -> None:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        self.name = name
        self.home = home = folder / "home"
        (home / ".aws").mkdir(parents=True)
        (home / ".aws" / "config").write_text(CONFIG)
        (home / "token file").touch()
        # Otherwise, fish would read all manual pages of this machine in the background.
        (home / ".local/share/fish/generated_completions").mkdir(parents=True)
        programs = folder / "bin"
        programs.mkdir()
        for program, text in {"cognito-credentials": PROGRAM, "other-program": "#!/bin/sh"}.items():
            (programs / program).write_text(text)
            (programs / program).chmod(0o700)
        script = subprocess.run(
            [COMMAND, "completion", name], capture_output=True, text=True, check=True
        ).stdout
        file = home / ".zshrc"
        file.write_text(START[name] + script)
        environment = {
            "HOME": str(home),
            "ZDOTDIR": str(home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }
        words = [path, *(word.format(file=file) for word in ARGUMENTS[name])]
        self.terminal = Terminal(words, environment, str(home))
        self.terminal.read_until("READY> ")

    def run(self, line: str) -> None:
        self.terminal.type(f"{line}; printf 'DO%s\\n' NE\n")
        self.terminal.read_until("DONE\r?\n")

    def complete(self, words: str, *, before: str = "") -> list[str]:
        """Type a line, TAB and Enter, and return the arguments that the program receives."""
        self.terminal.type(f"{before}cognito-credentials {words}\t\n")
        output = self.terminal.read_until(r"ARGUMENTS \[.*?\]\r?\n")
        arguments: list[str] = json.loads(output.rpartition("ARGUMENTS ")[2])
        return arguments


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shell]:
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param))
    yield shell
    shell.terminal.close()


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("emul", ["emulator"]),
        ("help expl", ["help", "explain"]),
        ("emulator --dem", ["emulator", "--demo"]),
        ("cache cl", ["cache", "clear"]),
        ("export --format windo", ["export", "--format", "windows-cmd"]),
        ("process --profile ga", ["process", "--profile", "game"]),
        ("process --profile=ga", ["process", "--profile=game"]),
        ("process --profile two", ["process", "--profile", "two words"]),
        ("process --profile a", ["process", "--profile", "a:b"]),
        (r"process --profile \$", ["process", "--profile", "$(touch injected)"]),
        ("process --login k.com=@tok", ["process", "--login", "k.com=@token file"]),
        ("process --login=k.com=@tok", ["process", "--login=k.com=@token file"]),
        ("process --client-secret @tok", ["process", "--client-secret", "@token file"]),
        ("serve --token-file tok", ["serve", "--token-file", "token file"]),
        ("exec --profile ga", ["exec", "--profile", "game"]),
        ("exec -- other-pro", ["exec", "--", "other-program"]),
        ("exec --profile x -- cat tok", ["exec", "--profile", "x", "--", "cat", "token file"]),
        ("whoami -- other-pro", ["whoami", "--", "other-pro"]),
    ],
)
def test_tab_completes(shell: Shell, words: str, completed: list[str]) -> None:
    assert shell.complete(words) == completed
    assert not (shell.home / "injected").exists()


@pytest.mark.parametrize("before", ["true && ", "true | ", "AWS_REGION=us-east-1 "])
def test_tab_completes_after_another_command(shell: Shell, before: str) -> None:
    completed = shell.complete("process --profile two", before=before)
    assert completed == ["process", "--profile", "two words"]


def test_after_exec_the_shell_completes_the_other_program(shell: Shell) -> None:
    shell.run(OTHER_PROGRAM[shell.name])
    completed = shell.complete("exec --profile x -- other-program tw")
    assert completed == ["exec", "--profile", "x", "--", "other-program", "two"]
