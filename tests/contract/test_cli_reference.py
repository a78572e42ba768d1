"""docs/cli.md must contain the help of every subcommand."""

from __future__ import annotations

import re

import pytest
from cli_reference import PAGE, reference

from cognito_credentials.cli import dispatch, program


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_page_lists_the_subcommands_in_order() -> None:
    assert re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(
        dispatch.SUBCOMMANDS
    )


@pytest.mark.parametrize("name", dispatch.SUBCOMMANDS)
def test_the_help_option_prints_the_help_of_the_parser(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        program.main([name, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == dispatch.create_parser(name).format_help()
