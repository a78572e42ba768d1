from __future__ import annotations

import io

import pytest

from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.errors import ConfigurationError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def prompts_for(monkeypatch):
    """Return a function that creates prompts, which read a given string from standard input."""

    def create(text: str, *, terminal: bool = False) -> Prompts:
        monkeypatch.setattr("sys.stdin", (Terminal if terminal else io.StringIO)(text))
        return Prompts()

    return create


def test_responses_are_lines_of_standard_input_without_a_terminal(
    prompts_for, capsys, never_printed
):
    prompts = prompts_for(" ann \nCorrect horse 7 \r\n123456\nNew-password-8\n")
    assert prompts.line("User name") == "ann"
    assert prompts.password() == "Correct horse 7 "
    assert prompts.code("email") == "123456"
    assert prompts.new_password() == "New-password-8"
    assert capsys.readouterr() == ("", "")


def test_questions_are_written_to_standard_error_on_a_terminal(prompts_for, capsys):
    assert prompts_for("123456\n", terminal=True).code("email") == "123456"
    assert capsys.readouterr() == ("", "Code (email): ")


@pytest.mark.parametrize("text", ["", "\n", "  \n"])
def test_a_missing_response_is_an_error_that_names_the_question(prompts_for, text):
    with pytest.raises(ConfigurationError, match=r"code \(email\)"):
        prompts_for(text).code("email")
    with pytest.raises(ConfigurationError, match="password"):
        prompts_for(text).password()


def test_passwords_are_not_echoed_on_a_terminal(prompts_for, monkeypatch):
    questions = []

    def getpass(prompt, stream):
        questions.append(prompt)
        return responses.pop(0)

    monkeypatch.setattr("getpass.getpass", getpass)
    prompts = prompts_for("", terminal=True)
    responses = ["Correct-horse-7", "New-password-8", "New-password-8", ""]
    assert prompts.password() == "Correct-horse-7"
    assert prompts.new_password() == "New-password-8"
    with pytest.raises(ConfigurationError):
        prompts.password()
    assert questions[0] == "Password: "


def test_a_new_password_may_be_repeated_three_times(prompts_for, monkeypatch, capsys):
    responses = ["New-password-8", "Other", "New-password-9", "New-password-9"]
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: responses.pop(0))
    assert prompts_for("", terminal=True).new_password() == "New-password-9"
    assert capsys.readouterr().err.count("\n") == 1
    responses[:] = ["a", "b"] * 4
    with pytest.raises(ConfigurationError):
        prompts_for("", terminal=True).new_password()
    assert len(responses) == 2


def test_a_rejected_response_can_be_repeated_twice(prompts_for, capsys):
    prompts = prompts_for("", terminal=True)
    assert [prompts.offer_retry("password") for _ in range(3)] == [True, True, False]
    assert prompts.offer_retry("code")  # Attempts are counted for each subject separately.
    capsys.readouterr()
    assert prompts.offer_retry("new password", "It is too short.")
    assert capsys.readouterr().err.startswith("It is too short. ")


def test_without_a_terminal_only_a_code_can_be_repeated(prompts_for, capsys):
    prompts = prompts_for("1\n2\n")
    assert prompts.code("app") == "1"
    assert not prompts.offer_retry("password")
    assert capsys.readouterr().err == ""
    assert prompts.offer_retry("code")
    assert prompts.code("app") == "2"
    assert not prompts.offer_retry("code")


@pytest.mark.parametrize(
    ("text", "confirmed"),
    [("y\n", True), (" YES \n", True), ("\n", False), ("n\n", False), ("", False)],
)
def test_only_yes_confirms(prompts_for, capsys, text, confirmed):
    prompts = prompts_for(text, terminal=True)
    assert prompts.confirm("Keep it?", error=ConfigurationError("x")) is confirmed
    assert capsys.readouterr().err == "Keep it? [y/N] "


def test_without_a_terminal_confirm_raises_the_given_error(prompts_for, capsys):
    error = ConfigurationError("x")
    with pytest.raises(ConfigurationError) as raised:
        prompts_for("y\n").confirm("Keep it?", error=error)
    assert raised.value is error
    assert capsys.readouterr().err == ""
