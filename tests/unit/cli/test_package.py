from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from cognito_credentials import cli


@pytest.mark.parametrize("verb", cli.VERBS)
def test_each_verb_has_a_parser_that_helps(verb):
    text = cli.parser_of(verb).format_help()
    assert text.startswith(f"usage: cognito-credentials {verb} ")
    assert "--debug" in text


def test_the_help_names_each_verb(capsys):
    for words in ([], ["--help"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert all(f"  {verb}" in out and what in out for verb, what in cli.VERBS.items())


@pytest.mark.parametrize("words", [["foo"], ["foo", "bar"], ["--foo", "version"], [""], ["--"]])
def test_what_is_no_verb_is_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1] == "Next: cognito-credentials --help"


def test_what_configure_writes_is_read_without_argparse_to_the_same():
    words = ["process", "--profile", "game"]
    fast = vars(cli._of_a_profile(words))
    assert fast == vars(cli.parser_of("process").parse_args(words[1:]))


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
    assert cli._of_a_profile(words) is None


def test_a_closed_standard_output_is_nobody_who_listens():
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m cognito_credentials version >&-"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
