"""Every command must reject an invalid issuer, and name the option, variable or line."""

from __future__ import annotations

import pytest

from cognito_credentials.cli.commands.process import CHAIN_VARIABLE
from cognito_credentials.cli.program import main

POOL = ("--identity-pool-id", "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
COMMANDS = {
    "login": ("login", "--store", "file"),
    "logout": ("logout",),
    "process": ("process", *POOL),
    "export": ("export", *POOL),
    "exec": ("exec", *POOL, "--", "true"),
    "serve": ("serve", *POOL),
    "whoami": ("whoami", *POOL),
    "configure": ("configure", "--yes", *POOL),
    "link": ("link", "--yes", *POOL),
}
INVALID_ISSUERS = [
    "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
    "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example",
    "foo:bar",
    "https://login.example.com:99999",
    "https://login.example.com:abc",
    "https://[::1",
    "http://login.example.com",
]


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch):
    """Restore a variable that the commands set for their child processes."""
    monkeypatch.setenv(CHAIN_VARIABLE, "")


def with_options(words, *options):
    """Return a subcommand's command line; for `exec`, the options precede the program to run."""
    end = words.index("--") if "--" in words else len(words)
    return [*words[:end], *options, *words[end:]]


@pytest.mark.parametrize("issuer", INVALID_ISSUERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_invalid_issuer_is_rejected_by_the_name_of_the_option(command, issuer, capsys, home):
    words = with_options(COMMANDS[command], "--issuer", issuer, "--client-id", "app")
    assert main(words) == 2
    err = capsys.readouterr().err
    assert err.startswith("cognito-credentials: option --issuer ")
    assert not (home / ".aws" / "config").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_an_invalid_issuer_is_rejected_by_the_name_of_the_variable(command, capsys, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_ISSUER", "https://login.example.com:99999")
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    assert main(list(COMMANDS[command])) == 2
    # `configure` copies variables into the profile, and validates the profile before writing it.
    name = "cognito_issuer" if command == "configure" else "AWS_COGNITO_ISSUER"
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("command", ["login", "logout", "process"])
def test_an_invalid_issuer_is_rejected_by_the_line_of_the_profile(command, capsys, config):
    config(
        "[profile game]\n"
        f"cognito_identity_pool_id = {POOL[1]}\n"
        "cognito_issuer = foo:bar\n"
        "cognito_client_id = app\n"
    )
    assert main([COMMANDS[command][0], "--profile", "game"]) == 2
    err = capsys.readouterr().err
    assert "cognito_issuer (profile game in " in err
    assert "line 3" in err


def test_doctor_fails_for_an_invalid_issuer(capsys):
    words = ["doctor", *POOL, "--issuer", "foo:bar", "--client-id", "app"]
    assert main(words) == 1
    assert "✗ configuration    option --issuer " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["login", "logout", "process", "doctor"])
@pytest.mark.parametrize("prefix", ["https://", "http://", "//", ""])
def test_the_password_in_an_issuer_is_never_printed(command, prefix, capsys, never_printed):
    password = never_printed("password-of-ann-1234")
    words = COMMANDS.get(command, ("doctor", *POOL))
    issuer = f"{prefix}ann:{password}@login.example.com"
    status = main([*words, "--debug", "--issuer", issuer, "--client-id", "app"])
    assert status == (1 if command == "doctor" else 2)
    captured = capsys.readouterr()
    assert password not in captured.out + captured.err
