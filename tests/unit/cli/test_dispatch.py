"""Command lines that do not begin with a subcommand."""

from __future__ import annotations

import pytest

from cognito_credentials.cli import dispatch, program


def next_step(words, capsys):
    """Return the next step that the error for a rejected command line suggests."""
    with pytest.raises(SystemExit) as exited:
        program.main(words)
    assert exited.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    _, step = err.splitlines()
    return step.removeprefix("Next: ")


@pytest.mark.parametrize("name", dispatch.SUBCOMMANDS)
def test_help_may_precede_the_subcommand(name, capsys):
    for words in (["help", name], ["--help", name], ["-h", name]):
        with pytest.raises(SystemExit) as exited:
            program.main(words)
        assert exited.value.code == 0
        assert capsys.readouterr().out == dispatch.create_parser(name).format_help()


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
def test_options_before_the_subcommand_are_rejected_with_the_correct_line(words, line, capsys):
    assert next_step(words, capsys) == f"Run: cognito-credentials {line}"


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["logn"], "login"),
        (["who-am-i", "--json"], "whoami"),
        (["helpp"], "help"),
        (["help", "exce"], "exec"),
        (["frobnicate"], "--help"),
        (["list"], "configure --list"),
        (["assume", "game"], "exec --profile NAME"),
        (["add", "game"], "configure --profile NAME --identity-pool-id REGION:UUID"),
        (["--frobnicate"], "--help"),
        (["-Vh"], "--help"),
    ],
)
def test_a_misspelled_subcommand_is_rejected_with_a_suggestion(words, suggestion, capsys):
    assert next_step(words, capsys) == f"Run: cognito-credentials {suggestion}"


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (["export", "--env"], "--format env"),
        (["export", "--shell"], "--format env"),
        (["exec", "--server", "--", "true"], "Omit --server"),
        (["emulator", "--daemon"], "background"),
    ],
)
def test_options_of_other_tools_are_rejected_with_the_corresponding_option(words, step, capsys):
    assert step in next_step(words, capsys)


def test_every_word_of_another_tool_is_rejected_with_a_subcommand():
    for word, line in dispatch.WORDS_OF_OTHER_TOOLS.items():
        assert word not in dispatch.SUBCOMMANDS
        assert line.split()[0] in dispatch.SUBCOMMANDS
