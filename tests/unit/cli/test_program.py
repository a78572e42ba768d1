from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from cognito_credentials.cli import program


@pytest.mark.parametrize("name", program.SUBCOMMANDS)
def test_each_subcommand_has_help(name):
    text = program.create_parser(name).format_help()
    assert text.startswith(f"usage: cognito-credentials {name} ")
    assert "--debug" in text


def test_the_overview_lists_each_subcommand(capsys):
    for words in ([], ["--help"], ["-h"], ["help"]):
        with pytest.raises(SystemExit) as ended:
            program.main(words)
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert all(
            f"  {name}" in out and summary in out for name, summary in program.SUBCOMMANDS.items()
        )


@pytest.mark.parametrize("words", [["foo"], ["foo", "bar"], ["--foo"], ["", "version"], ["--"]])
def test_an_unknown_subcommand_is_rejected(words, capsys):
    with pytest.raises(SystemExit) as ended:
        program.main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1] == "Next: cognito-credentials --help"


def test_what_configure_writes_is_read_without_argparse_to_the_same():
    words = ["process", "--profile", "game"]
    fast = vars(program._of_a_profile(words))
    assert fast == vars(program.create_parser("process").parse_args(words[1:]))


@pytest.mark.parametrize(
    "words",
    [
        ["process", "--profile", "--debug"],
        ["process", "--profile", "game", "--debug"],
        ["export", "--profile", "game"],
        ["process"],
    ],
)
def test_other_words_are_for_argparse(words):
    assert program._of_a_profile(words) is None


@pytest.mark.parametrize("word", ["-V", "--version"])
def test_the_version_is_an_option_too(word, capsys):
    assert program.main([word]) == 0
    said = capsys.readouterr().out
    assert program.main(["version"]) == 0
    assert capsys.readouterr().out == said


def test_a_closed_standard_output_is_nobody_who_listens():
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials version >&-"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("exec", 2, "no command is given"),
        (
            "login --password --store file --issuer us-east-1_Example --client-id x",
            2,
            "User name",
        ),
    ],
)
def test_a_closed_standard_input_is_nobody_who_answers(words, status, said, tmp_path):
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials {words} <&-"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    assert done.returncode == status
    assert said in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["", "--help", "help exec", "exec --help", "version"])
def test_what_cannot_be_written_is_said(words, unbuffered):
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials {words} >/dev/full"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert done.returncode == 1
    what, step = done.stderr.splitlines()
    assert what == "cognito-credentials: writing failed: No space left on device"
    assert step.startswith("Next: ")
