"""docs/cli.md says what the help says."""

from __future__ import annotations

import re

import pytest
from cli_reference import PAGE, reference

from cognito_credentials.cli import program


def test_the_page_is_what_the_help_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_page_has_each_verb_in_order() -> None:
    assert re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(
        program.VERBS
    )


@pytest.mark.parametrize("verb", program.VERBS)
def test_help_is_what_the_parser_says(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        program.main([verb, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == program.parser_of(verb).format_help()
