from __future__ import annotations

import inspect

from harness import FACEBOOK, FACEBOOK_TOKEN, jwt

from cognito_credentials.cli.identities.recorded_logins import LoginRecorder
from cognito_credentials.cli.settings.providers import build_logins
from cognito_credentials.cli.settings.resolution import resolve


def record(*logins):
    recorder = LoginRecorder()
    return recorder, recorder.wrap(build_logins(resolve({"logins": logins}, {})))


def test_a_login_is_recorded_only_after_its_token_was_supplied(tmp_path):
    (tmp_path / "token").write_text(FACEBOOK_TOKEN)
    recorder, logins = record(f"{FACEBOOK}=@{tmp_path / 'token'}")
    assert recorder.list_logins() == []
    assert logins[FACEBOOK]() == FACEBOOK_TOKEN
    assert recorder.list_logins() == [(FACEBOOK, None, None)]


def test_the_claims_of_an_id_token_are_recorded(tmp_path):
    token = jwt("login.example.com", exp=2_000_000_000)
    (tmp_path / "token").write_text(f"{token}\n")
    recorder, logins = record(f"login.example.com=@{tmp_path / 'token'}")
    logins["login.example.com"]()
    (login,) = recorder.list_logins()
    assert login.provider_name == "login.example.com"
    assert login.subject == "user-1"
    assert login.expires_at == 2_000_000_000


def test_a_recorded_supplier_still_accepts_refresh(tmp_path):
    command = f"sh -c 'echo >> {tmp_path / 'calls'}; echo token-number-1'"
    _, logins = record(f"a.b=cmd:{command}")
    (supplier,) = logins.values()
    assert "refresh" in inspect.signature(supplier).parameters
    assert supplier() == supplier(refresh=True) == "token-number-1"
    assert (tmp_path / "calls").read_text() == "\n\n"


def test_a_guest_has_no_logins():
    assert record()[1] == {}
