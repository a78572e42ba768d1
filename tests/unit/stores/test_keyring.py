from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import PasswordDeleteError

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import KeyringStore


class Keychain(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self):
        super().__init__()
        self.entries = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@pytest.fixture
def keychain():
    return Keychain()


@pytest.fixture
def store(keychain, tmp_path):
    return KeyringStore(backend=keychain, lock_path=tmp_path / "locks")


def test_values_come_back_as_they_were(store, keychain):
    store.put("credentials:abc", bytes(range(256)), expires_at=1.0)
    assert store.get("credentials:abc") == bytes(range(256))
    ((service, username),) = keychain.entries
    assert service == "cognito-credentials"
    assert len(username) == 64
    assert store.get("other") is None


def test_deleting_what_is_not_there_is_no_error(store, keychain):
    store.put("key", b"value", expires_at=None)
    store.delete("key")
    store.delete("key")
    assert keychain.entries == {}


def test_an_entry_of_another_program_is_a_miss_with_one_warning(store, keychain, caplog):
    store.put("key", b"value", expires_at=None)
    (name,) = keychain.entries
    keychain.entries[name] = "pass!word"
    assert store.get("key") is None
    assert store.get("key") is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "pass!word" not in caplog.text


def test_its_locks_are_files(store, tmp_path):
    lease = store.lock("key", 10)
    assert store.lock("key", 10) is None
    lease.release()
    assert len(list((tmp_path / "locks").iterdir())) == 1


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_a_machine_without_a_keychain_is_told_what_to_take_instead(backend):
    before = keyring.get_keyring()
    keyring.set_keyring(backend())
    try:
        with pytest.raises(ConfigurationError, match="no keychain") as caught:
            KeyringStore()
    finally:
        keyring.set_keyring(before)
    assert "FileStore" in caught.value.hint


def test_the_keychain_that_keyring_finds_is_taken(keychain, tmp_path):
    before = keyring.get_keyring()
    keyring.set_keyring(keychain)
    try:
        KeyringStore("mine", lock_path=tmp_path / "locks").put("key", b"value", expires_at=None)
    finally:
        keyring.set_keyring(before)
    assert [service for service, _ in keychain.entries] == ["mine"]


def test_a_service_must_have_a_name(keychain):
    with pytest.raises(ConfigurationError, match="service"):
        KeyringStore("", backend=keychain)


def test_it_shows_its_name_and_nothing_else(store):
    assert repr(store) == "<KeyringStore 'cognito-credentials'>"
