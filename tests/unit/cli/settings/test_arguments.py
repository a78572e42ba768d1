from __future__ import annotations

import pytest

from cognito_credentials.cli.settings.arguments import Parser, add_setting_options
from cognito_credentials.cli.settings.names import OPTION_SETTINGS, SIGN_IN_SETTINGS


@pytest.fixture
def parser() -> Parser:
    parser = Parser(prog="cognito-credentials process", description="One.\n\n  Two.")
    add_setting_options(parser)
    return parser


def test_every_setting_has_an_option_that_is_unset_by_default(parser):
    expected = dict.fromkeys(OPTION_SETTINGS.keys() - SIGN_IN_SETTINGS)
    assert vars(parser.parse_args([])) == expected


def test_a_subcommand_that_signs_in_has_the_options_of_the_callback_url():
    parser = Parser(prog="cognito-credentials login")
    add_setting_options(parser, with_sign_in=True)
    assert vars(parser.parse_args([])) == dict.fromkeys(OPTION_SETTINGS)


def test_login_can_be_repeated(parser):
    options = parser.parse_args(["--login", "a=@b", "--login", "c=@d"])
    assert options.logins == ["a=@b", "c=@d"]


@pytest.fixture
def rejection(capsys):
    """Return a function that runs an invalid command line and returns the two lines printed."""

    def rejection(parser, *words):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(words)
        assert ended.value.code == 2
        message, step = capsys.readouterr().err.splitlines()
        return message.removeprefix(f"{parser.prog}: "), step.removeprefix("Next: ")

    return rejection


@pytest.mark.parametrize("option", ["--user", "--identity-pool-id", "--login"])
def test_an_option_whose_value_argparse_would_discard_is_rejected(parser, rejection, option):
    message, _ = rejection(parser, f"{option}=--")
    assert option in message


@pytest.mark.parametrize(
    ("words", "option", "suggestion"),
    [
        (["--profle", "game"], "--profle", "--profile"),
        (["game", "--profle=secret"], "--profle", "--profile"),
        # Abbreviated options are also rejected.
        (["--identity", "x"], "--identity", "--identity-id"),
    ],
)
def test_a_misspelled_option_is_rejected_with_a_suggestion(
    parser, rejection, words, option, suggestion
):
    message, step = rejection(parser, *words)
    assert message.endswith(option)
    assert suggestion in step


def test_an_unrecognizable_option_is_rejected(parser, rejection):
    message, step = rejection(parser, "--frobnicate")
    assert "--frobnicate" in message
    assert step == f"Run: {parser.prog} --help"


def test_the_suggestion_for_a_profile_without_its_option(parser, rejection, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile game]\n[profile 'two words']\n")
    for name, end in {
        "game": f"{parser.prog} --profile game",
        "two words": f"{parser.prog} --profile 'two words'",
        "shop": f"{parser.prog} --help",
    }.items():
        message, step = rejection(parser, name)
        assert repr(name) in message
        assert step.endswith(end)
    bare = Parser(prog="cognito-credentials version")
    assert rejection(bare, "game")[1] == "Run: cognito-credentials version --help"


@pytest.mark.parametrize(
    "words",
    [
        ["--password=hunter2"],
        ["--password", "hunter2"],
        ["--username", "ada", "hunter2"],
        ["--username=ada", "--password=hunter2"],
    ],
)
def test_a_password_on_the_command_line_is_rejected_and_not_printed(parser, rejection, words):
    parser.add_argument("--password", action="store_true")
    parser.add_argument("--username")
    message, step = rejection(parser, *words)
    assert "hunter2" not in message + step
    assert "without a value" in step


@pytest.mark.parametrize(("kind", "text"), [(int, "80x"), (float, "1s")])
def test_text_that_is_not_a_number_is_rejected(parser, rejection, kind, text):
    parser.add_argument("--port", type=kind)
    assert parser.parse_args(["--port", "8"]).port == 8
    message, _ = rejection(parser, "--port", text)
    assert "--port" in message
    assert repr(text) in message


def test_the_line_breaks_of_a_description_are_kept(parser):
    assert "One.\n\n  Two.\n" in parser.format_help()
