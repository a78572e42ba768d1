from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from cognito_credentials.cli import dispatch
from cognito_credentials.cli.program import main


@pytest.mark.parametrize("name", dispatch.SUBCOMMANDS)
def test_each_subcommand_has_help(name):
    text = dispatch.create_parser(name).format_help()
    assert text.startswith(f"usage: cognito-credentials {name} ")
    assert "--debug" in text


def test_the_overview_lists_each_subcommand(capsys):
    for words in ([], ["--help"], ["-h"], ["help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert all(
            f"  {name}" in out and summary in out for name, summary in dispatch.SUBCOMMANDS.items()
        )


@pytest.mark.parametrize("words", [["foo"], ["foo", "bar"], ["--foo"], ["", "version"], ["--"]])
def test_an_unknown_subcommand_is_rejected(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1] == "Next: Run: cognito-credentials --help"


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize("value", [TOKEN, "secret-" * 40, "\033]0;title\007" + "x" * 100])
@pytest.mark.parametrize(
    "words",
    [
        ["export", "--format"],
        ["cache"],
        ["completion"],
        ["emulator", "--port"],
        ["serve", "--format"],
        ["login", "--store"],
    ],
)
def test_an_invalid_value_is_printed_in_part_only(words, value, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*words, value])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert len(err) < 400
    assert value[5:20] not in err
    assert err.replace("\n", "").isprintable()


@pytest.mark.parametrize("word", ["-hunter2!", "--" + TOKEN, "-\033[2J", "-" + "x" * 100])
def test_a_word_that_is_no_option_name_is_not_printed(word, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["login", word])
    # argparse of Python 3.13 prints the help for a word that begins with -h.
    assert ended.value.code == 2 or (ended.value.code == 0 and word.startswith("-h"))
    out, err = capsys.readouterr()
    assert word.strip("-") not in out + err


@pytest.mark.parametrize(
    "module", ["dispatch", "settings.arguments", "commands.version", "terminal.output"]
)
def test_an_interrupted_import_ends_the_command_quietly(module):
    program = (
        "import sys\n"
        "from cognito_credentials.cli.program import main\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == f'cognito_credentials.cli.{sys.argv[1]}':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "sys.exit(main(['version']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, module], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


def test_the_command_in_a_profile_runs_without_argparse(tmp_path):
    """argparse would account for a tenth of the running time of `process --profile NAME`."""
    program = (
        "import sys\n"
        "from cognito_credentials.cli.program import main\n"
        "main(sys.argv[1:])\n"
        "print('argparse' in sys.modules)\n"
    )
    for words, is_imported in ((["game"], "False"), (["game", "--user", "ada"], "True")):
        done = subprocess.run(
            [sys.executable, "-c", program, "process", "--profile", *words],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"HOME": str(tmp_path)},
        )
        assert "game" in done.stderr
        assert done.stdout.strip() == is_imported


@pytest.mark.parametrize(
    "words",
    [["process", "--profile", "--debug"], ["process", "--profile", "game", "--frobnicate"]],
)
def test_other_command_lines_of_process_are_parsed(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "Next: " in capsys.readouterr().err


@pytest.mark.parametrize("word", ["-V", "--version"])
def test_the_version_option_prints_what_the_version_subcommand_prints(word, capsys):
    assert main([word]) == 0
    out = capsys.readouterr().out
    assert main(["version"]) == 0
    assert capsys.readouterr().out == out


def test_a_closed_standard_output_is_not_an_error():
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials version >&-"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("exec", "command"),
        (
            "login --password --store file --issuer us-east-1_Example --client-id x",
            "user name",
        ),
    ],
)
def test_a_question_fails_if_standard_input_is_closed(words, text, tmp_path):
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials {words} <&-"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert text in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["", "--help", "help exec", "exec --help", "version"])
def test_a_failure_to_write_to_standard_output_is_reported(words, unbuffered):
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials {words} >/dev/full"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert done.returncode == 1
    message, step = done.stderr.splitlines()
    assert message.endswith("No space left on device")
    assert step.startswith("Next: ")
