from __future__ import annotations

import pytest
from fake_keychain import FakeKeychain

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import KeyringStore


@pytest.fixture
def keychain():
    return FakeKeychain()


@pytest.fixture
def store(keychain, tmp_path):
    return KeyringStore(backend=keychain, lock_path=tmp_path / "locks")


def test_a_value_survives_a_round_trip(store, keychain):
    store.put("credentials:abc", bytes(range(256)), expires_at=1.0)
    assert store.get("credentials:abc") == bytes(range(256))
    ((service, username),) = keychain.entries
    assert service == "cognito-credentials"
    assert len(username) == 64
    assert store.get("other") is None


def test_deleting_a_missing_entry_does_nothing(store, keychain):
    store.put("key", b"value", expires_at=None)
    store.delete("key")
    store.delete("key")
    assert keychain.entries == {}


def test_an_entry_of_another_program_is_ignored_with_one_warning(store, keychain, caplog):
    store.put("key", b"value", expires_at=None)
    (name,) = keychain.entries
    keychain.entries[name] = "pass!word"
    assert store.get("key") is None
    assert store.get("key") is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "pass!word" not in caplog.text


def test_locks_are_files(store, tmp_path):
    lease = store.lock("key", 10)
    assert store.lock("key", 10) is None
    lease.release()
    assert len(list((tmp_path / "locks").iterdir())) == 1


def test_the_service_name_must_not_be_empty(keychain):
    with pytest.raises(ConfigurationError, match="service"):
        KeyringStore("", backend=keychain)


def test_the_repr_shows_the_service_name_only(store):
    assert repr(store) == "<KeyringStore 'cognito-credentials'>"
