from __future__ import annotations

import inspect

from harness import FACEBOOK, FACEBOOK_TOKEN, jwt

from cognito_credentials.cli import program
from cognito_credentials.cli.identities.recorded_logins import RecordingSelection


def selection_of(*logins):
    options = program.create_parser("whoami").parse_args([f"--login={login}" for login in logins])
    return RecordingSelection(options)


def test_nothing_is_noted_before_it_is_asked(tmp_path):
    (tmp_path / "token").write_text(FACEBOOK_TOKEN)
    selection = selection_of(f"{FACEBOOK}=@{tmp_path / 'token'}")
    logins = selection.logins()
    assert list(selection.recorded_logins()) == []
    assert logins[FACEBOOK]() == FACEBOOK_TOKEN
    assert list(selection.recorded_logins()) == [(FACEBOOK, None, None)]


def test_claims_are_read(tmp_path):
    token = jwt("login.example.com", exp=2_000_000_000)
    (tmp_path / "token").write_text(f"{token}\n")
    selection = selection_of(f"login.example.com=@{tmp_path / 'token'}")
    selection.logins()["login.example.com"]()
    ((key, subject, expiry),) = selection.recorded_logins()
    assert key == "login.example.com"
    assert subject
    assert expiry


def test_a_supplier_that_takes_refresh_still_does(tmp_path):
    command = f"sh -c 'echo >> {tmp_path / 'asked'}; echo token-number-1'"
    (noting,) = selection_of(f"a.b=cmd:{command}").logins().values()
    assert "refresh" in inspect.signature(noting).parameters
    assert noting() == noting(refresh=True) == "token-number-1"
    assert (tmp_path / "asked").read_text() == "\n\n"


def test_a_guest_has_none():
    assert selection_of().logins() == {}
