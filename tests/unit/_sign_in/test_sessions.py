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
            raise RuntimeError("locked; this text could contain a secret")
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
    return create_session(
        SESSION_KEY, never_printed("refresh-token-1"), never_printed("id-token-1")
    )


def create_session(key, refresh_token="refresh-token-1", id_token="id-token-1"):
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


def read_files(folder) -> str:
    return "\n".join(p.read_text() for p in folder.rglob("*") if p.is_file())


# --- storage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", [FILE, KEYCHAIN])
def test_a_stored_session_is_found(sessions, session, keychain, location):
    assert sessions.find(SESSION_KEY) is None
    assert sessions.location_of(SESSION_KEY) is None
    sessions.save(session, location)
    found = Sessions(backend=keychain).find(SESSION_KEY)
    assert found is not None
    assert found.members() == {**session.members(), "digests": ("d1", "d2")}
    assert sessions.location_of(SESSION_KEY) == location


def test_a_session_that_an_earlier_version_stored_is_found(sessions, session):
    record = {"format": 1, "place": FILE, "session": session.members()}
    store = FileStore("~/.aws/cognito-credentials/sessions")
    store.put(SESSION_KEY.store_key, json.dumps(record).encode(), expires_at=None)
    found = sessions.find(SESSION_KEY)
    assert found is not None
    assert found.refresh_token == session.refresh_token


def test_tokens_in_the_keychain_are_not_written_to_files(sessions, session, home, keychain):
    sessions.save(session, KEYCHAIN)
    assert len(keychain.entries) == 1
    assert "token" not in read_files(home)


def test_only_the_user_can_access_the_files(sessions, session, home):
    sessions.save(session, FILE)
    folder = home / ".aws" / "cognito-credentials"
    (file,) = (folder / "sessions").glob("*.json")
    modes = [oct(path.stat().st_mode & 0o777) for path in (folder, folder / "sessions", file)]
    assert modes == ["0o700", "0o700", "0o600"]
    FileStore()  # The constructor of the store accepts the permissions of the directory.


@pytest.mark.parametrize("location", [FILE, KEYCHAIN])
def test_a_removed_session_is_not_found(sessions, session, keychain, location):
    sessions.save(session, location)
    sessions.remove(SESSION_KEY)
    assert sessions.find(SESSION_KEY) is None
    assert keychain.entries == {}
    sessions.remove(SESSION_KEY)  # Removing a missing session is not an error.


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_session_is_moved_from_the_keychain_to_a_file(sessions, session, keychain, is_locked):
    sessions.save(session, KEYCHAIN)
    keychain.is_locked = is_locked
    sessions.save(session, FILE)
    assert sessions.find(SESSION_KEY) is not None
    assert bool(keychain.entries) is is_locked


def test_each_issuer_client_id_and_local_user_has_a_session(sessions):
    keys = [
        SESSION_KEY,
        SessionKey(SESSION_KEY.issuer, "app", "ben"),
        SessionKey(SESSION_KEY.issuer, "other"),
        SessionKey("https://login.example.com/tenant", "app"),
    ]
    for number, key in enumerate(keys):
        sessions.save(create_session(key, id_token=f"id-token-{number}"), FILE)
    tokens = [sessions.find(key).id_token for key in keys]
    assert tokens == [f"id-token-{n}" for n in range(4)]
    stored_keys = sorted(key.store_key for key in sessions.list_keys())
    assert stored_keys == sorted(key.store_key for key in keys)


def test_a_trailing_slash_of_the_issuer_is_ignored(sessions, session):
    sessions.save(session, FILE)
    assert sessions.find(SessionKey(f"{SESSION_KEY.issuer}/", "app")) is not None


# --- the location of a new session --------------------------------------------------------------


def test_the_keychain_is_the_default_location(sessions):
    assert sessions.choose_location(None) == KEYCHAIN
    assert sessions.choose_location(FILE) == FILE


