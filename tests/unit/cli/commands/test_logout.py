from __future__ import annotations

import io
import json

import pytest

from cognito_credentials._sign_in.sessions import FILE, Session, Sessions, Whose
from cognito_credentials.cli.commands import logout
from cognito_credentials.cli.program import main
from cognito_credentials.stores import FileStore

ISSUER = ["--issuer", "http://127.0.0.1:1", "--client-id", "app"]
WHOSE = Whose("http://127.0.0.1:1", "app")


def session_of(whose, *, refresh_token) -> Session:
    return Session(
        whose,
        id_token="id-token-of-ann",
        refresh_token=refresh_token,
        expires_at=4e9,
        method="oauth",
        subject="user-1",
        name="ann",
        digests=("d2", "d1"),
    )


@pytest.fixture
def signed_in(never_printed):
    never_printed("id-token-of-ann")
    refresh_token = never_printed("refresh-token-of-ann")
    Sessions().save(session_of(WHOSE, refresh_token=refresh_token), FILE)


def test_nobody_was_signed_in(capsys):
    assert main(["logout", *ISSUER]) == 0
    assert capsys.readouterr().out == "Nobody was signed in at http://127.0.0.1:1.\n"
    assert main(["logout", "--all"]) == 0
    assert capsys.readouterr().out == "Nobody was signed in.\n"


def test_who_else_is_signed_in_is_said(signed_in, capsys):
    assert main(["logout", *ISSUER, "--user", "ben"]) == 0
    assert capsys.readouterr().out == (
        "Nobody was signed in at http://127.0.0.1:1 as ben.\n"
        "Somebody else is, at http://127.0.0.1:1: cognito-credentials logout --issuer "
        f"http://127.0.0.1:1 --client-id {WHOSE.client_id}\n"
    )


def test_whom_of_several_it_has_signed_out(capsys):
    whose = Whose("http://127.0.0.1:1", "app", "ben")
    Sessions().save(session_of(whose, refresh_token=""), FILE)
    assert main(["logout", *ISSUER, "--user", "ben"]) == 0
    assert capsys.readouterr() == ("Signed out ann (--user ben) at http://127.0.0.1:1.\n", "")


def test_a_name_that_cannot_be_written_keeps_nobody_signed_in(monkeypatch):
    written = io.BytesIO()
    for user in ("ben", "zoë"):
        whose = Whose("http://127.0.0.1:1", "app", user)
        Sessions().save(session_of(whose, refresh_token=""), FILE)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["logout", "--all"]) == 0
    assert b"(--user zo?)" in written.getvalue()
    assert Sessions().everyone() == []


def test_an_issuer_that_cannot_be_told(signed_in, capsys):
    assert main(["logout", *ISSUER]) == 0
    out, err = capsys.readouterr()
    assert out == "Signed out ann at http://127.0.0.1:1.\n"
    assert err.startswith("The issuer was not told: ")
    assert "127.0.0.1:1" in err
    assert Sessions().find(WHOSE) is None


def test_the_users_credentials_go_and_nobody_elses(signed_in, capsys):
    store = FileStore()
    records = {
        "credentials:ours": {"accepted": ["d0", "d1"]},
        "credentials:theirs": {"accepted": ["d9"]},
        "credentials:a-guests": {"accepted": []},
        "credentials:broken": [],
        "identity-id:ours": {"accepted": ["d1"]},
    }
    for key, record in records.items():
        store.put(key, json.dumps(record).encode(), expires_at=None)
    main(["logout", *ISSUER])
    assert sorted(store.list_keys()) == sorted(set(records) - {"credentials:ours"})


def test_a_session_that_is_being_renewed_is_waited_for(signed_in, monkeypatch):
    lease = FileStore("~/.aws/cognito-credentials/sessions").lock(WHOSE.key, 0)
    waits: list[float] = []

    def sleep(seconds):
        waits.append(seconds)
        lease.release()

    monkeypatch.setattr("cognito_credentials.clock.SystemClock.sleep", staticmethod(sleep))
    assert main(["logout", *ISSUER]) == 0
    assert len(waits) == 1
    assert Sessions().find(WHOSE) is None


def test_what_is_not_json_is_left(signed_in):
    store = FileStore()
    store.put("credentials:x", b"\xff", expires_at=None)
    logout._remove_credentials(("d1",))
    assert store.list_keys() == ["credentials:x"]
