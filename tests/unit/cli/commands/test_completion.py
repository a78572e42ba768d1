"""Completion without a shell; tests/cli/test_completion.py runs real shells."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cognito_credentials.cli import PROGRAM, dispatch, program
from cognito_credentials.cli.commands import completion, export, serve
from cognito_credentials.errors import ConfigurationError


@pytest.fixture
def complete(tmp_path, monkeypatch):
    """Return a function that returns a line's completions in the format that fish expects."""
    result = tmp_path / "completions"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setenv("_ARGCOMPLETE_SHELL", "fish")
    monkeypatch.setenv("_ARGCOMPLETE_IFS", "\n")
    monkeypatch.setenv("_ARGCOMPLETE_SUPPRESS_SPACE", "1")
    monkeypatch.setenv("_ARGCOMPLETE_STDOUT_FILENAME", str(result))

    def complete(words):
        line = f"cognito-credentials {words}"
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_POINT", str(len(line)))
        done = subprocess.run(
            [sys.executable, "-m", "cognito_credentials"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert (done.returncode, done.stdout) == (0, "")
        assert "Traceback" not in done.stderr
        return result.read_text().splitlines()

    return complete


def test_subcommands_are_completed(complete):
    options = ["--help", "--version"]
    assert complete("") == [*options, *dispatch.SUBCOMMANDS, "help"]
    assert complete("help ") == ["--help", *dispatch.SUBCOMMANDS]
    assert complete("proc") == ["process"]


@pytest.mark.parametrize("name", dispatch.SUBCOMMANDS)
def test_every_option_of_every_subcommand(name, complete):
    completions = complete(f"{name} --")
    help_text = dispatch.create_parser(name).format_help()
    assert "--debug" in completions
    assert all(option in help_text for option in completions)


def test_values_of_options_with_choices_are_completed(complete):
    assert complete("export --format ") == list(export.FORMATS)
    assert complete("serve --format ") == list(serve.FORMATS)
    assert complete("emulator --format win") == ["windows-cmd"]
    assert complete("completion f") == ["fish"]


def test_options_that_exclude_each_other(complete):
    assert complete("exec --env --token") == []


CONFIG = """\
[default]
region = us-east-1
[profile game]
[profile "two words"]
[services local]
"""


def test_profile_names_are_completed(complete, home):
    assert complete("process --profile ") == []
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    assert complete("process --profile ") == ["default", "game", "two words"]
    (home / ".aws" / "config").write_text("broken")
    assert complete("process --profile ") == []


def test_file_names_are_completed(complete, tmp_path, home):
    (tmp_path / "token").touch()
    (tmp_path / "tokens").mkdir()
    (tmp_path / "[x]").touch()
    (home / "secret").touch()
    assert complete("serve --token-file to") == ["token", "tokens/"]
    assert complete("serve --token-file [") == ["[x]"]
    assert complete("emulator --admin-file ~/s") == ["~/secret"]
    assert complete("whoami --login k=@to") == ["k=@token", "k=@tokens/"]
    assert complete("login --client-secret @to") == ["@token", "@tokens/"]
    assert complete("whoami --login k=env:to") == []
    assert complete("whoami --identity-pool-id to") == []


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_a_script_for_each_shell(shell, capsys):
    assert program.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_ARGCOMPLETE" in script
    assert PROGRAM in script


def test_a_missing_argcomplete_raises_an_error_with_the_pip_command(monkeypatch):
    for module in ("argcomplete", "argcomplete.shell_integration"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError) as caught:
        completion.run(dispatch.create_parser("completion").parse_args(["bash"]))
    assert 'pip install "cognito-credentials[completion]"' in caught.value.hint
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    assert program.main([]) == 1


def test_an_unknown_shell_is_rejected(capsys):
    with pytest.raises(SystemExit) as exited:
        program.main(["completion", "tcsh"])
    assert exited.value.code == 2
    assert "bash" in capsys.readouterr().err
