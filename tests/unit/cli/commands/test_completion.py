"""The scripts are run by the shells themselves, as far as those are here."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from special_files import make_special_file

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import completion, export, serve

CONFIG = """\
[default]
region = us-east-1
[profile game]
[profile "two words"]
[profile $(touch pwned)]
[services local]
"""


@pytest.fixture(autouse=True)
def config(home):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)


def script_of(shell, capsys):
    assert program.main(["completion", shell]) == 0
    return capsys.readouterr().out


def run(*words, cwd):
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def in_bash(capsys, tmp_path):
    script = script_of("bash", capsys)

    def complete(*words, before=""):
        line = " ".join(f"'{word}'" for word in words)
        asked = (
            f"{before}\nCOMP_WORDS=(cognito-credentials {line}); COMP_CWORD={len(words)}; "
            '_cognito_credentials; ((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"; true'
        )
        return run("bash", "--norc", "-c", f"{script}\n{asked}", cwd=tmp_path)

    return complete


@pytest.fixture
def in_zsh(capsys, tmp_path):
    """The function as zsh runs it; what only exists while a key is pressed is stood in for."""
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed")
    script = script_of("zsh", capsys)

    def complete(*words):
        line = " ".join(f"'{word}'" for word in words)
        stubs = (
            'compdef() { :; }; compadd() { print -rl -- "${(@P)2}"; }; _files() { :; }; '
            '_normal() { print -rl -- "$CURRENT" "${words[@]}"; }; compset() { PREFIX=${PREFIX#*=}; }'
        )
        asked = (
            f"words=(cognito-credentials {line}); CURRENT={len(words) + 1}; PREFIX=$words[-1]; "
            "_cognito_credentials; true"
        )
        shown = run(zsh, "-f", "-c", f"{stubs}\n{script}\n{asked}", cwd=tmp_path)
        if "--" in words:
            return shown
        prefix = words[-1].rpartition("=")[2]  # what compadd itself compares
        return [word for word in shown if word.startswith(prefix)]

    return complete


@pytest.fixture(params=["in_bash", "in_zsh"])
def complete(request):
    return request.getfixturevalue(request.param)


def test_verbs(complete):
    assert complete("") == [*program.SUBCOMMANDS, "help"]
    assert complete("help", "") == list(program.SUBCOMMANDS)
    assert complete("proc") == ["process"]


def test_options_of_a_verb(complete):
    assert complete("emulator", "--de") == ["--demo", "--debug"]
    assert "--login" in complete("whoami", "--json", "")


def test_choices(complete):
    assert complete("export", "--format", "env") == ["env", "env-no-export"]
    assert complete("cache", "cl") == ["clear"]
    assert complete("completion", "f") == ["fish"]


def test_every_format_is_a_choice(complete):
    for verb, forms in (("export", export.FORMATS), ("serve", serve.FORMATS)):
        assert complete(verb, "--format", "") == list(forms)
    assert complete("emulator", "--format", "win") == ["windows-cmd"]


def test_what_only_the_user_knows_is_left_to_the_shell(complete):
    assert complete("process", "--login", "") == []


def test_another_program_s_words_are_not_ours(complete):
    assert complete("process", "--", "proc") == []


@pytest.fixture
def other_program(tmp_path, monkeypatch):
    """A program that only this test knows."""
    (tmp_path / "bin").mkdir()
    file = tmp_path / "bin" / "zz-program"
    file.write_text("")
    file.chmod(0o700)
    monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}{os.environ['PATH']}")
    return file.name


EXEC = ("exec", "--profile", "x", "--")


@pytest.mark.usefixtures("other_program")
def test_what_exec_runs_in_bash(in_bash):
    assert in_bash(*EXEC, "zz-pro") == ["zz-program"]
    twice = "mkdir two; cp ${PATH%%:*}/zz-program two; PATH=$PATH:$PWD/two"
    assert in_bash(*EXEC, "zz-pro", before=twice) == ["zz-program"]
    assert in_bash(*EXEC, "zz-program", "") == []  # files, by the shell
    assert in_bash("whoami", "--", "zz-pro") == []


@pytest.mark.parametrize("name", ["_command_offset", "_comp_command_offset"])
def test_where_bash_completion_is_loaded_it_completes_what_exec_runs(in_bash, name):
    before = f'{name}() {{ COMPREPLY=("at $1"); }}'
    assert in_bash(*EXEC, "git", "--", "chec", before=before) == ["at 5"]
    assert in_bash("exec", "--", "", before=before) == ["at 3"]
    assert in_bash("exec", "--", before=before) == list(completion.Verb("exec").options)


def test_what_exec_runs_in_zsh(in_zsh):
    assert in_zsh(*EXEC, "git", "--", "chec") == ["3", "git", "--", "chec"]
    assert in_zsh("exec", "--", "") == ["1", ""]
    assert in_zsh("whoami", "--", "") == []


def test_profiles_in_bash(in_bash, tmp_path):
    names = ["default", "game", "two\\ words", "\\$\\(touch\\ pwned\\)"]
    assert in_bash("process", "--profile", "") == names
    assert in_bash("process", "--profile", "g") == ["game"]
    assert in_bash("process", "--profile", "=", "g") == ["game"]
    assert in_bash("process", "--profile", "=") == names
    assert not (tmp_path / "pwned").exists()


def test_profiles_in_zsh(in_zsh, tmp_path):
    # zsh quotes what is added to the line by itself.
    names = ["default", "game", "two words", "$(touch pwned)"]
    assert in_zsh("process", "--profile", "") == names
    assert in_zsh("process", "--profile=ga") == ["game"]
    assert not (tmp_path / "pwned").exists()


def test_a_profile_file_may_be_missing(in_bash, home):
    (home / ".aws" / "config").unlink()
    assert in_bash("process", "--profile", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_config_file_that_is_a_pipe_is_not_waited_for(request, home, shell):
    complete = request.getfixturevalue(f"in_{shell}")
    (home / ".aws" / "config").unlink()
    make_special_file(home / ".aws" / "config", "a named pipe")
    assert not any(complete("process", "--profile", ""))


def test_a_config_file_that_is_a_pipe_is_not_waited_for_in_fish(capsys, home, tmp_path):
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    (home / ".aws" / "config").unlink()
    make_special_file(home / ".aws" / "config", "a named pipe")
    script = script_of("fish", capsys) + 'complete -C "cognito-credentials process --profile "'
    assert run(fish, "--no-config", "-c", script, cwd=tmp_path) == []


def test_fish(capsys, tmp_path):
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    script = script_of("fish", capsys)

    def complete(line):
        asked = f"complete -C 'cognito-credentials {line}'"
        shown = run(fish, "--no-config", "-c", f"{script}\n{asked}", cwd=tmp_path)
        return [word.partition("\t")[0] for word in shown]

    assert set(complete("")) == {*program.SUBCOMMANDS, "help"}
    assert set(complete("help ")) == set(program.SUBCOMMANDS)
    assert set(complete("emulator --de")) == {"--demo", "--debug"}
    assert complete("cache cl") == ["clear"]
    assert complete("export --format env") == ["env", "env-no-export"]
    assert complete("whoami --profile login --j") == ["--json"]
    profiles = set(complete("process --profile "))
    assert {"default", "game", "two words", "$(touch pwned)"} == profiles
    assert not (tmp_path / "pwned").exists()


def test_what_exec_runs_in_fish(capsys, tmp_path, other_program):
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    script = script_of("fish", capsys) + "complete -c zz-program -l three\n"
    script += "complete -c zz-program -f -a 'one two'"

    def complete(line):
        asked = f"complete -C 'cognito-credentials {line}'"
        shown = run(fish, "--no-config", "-c", f"{script}\n{asked}", cwd=tmp_path)
        return [word.partition("\t")[0] for word in shown]

    assert complete("exec -- zz-pro") == [other_program]
    assert complete("exec --profile x -- zz-program t") == ["two"]
    assert complete("exec -- zz-program --t") == ["--three"]
    assert set(complete("exec -- zz-program -- cache ")) == {"one", "two"}
    assert complete("exec -- cognito-credentials exec -- zz-program o") == ["one"]
    assert complete("whoami -- zz-pro") == []


@pytest.mark.parametrize("shell", completion.SCRIPTS)
def test_every_script_has_all_verbs_and_their_options(shell, capsys):
    script = script_of(shell, capsys)
    for name in program.SUBCOMMANDS:
        verb = completion.Verb(name)
        assert name in script
        for option in verb.options:
            assert (f"-l {option[2:]} " if shell == "fish" else option) in script


def test_powershell_is_balanced(capsys):
    script = script_of("powershell", capsys)
    for opening, closing in ("{}", "()", "[]"):
        # The one pattern in it has brackets of its own, as many of each.
        assert script.count(opening) == script.count(closing)
    assert "'export --format' = @('process', 'env'," in script
    assert "'process --login' = @()" in script


def test_a_shell_that_is_not_known_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        program.main(["completion", "tcsh"])
    assert caught.value.code == 2
    assert "bash" in capsys.readouterr().err
