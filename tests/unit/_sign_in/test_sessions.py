from __future__ import annotations

import json

import keyring.backend
import pytest

from cognito_credentials._sign_in.sessions import FILE, KEYCHAIN, Session, SessionKey, Sessions
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError
from cognito_credentials.stores import FileStore
from cognito_credentials.testing import FakeClock

SESSION_KEY = SessionKey("https://login.example.com", "app")


class Keychain(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service, username):
        if self.is_locked:
            raise RuntimeError("locked, and this text may hold anything")
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.get_password(service, username)
        self.entries[service, username] = password

    def delete_password(self, service, username):
        del self.entries[service, username]


@pytest.fixture
def keychain():
    return Keychain()


@pytest.fixture
def sessions(keychain):
    return Sessions(backend=keychain)


@pytest.fixture
def session(never_printed):
    return session_of(SESSION_KEY, never_printed("refresh-token-1"), never_printed("id-token-1"))


def session_of(key, refresh_token="refresh-token-1", id_token="id-token-1"):
    return Session(
        key,
        id_token=id_token,
        refresh_token=refresh_token,
        expires_at=2e9,
        method="oauth",
        subject="user-1",
        name="ann@example.com",
        digests=("d1", "d2"),
    )


def everything_below(folder) -> str:
    return "\n".join(p.read_text() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("place", [FILE, KEYCHAIN])
def test_a_session_is_kept(sessions, session, keychain, place):
    assert sessions.find(SESSION_KEY) is None
    sessions.save(session, place)
    found = Sessions(backend=keychain).find(SESSION_KEY)
    assert found is not None
    assert found.members() == {**session.members(), "digests": ("d1", "d2")}
    assert sessions.place_of(SESSION_KEY) == place


def test_a_session_that_an_earlier_version_stored_is_found(sessions, session):
    record = {"format": 1, "place": FILE, "session": session.members()}
    store = FileStore("~/.aws/cognito-credentials/sessions")
    store.put(SESSION_KEY.store_key, json.dumps(record).encode(), expires_at=None)
    found = sessions.find(SESSION_KEY)
    assert found is not None
    assert found.refresh_token == session.refresh_token


def test_the_tokens_are_in_the_keychain_alone(sessions, session, home, keychain):
    sessions.save(session, KEYCHAIN)
    assert len(keychain.entries) == 1
    assert "token" not in everything_below(home)


def test_the_file_is_this_users_alone(sessions, session, home):
    sessions.save(session, FILE)
    folder = home / ".aws" / "cognito-credentials"
    (file,) = (folder / "sessions").glob("*.json")
    modes = [oct(path.stat().st_mode & 0o777) for path in (folder, folder / "sessions", file)]
    assert modes == ["0o700", "0o700", "0o600"]
    FileStore()  # which refuses a folder that others may enter


@pytest.mark.parametrize("place", [FILE, KEYCHAIN])
def test_a_session_is_removed(sessions, session, keychain, place):
    sessions.save(session, place)
    sessions.remove(SESSION_KEY)
    assert sessions.find(SESSION_KEY) is None
    assert keychain.entries == {}
    sessions.remove(SESSION_KEY)  # and again


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_session_moves_out_of_the_keychain(sessions, session, keychain, is_locked):
    sessions.save(session, KEYCHAIN)
    keychain.is_locked = is_locked
    sessions.save(session, FILE)
    assert sessions.find(SESSION_KEY) is not None
    assert bool(keychain.entries) is is_locked


def test_people_are_kept_apart(sessions):
    people = [
        SESSION_KEY,
        SessionKey(SESSION_KEY.issuer, "app", "ben"),
        SessionKey(SESSION_KEY.issuer, "other"),
        SessionKey("https://login.example.com/tenant", "app"),
    ]
    for number, key in enumerate(people):
        sessions.save(session_of(key, id_token=f"id-token-{number}"), FILE)
    tokens = [sessions.find(key).id_token for key in people]
    assert tokens == [f"id-token-{n}" for n in range(4)]
    assert sorted(w.store_key for w in sessions.list_keys()) == sorted(w.store_key for w in people)


def test_a_closing_slash_makes_no_other_issuer(sessions, session):
    sessions.save(session, FILE)
    assert sessions.find(SessionKey(f"{SESSION_KEY.issuer}/", "app")) is not None


# --- where a new one goes -----------------------------------------------------------------------


def test_a_keychain_is_taken_where_there_is_one(sessions):
    assert sessions.choose_place(None) == KEYCHAIN
    assert sessions.choose_place(FILE) == FILE


@pytest.mark.parametrize("wanted", [None, KEYCHAIN])
def test_a_keychain_that_does_not_open(sessions, keychain, wanted):
    keychain.is_locked = True
    with pytest.raises(ConfigurationError, match="RuntimeError") as caught:
        sessions.choose_place(wanted)
    assert "--store file" in caught.value.hint
    assert "anything" not in str(caught.value)
    assert caught.value.__context__ is None


def test_who_is_locked_out_is_not_signed_out(sessions, session, keychain):
    sessions.save(session, KEYCHAIN)
    keychain.is_locked = True
    with pytest.raises(ConfigurationError, match="RuntimeError"):
        sessions.find(SESSION_KEY)


def test_who_agreed_to_files_is_not_asked_again(sessions, session, keychain):
    keychain.is_locked = True
    sessions.save(session, FILE)
    assert sessions.choose_place(None) == FILE
    with pytest.raises(ConfigurationError):
        sessions.choose_place(KEYCHAIN)


def test_no_keychain(monkeypatch):
    monkeypatch.setattr("keyring.get_keyring", no_keyring)
    with pytest.raises(ConfigurationError, match="no keychain"):
        Sessions().choose_place(None)


def no_keyring():
    from keyring.backends.fail import Keyring

    return Keyring()


# --- what is not as it should be ----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(format=2),
        lambda record: record.pop("place"),
        lambda record: record.pop("session"),
        lambda record: record["session"].pop("id_token"),
        lambda record: record["session"].update(refresh_token=7),
        lambda record: record["session"].update(expires_at="soon"),
        lambda record: record.update(session=[]),
    ],
)
def test_what_cannot_be_read_is_no_session(sessions, session, change):
    sessions.save(session, FILE)
    files = FileStore("~/.aws/cognito-credentials/sessions")
    record = json.loads(files.get(SESSION_KEY.store_key))
    change(record)
    files.put(SESSION_KEY.store_key, json.dumps(record).encode(), expires_at=None)
    assert sessions.find(SESSION_KEY) is None


