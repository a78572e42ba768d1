"""Wording of prompts, and of errors about values that a shell cannot read."""

from __future__ import annotations

import datetime
import io

from golden import assert_golden, error_texts

from cognito_credentials import Credentials
from cognito_credentials.cli.terminal.formats import profile_section
from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.cli.terminal.shells import format_variables

CREDENTIALS = Credentials(
    access_key_id="ASIATEST00000001",
    secret_access_key="a-secret-key",
    session_token="a-session-token",
    expiration=datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC),
    identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_prompts_texts(monkeypatch, capsys):
    def ask(method, typed="", *, passwords=(), terminal=True):
        def call():
            responses = iter(passwords)
            monkeypatch.setattr("sys.stdin", Terminal(typed) if terminal else io.StringIO(typed))
            monkeypatch.setattr("getpass.getpass", lambda prompt, stream: record(prompt, responses))
            return method(Prompts())

        return call

    def record(prompt, responses):
        response = next(responses)
        dialog.append(f"{prompt}{'*' * len(response)}\n")
        return response

    dialog = []
    ask(lambda prompts: prompts.line("User name"), "ann\n")()
    ask(lambda prompts: prompts.password(), passwords=["secret"])()
    ask(lambda prompts: prompts.code("email"), "123456\n")()
    for subject in ("password", "code"):
        ask(lambda prompts, subject=subject: prompts.offer_retry(subject))()
    written = capsys.readouterr().err
    ask(lambda prompts: prompts.new_password(), passwords=["one", "two", "one", "one"])()
    errors = error_texts(
        {
            "no line on a terminal": ask(lambda prompts: prompts.line("User name")),
            "no line without a terminal": ask(
                lambda prompts: prompts.line("User name"), terminal=False
            ),
            "an empty password on a terminal": ask(
                lambda prompts: prompts.password(), passwords=[""]
            ),
            "no password without a terminal": ask(
                lambda prompts: prompts.password(), terminal=False
            ),
            "new passwords that differ": ask(
                lambda prompts: prompts.new_password(), passwords=["one", "two"] * 3
            ),
            "a value that no shell can read": lambda: format_variables({"TOKEN": "a\0"}, "env"),
            "a value that an environment file cannot contain": lambda: format_variables(
                {"TOKEN": "a\n"}, "env-no-export"
            ),
            "a profile that the credentials file cannot contain": lambda: profile_section(
                CREDENTIALS, "a\nb"
            ),
            "a value that cmd cannot read": lambda: format_variables(
                {"TOKEN": 'a"b'}, "windows-cmd"
            ),
        }
    )
    retries = capsys.readouterr().err
    assert_golden(
        "terminal",
        f"## on standard error\n{written}\n\n## hidden input\n{''.join(dialog)}\n"
        f"## retries\n{retries}\n{errors}",
    )