@pytest.mark.parametrize("requested", [None, KEYCHAIN])
def test_a_locked_keychain_is_rejected_before_the_sign_in(sessions, keychain, requested):
    keychain.is_locked = True
    with pytest.raises(ConfigurationError, match="RuntimeError") as caught:
        sessions.choose_location(requested)
    assert "--store file" in caught.value.hint
    # The message of the keyring's exception could contain a secret.
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_session_in_a_locked_keychain_is_an_error_and_not_missing(sessions, session, keychain):
    sessions.save(session, KEYCHAIN)
    keychain.is_locked = True
    with pytest.raises(ConfigurationError, match="RuntimeError"):
        sessions.find(SESSION_KEY)


def test_removing_a_session_from_a_locked_keychain_removes_its_file(sessions, session, keychain):
    sessions.save(session, KEYCHAIN)
    keychain.is_locked = True
    keychain.delete_password = keychain.get_password
    with pytest.raises(ConfigurationError, match="RuntimeError"):
        sessions.remove(SESSION_KEY)
    assert sessions.list_keys() == []


def test_a_file_is_the_default_location_if_an_earlier_session_is_in_a_file(
    sessions, session, keychain
):
    keychain.is_locked = True
    sessions.save(session, FILE)
    assert sessions.choose_location(None) == FILE
    with pytest.raises(ConfigurationError):
        sessions.choose_location(KEYCHAIN)


def test_a_machine_without_a_keychain_is_rejected(monkeypatch):
    from keyring.backends.fail import Keyring

    monkeypatch.setattr("keyring.get_keyring", Keyring)
    with pytest.raises(ConfigurationError, match="keychain"):
        Sessions().choose_location(None)


def test_a_backend_that_may_not_encrypt_needs_the_consent_of_the_user(monkeypatch, keychain):
    monkeypatch.setattr("keyring.get_keyring", lambda: keychain)
    with pytest.raises(ConfigurationError, match=type(keychain).__name__):
        Sessions().choose_location(None)
    assert Sessions().choose_location(KEYCHAIN) == KEYCHAIN


# --- invalid records and permissions ------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.update(format=2),
        lambda record: record.pop("place"),
        lambda record: record.pop("session"),
        lambda record: record["session"].pop("id_token"),
        lambda record: record["session"].update(refresh_token=7),
        lambda record: record["session"].update(expires_at="soon"),
        lambda record: record["session"].update(expires_at=10**400),
        lambda record: record["session"].update(endpoint_url=7),
        lambda record: record.update(session=[]),
    ],
)
def test_a_damaged_record_is_not_a_session(sessions, session, damage):
    sessions.save(session, FILE)
    files = FileStore("~/.aws/cognito-credentials/sessions")
    record = json.loads(files.get(SESSION_KEY.store_key))
    damage(record)
    files.put(SESSION_KEY.store_key, json.dumps(record).encode(), expires_at=None)
    assert sessions.find(SESSION_KEY) is None


def test_a_session_that_is_missing_in_the_keychain_is_not_found(sessions, session, keychain):
    sessions.save(session, KEYCHAIN)
    keychain.entries.clear()
    assert sessions.find(SESSION_KEY) is None


@pytest.mark.parametrize("folder", ["sessions", "."])
def test_a_directory_that_other_users_can_access_is_rejected(sessions, session, home, folder):
    sessions.save(session, FILE)
    path = home / ".aws" / "cognito-credentials" / folder
    path.chmod(0o750)
    with pytest.raises(ConfigurationError, match="other users"):
        Sessions()


def test_a_file_that_other_users_can_read_is_ignored(sessions, session, home):
    sessions.save(session, FILE)
    (file,) = (home / ".aws" / "cognito-credentials" / "sessions").glob("*.json")
    file.chmod(0o644)
    assert Sessions().find(SESSION_KEY) is None


# --- the lock -----------------------------------------------------------------------------------


def test_the_lock_of_a_session_times_out_after_thirty_seconds(sessions):
    clock = FakeClock()
    with sessions.lock(SESSION_KEY, clock):
        started = clock.monotonic()
        with pytest.raises(RefreshTimeoutError), Sessions().lock(SESSION_KEY, clock):
            pytest.fail("the lock was acquired twice")
        assert clock.monotonic() - started == pytest.approx(30, abs=0.1)
    with Sessions().lock(SESSION_KEY, clock):
        pass
