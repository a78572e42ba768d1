from __future__ import annotations

import io

import pytest

from cognito_credentials.cli.common.prompts import Prompts
from cognito_credentials.errors import ConfigurationError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def given(monkeypatch):
    def give(text: str, *, terminal: bool = False) -> Prompts:
        monkeypatch.setattr("sys.stdin", (Terminal if terminal else io.StringIO)(text))
        return Prompts()

    return give


def test_lines_of_standard_input(given, capsys, never_printed):
    prompts = given(" ann \nCorrect horse 7 \r\n123456\nNew-password-8\n")
    assert prompts.line("User name") == "ann"
    assert prompts.password() == "Correct horse 7 "  # whose spaces are its own
    assert prompts.code("email") == "123456"
    assert prompts.new_password() == "New-password-8"
    assert capsys.readouterr() == ("", "")  # nobody reads a question there


def test_a_question_on_the_terminal(given, capsys):
    assert given("123456\n", terminal=True).code("email") == "123456"
    assert capsys.readouterr() == ("", "Code (email): ")


@pytest.mark.parametrize("text", ["", "\n", "  \n"])
def test_no_answer(given, text):
    with pytest.raises(ConfigurationError, match=r"no answer to: Code \(email\)"):
        given(text).code("email")
    with pytest.raises(ConfigurationError, match="no answer to: Password"):
        given(text).password()


def test_passwords_are_asked_for_without_showing_them(given, monkeypatch):
    asked = []

    def getpass(prompt, stream):
        asked.append(prompt)
        return answers.pop(0)

    monkeypatch.setattr("getpass.getpass", getpass)
    prompts = given("", terminal=True)
    answers = ["Correct-horse-7", "New-password-8", "New-password-8", "New-password-8", "Other", ""]
    assert prompts.password() == "Correct-horse-7"
    assert prompts.new_password() == "New-password-8"
    with pytest.raises(ConfigurationError, match="differ"):
        prompts.new_password()
    with pytest.raises(ConfigurationError, match="no answer"):
        prompts.password()
    assert asked[0] == "Password: "


@pytest.mark.parametrize(
    ("text", "is_terminal", "agrees"),
    [
        ("y\n", True, True),
        (" YES \n", True, True),
        ("\n", True, False),
        ("n\n", True, False),
        ("", True, False),
        ("y\n", False, False),
    ],
)
def test_who_agrees(given, capsys, text, is_terminal, agrees):
    assert given(text, terminal=is_terminal).agrees("Keep it?") is agrees
    assert capsys.readouterr().err == ("Keep it? [y/N] " if is_terminal else "")