def test_a_session_that_the_keychain_lost(sessions, session, keychain):
    sessions.save(session, KEYCHAIN)
    keychain.entries.clear()
    assert sessions.find(SESSION_KEY) is None


def test_a_folder_that_others_can_enter(sessions, session, home):
    sessions.save(session, FILE)
    for folder in ("sessions", "."):
        path = home / ".aws" / "cognito-credentials" / folder
        path.chmod(0o750)
        with pytest.raises(ConfigurationError, match="other users"):
            Sessions()
        path.chmod(0o700)


def test_a_file_that_others_can_read(sessions, session, home):
    sessions.save(session, FILE)
    (file,) = (home / ".aws" / "cognito-credentials" / "sessions").glob("*.json")
    file.chmod(0o644)
    assert Sessions().find(SESSION_KEY) is None


# --- the lock -----------------------------------------------------------------------------------


def test_one_at_a_time(sessions):
    clock = FakeClock()
    with sessions.lock(SESSION_KEY, clock):
        before = clock.monotonic()
        with (
            pytest.raises(RefreshTimeoutError, match="for 30 seconds"),
            Sessions().lock(SESSION_KEY, clock),
        ):
            pytest.fail("two at a time")
        assert clock.monotonic() - before == pytest.approx(30, abs=0.1)
    with Sessions().lock(SESSION_KEY, clock):
        pass
