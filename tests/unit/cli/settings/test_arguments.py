from __future__ import annotations

import pytest

from cognito_credentials.cli.settings.arguments import Parser, add_selection
from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN


@pytest.fixture
def parser() -> Parser:
    parser = Parser(prog="cognito-credentials process", description="One.\n\n  Two.")
    add_selection(parser)
    return parser


def test_every_option_has_nothing_until_it_is_given(parser):
    assert vars(parser.parse_args([])) == NOTHING_GIVEN


def test_a_login_may_be_repeated(parser):
    options = parser.parse_args(["--login", "a=@b", "--login", "c=@d"])
    assert options.logins == ["a=@b", "c=@d"]


@pytest.fixture
def refused(capsys):
    def refused(parser, *words):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(words)
        assert ended.value.code == 2
        what, step = capsys.readouterr().err.splitlines()
        return what.removeprefix(f"{parser.prog}: "), step.removeprefix("Next: ")

    return refused


@pytest.mark.parametrize(
    ("words", "option", "meant"),
    [
        (["--profle", "game"], "--profle", "--profile"),
        (["game", "--profle=secret"], "--profle", "--profile"),
        # An abbreviation, too.
        (["--identity", "x"], "--identity", "--identity-id"),
    ],
)
def test_a_misspelt_option(parser, refused, words, option, meant):
    assert refused(parser, *words) == (f"there is no option {option}", f"Write {meant}.")


def test_an_option_that_is_like_no_other(parser, refused):
    what, step = refused(parser, "--frobnicate")
    assert (what, step) == ("there is no option --frobnicate", f"{parser.prog} --help")


def test_a_word_too_many_may_be_a_profile(parser, refused, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile game]\n[profile two words]\n")
    for name, step in {
        "game": f"For the profile, write {parser.prog} --profile game",
        "two words": f"For the profile, write {parser.prog} --profile 'two words'",
        "shop": f"{parser.prog} --help",
    }.items():
        assert refused(parser, name) == (f"there is no place for the word {name!r}", step)
    bare = Parser(prog="cognito-credentials version")
    assert refused(bare, "game")[1] == "cognito-credentials version --help"


@pytest.mark.parametrize(
    ("kind", "text", "what"),
    [(int, "80x", "'80x' is not a whole number"), (float, "1s", "'1s' is not a number")],
)
def test_what_is_no_number(parser, refused, kind, text, what):
    parser.add_argument("--port", type=kind)
    assert parser.parse_args(["--port", "8"]).port == 8
    assert refused(parser, "--port", text)[0] == f"argument --port: {what}"


def test_a_description_keeps_its_lines(parser):
    assert "One.\n\n  Two.\n" in parser.format_help()
