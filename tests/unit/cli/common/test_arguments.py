from __future__ import annotations

import pytest

from cognito_credentials.cli.common.arguments import Parser, add_selection
from cognito_credentials.cli.common.selection import NOTHING_GIVEN


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


def test_an_abbreviation_is_refused_in_two_lines(parser, capsys):
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--identity", "x"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "cognito-credentials process: unrecognized arguments: --identity x\n"
        "Next: cognito-credentials process --help\n"
    )


def test_a_description_keeps_its_lines(parser):
    assert "One.\n\n  Two.\n" in parser.format_help()
