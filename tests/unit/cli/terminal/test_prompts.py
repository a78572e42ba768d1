from __future__ import annotations

import io

import pytest

from cognito_credentials.cli.terminal.prompts import Prompts
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
    answers = ["Correct-horse-7", "New-password-8", "New-password-8", ""]
    assert prompts.password() == "Correct-horse-7"
    assert prompts.new_password() == "New-password-8"
    with pytest.raises(ConfigurationError, match="no answer"):
        prompts.password()
    assert asked[0] == "Password: "


def test_a_new_password_may_be_mistyped_twice(given, monkeypatch, capsys):
    answers = ["New-password-8", "Other", "New-password-9", "New-password-9"]
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: answers.pop(0))
    assert given("", terminal=True).new_password() == "New-password-9"
    assert capsys.readouterr().err == "That repetition is not right. Try again.\n"
    answers[:] = ["a", "b"] * 4
    with pytest.raises(ConfigurationError, match="differ"):
        given("", terminal=True).new_password()
    assert len(answers) == 2


def test_wrong_answers_are_asked_for_again_twice(given, capsys):
    prompts = given("", terminal=True)
    assert [prompts.again("password") for _ in range(3)] == [True, True, False]
    assert prompts.again("code")  # another question
    assert capsys.readouterr().err.startswith("That password is not right. Try again.\n")
    assert prompts.again("new password", "It is too short.")
    assert capsys.readouterr().err == "It is too short. Try again.\n"


def test_without_a_terminal_a_code_may_follow_and_a_password_does_not(given, capsys):
    prompts = given("1\n2\n")
    assert prompts.code("app") == "1"
    assert not prompts.again("password")
    assert capsys.readouterr().err == ""
    assert prompts.again("code")
    assert prompts.code("app") == "2"
    assert not prompts.again("code")


@pytest.mark.parametrize(
    ("text", "agrees"),
    [("y\n", True), (" YES \n", True), ("\n", False), ("n\n", False), ("", False)],
)
def test_who_agrees(given, capsys, text, agrees):
    prompts = given(text, terminal=True)
    assert prompts.agrees("Keep it?", unasked=ConfigurationError("nobody")) is agrees
    assert capsys.readouterr().err == "Keep it? [y/N] "


def test_without_a_terminal_nobody_is_asked(given, capsys):
    with pytest.raises(ConfigurationError, match="nobody is here"):
        given("y\n").agrees("Keep it?", unasked=ConfigurationError("nobody is here"))
    assert capsys.readouterr().err == ""
