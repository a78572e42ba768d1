"""Command lines that do not begin with a verb."""

from __future__ import annotations

import pytest

from cognito_credentials.cli import program


def refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        program.main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    what, step = err.splitlines()
    return what.removeprefix("cognito-credentials: "), step.removeprefix("Next: ")


@pytest.mark.parametrize("verb", program.VERBS)
def test_help_of_a_verb(verb, capsys):
    for words in (["help", verb], ["--help", verb], ["-h", verb]):
        with pytest.raises(SystemExit) as ended:
            program.main(words)
        assert ended.value.code == 0
        assert capsys.readouterr().out == program.parser_of(verb).format_help()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--profile", "game", "whoami"], "whoami --profile game"),
        (["--profile=game", "whoami"], "whoami --profile=game"),
        (["--debug", "whoami"], "whoami --debug"),
        (["--profile", "login", "whoami"], "whoami --profile login"),
        (["--profile", "two words", "whoami"], "whoami --profile 'two words'"),
        (["--profile", "game", "exec", "--", "curl", "-u", "a:b"], "exec --profile game ..."),
    ],
)
def test_options_before_the_verb(words, line, capsys):
    assert refused(words, capsys) == (
        "options come after the verb",
        f"cognito-credentials {line}",
    )


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["logn"], "login"),
        (["who-am-i", "--json"], "whoami"),
        (["helpp"], "help"),
        (["help", "exce"], "exec"),
        (["frobnicate"], "--help"),
        (["--frobnicate"], "--help"),
        (["-Vh"], "--help"),
    ],
)
def test_a_misspelt_verb(words, meant, capsys):
    what, step = refused(words, capsys)
    assert what == f"there is no verb {words[-1] if words[0] == 'help' else words[0]!r}"
    assert step == f"cognito-credentials {meant}"
