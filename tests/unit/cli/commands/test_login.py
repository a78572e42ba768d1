from __future__ import annotations

import datetime
import io

import pytest
from fake_issuer import FakeIssuer

from cognito_credentials._sign_in.sessions import Session, Whose
from cognito_credentials.cli.commands import login
from cognito_credentials.cli.program import main

ISSUER = ["--issuer", "http://127.0.0.1:1", "--client-id", "app"]


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "86401"])
def test_no_time_to_wait(capsys, seconds):
    assert main(["login", *ISSUER, "--timeout", seconds]) == 2
    said = capsys.readouterr().err
    assert "--timeout is" in said
    assert "as in --timeout 300" in said


def test_one_way_at_a_time(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["login", "--device", "--password"])
    assert caught.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_no_issuer(capsys):
    assert main(["login"]) == 2
    assert capsys.readouterr().err == (
        "cognito-credentials: no issuer is given\n"
        "Next: Give --issuer https://login.example.com (or us-east-1_Example, a user pool), or set "
        "cognito_issuer in the profile, or AWS_COGNITO_ISSUER.\n"
    )


def test_a_password_for_an_issuer_that_takes_none(capsys):
    assert main(["login", *ISSUER, "--password", "--username", "ann", "--store", "file"]) == 2
    assert "is not a user pool" in capsys.readouterr().err


def test_a_user_name_means_a_password(capsys):
    assert main(["login", *ISSUER, "--username", "ann", "--store", "file"]) == 2
    err = capsys.readouterr().err
    assert "is not a user pool" in err
    assert "leave --password and --username out" in err


@pytest.mark.parametrize(
    "words",
    [
        ("--username=ann", "--device"),
        ("--username=ann", "--no-browser"),
        ("--scope=openid", "--password"),
        ("--redirect-port=80", "--password"),
        ("--redirect-port=80", "--device"),
    ],
)
def test_what_a_way_in_has_no_use_for_is_refused(words, capsys):
    assert main(["login", *ISSUER, *words]) == 2
    option = words[0].partition("=")[0]
    assert f"{option} does not go with {words[1]}" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "status"), [("y\n", 5), ("n\n", 2)])
def test_files_are_agreed_to_on_a_terminal(monkeypatch, capsys, answer, status):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("keyring.get_keyring", no_keyring)
    # Agreed, it goes on to the issuer, which does not answer.
    assert main(["login", *ISSUER]) == status
    err = capsys.readouterr().err
    assert "in a file that only you can read? [y/N]" in err
    assert ("cognito-credentials: this machine has no keychain" in err) is (status == 2)


def no_keyring():
    from keyring.backends.fail import Keyring

    return Keyring()


def session(*, refresh_token: str) -> Session:
    return Session(
        Whose("https://login.example.com", "app"),
        id_token="t",
        refresh_token=refresh_token,
        expires_at=datetime.datetime(2030, 5, 17, 12, 30).astimezone().timestamp(),
        method="oauth",
        subject="user-1",
    )


def test_how_long_it_lasts():
    client = FakeIssuer().client()
    assert login._how_long(session(refresh_token="r"), client) == (
        "It is renewed by itself; the first ID token ends at 12:30."
    )
    assert login._how_long(session(refresh_token=""), client) == (
        "It ends on 17 May at 12:30: the issuer gave nothing to renew it with."
    )
    offline = FakeIssuer(scopes_supported=["openid", "offline_access"]).client()
    assert "offline_access" in login._how_long(session(refresh_token=""), offline)


def test_what_an_issuer_shows_is_one_line(capsys):
    login._show_code("https://a.example\x1b[2J", "AB\nCD", "")
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "  AB CD\n" in err
