from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from special_files import KINDS, make_special_file

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
from cognito_credentials.testing import FakeClock

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="requires POSIX permissions")
as_root = pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="requires root")


@pytest.fixture
def directory(tmp_path):
    return str(tmp_path / "store")


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
def store(directory, clock):
    return FileStore(directory, clock=clock)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def only_file(directory):
    (name,) = (name for name in os.listdir(directory) if name.endswith(".json"))
    return os.path.join(directory, name)


def file_of(directory, key):
    (path,) = (
        path for path in Path(directory).iterdir() if json.loads(path.read_bytes())["key"] == key
    )
    return str(path)


# --- the directory ----------------------------------------------------------------------------


def test_the_default_directory_is_created_on_the_first_write(home):
    store = FileStore()
    assert store.path == str(home / ".aws" / "cognito-credentials")
    assert store.get("key") is None
    store.delete("key")
    assert store.list_keys() == []
    assert not (home / ".aws").exists()
    store.put("key", b"value", expires_at=None)
    assert stat.S_IMODE(os.stat(store.path).st_mode) == 0o700


@posix
def test_parent_directories_are_private_as_well(home):
    umask = os.umask(0)
    try:
        FileStore().put("key", b"value", expires_at=None)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(os.stat(home / ".aws").st_mode) == 0o700


def test_many_threads_can_create_the_directory_at_once(tmp_path):
    for number in range(20):
        stores = [FileStore(tmp_path / str(number) / "aws" / "store") for _ in range(4)]
        barrier = threading.Barrier(len(stores))

        def put(store, barrier=barrier):
            barrier.wait()
            store.put(str(id(store)), b"value", expires_at=None)

        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(put, stores))
        assert len(stores[0].list_keys()) == len(stores)


@posix
def test_a_missing_home_directory_is_not_a_directory_named_tilde():
    with pytest.raises(ConfigurationError, match="~nobody-at-all/x"):
        FileStore("~nobody-at-all/x")


@pytest.mark.parametrize("path", ["", 0, b"store", "a\0b", "a\ud800b"])
def test_a_path_must_be_a_non_empty_string(path):
    with pytest.raises(ConfigurationError, match=r"^path must"):
        FileStore(path)


def test_a_path_that_is_a_file_is_rejected(directory):
    with open(directory, "w"):
        pass
    with pytest.raises(ConfigurationError, match="file"):
        FileStore(directory)
    with pytest.raises(ConfigurationError, match=f"because '{directory}' is a file"):
        FileStore(os.path.join(directory, "below"))


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="requires a directory that is never writable"
)
@pytest.mark.parametrize("path", [None, "/sys/store"])
def test_an_error_names_a_directory_that_cannot_be_written_and_has_a_hint(path, monkeypatch):
    monkeypatch.setenv("HOME", "/sys")
    store = FileStore(path)
    assert store.get("key") is None
    for write in (
        lambda: store.put("key", b"value", expires_at=None),
        lambda: store.lock("key", 1),
    ):
        with pytest.raises(OSError, match="/sys") as caught:
            write()
        assert caught.value.filename == ("/sys/store" if path else "/sys/.aws")
        (note,) = caught.value.__notes__
        assert ("HOME" in note) is (path is None)


@posix
def test_the_hint_for_the_default_directory_does_not_ask_for_another_path(home):
    (home / ".aws").mkdir()
    (home / ".aws/cognito-credentials").touch()
    with pytest.raises(ConfigurationError) as caught:
        FileStore()
    assert "Pass" not in caught.value.hint


@posix
def test_a_path_that_is_a_link_is_rejected(directory, tmp_path):
    (tmp_path / "real").mkdir(0o700)
    os.symlink(tmp_path / "real", directory)
    with pytest.raises(ConfigurationError, match="symbolic link"):
        FileStore(directory)


@posix
@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_directory_that_other_users_can_access_is_rejected(directory, mode):
    os.mkdir(directory)
    os.chmod(directory, mode)
    with pytest.raises(ConfigurationError, match="other users") as caught:
        FileStore(directory)
    assert "chmod" not in caught.value.hint, "the directory may be /tmp"
    assert "only this user" in caught.value.hint


@posix
def test_the_hint_for_an_accessible_default_directory_is_a_command(home):
    parent = home / ".aws"
    directory = parent / "cognito-credentials"
    directory.mkdir(parents=True)
    directory.chmod(0o755)
    with pytest.raises(ConfigurationError, match="other users") as caught:
        FileStore()
    assert f"chmod 700 {directory}" in caught.value.hint
    neighbor = parent / "cognito-credentials-of-an-application"
    neighbor.mkdir()
    neighbor.chmod(0o755)
    with pytest.raises(ConfigurationError, match="other users") as caught:
        FileStore(neighbor)
    assert "chmod" not in caught.value.hint


@posix
@pytest.mark.parametrize("value", ["", "missing", "file/below"])
@pytest.mark.parametrize("path", [None, "~", "~/store"])
def test_a_home_directory_must_exist(tmp_path, monkeypatch, value, path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", value and str(tmp_path / value))
    with pytest.raises(ConfigurationError, match="home directory") as caught:
        FileStore(path)
    assert ("HOME" in caught.value.hint) is (path is None)
    assert not (tmp_path / "missing").exists()


@as_root
def test_a_directory_of_another_user_is_rejected(directory):
    os.mkdir(directory, 0o700)
    os.chown(directory, 65534, 65534)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        FileStore(directory)


@posix
def test_the_directory_is_checked_on_each_write(store, directory):
    store.put("key", b"value", expires_at=None)
    os.chmod(directory, 0o777)  # noqa: S103
    with pytest.raises(ConfigurationError, match="other users"):
        store.put("key", b"newer", expires_at=None)
    with pytest.raises(ConfigurationError, match="other users"):
        store.lock("key", 10)


@pytest.mark.parametrize("entries", [0, -1, 1.5, True, "10", None])
def test_max_entries_must_be_a_positive_integer(directory, entries):
    with pytest.raises(ConfigurationError, match="max_entries"):
        FileStore(directory, max_entries=entries)


# --- entries ----------------------------------------------------------------------------------


def test_each_entry_is_a_private_file(store, directory):
    store.put("credentials:" + "x" * 500, b"one", expires_at=2000)
    store.put("identity-id:aws:pool:käse/../\udc80", b"two", expires_at=None)
    assert store.get("credentials:" + "x" * 500) == b"one"
    assert store.get("identity-id:aws:pool:käse/../\udc80") == b"two"
    modes = {
        stat.S_IMODE(os.stat(os.path.join(directory, n)).st_mode) for n in os.listdir(directory)
    }
    assert modes == {0o600}
    assert len(os.listdir(directory)) == 2


def test_an_expired_entry_is_not_returned(store, clock):
    store.put("key", b"value", expires_at=1010.5)
    assert store.get("key") == b"value"
    clock.advance(10.5)
    assert store.get("key") is None


def test_stores_of_one_directory_share_entries(store, directory):
    store.put("key", b"value", expires_at=None)
    other = FileStore(directory)
    assert other.get("key") == b"value"
    other.delete("key")
    assert store.get("key") is None


def test_a_copy_of_another_entry_is_ignored_with_one_warning(store, directory, caplog):
    store.put("alice", b"of alice", expires_at=None)
    alice_file = only_file(directory)
    store.put("bob", b"of bob", expires_at=None)
    shutil.copy(alice_file, file_of(directory, "bob"))
    assert store.get("bob") is None
    assert store.get("bob") is None
    assert len(warnings(caplog)) == 1
    assert store.get("alice") == b"of alice"
    assert store.list_keys() == ["alice"]


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 5000,
        b"{}",
        json.dumps({"key": "key", "expires_at": None, "value": "not base64!"}).encode(),
        json.dumps({"key": "key", "expires_at": "soon", "value": ""}).encode(),
        json.dumps({"key": 1, "expires_at": None, "value": ""}).encode(),
    ],
)
def test_a_malformed_entry_is_ignored_with_one_warning(store, directory, caplog, contents):
    store.put("key", b"value", expires_at=None)
    with open(only_file(directory), "wb") as file:
        file.write(contents)
    assert store.get("key") is None
    assert store.get("key") is None
    assert len(warnings(caplog)) == 1
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


@posix
def test_credentials_that_other_users_can_read_are_ignored_with_one_warning_and_replaced(
    store, directory, caplog
):
    store.put("key", b"value", expires_at=2000.0)
    os.chmod(only_file(directory), 0o644)
    assert store.get("key") is None
    assert store.get("key") is None
    (warning,) = warnings(caplog)
    assert "other users" in warning
    store.put("key", b"newer", expires_at=2000.0)
    assert store.get("key") == b"newer"


@posix
def test_an_identity_id_that_other_users_can_read_is_ignored_until_it_is_private_again(
    store, directory, caplog
):
    store.put("key", b"value", expires_at=None)
    os.chmod(only_file(directory), 0o644)
    assert store.get("key") is None
    store.put("key", b"newer", expires_at=None)
    (warning,) = warnings(caplog)
    assert f"chmod 600 {only_file(directory)}" in warning
    os.chmod(only_file(directory), 0o600)
    assert store.get("key") == b"value"
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


def test_a_malformed_file_is_replaced_by_an_identity_id(store, directory):
    store.put("key", b"value", expires_at=None)
    with open(only_file(directory), "w") as file:
        file.write("{}")
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


def test_a_directory_in_place_of_an_entry_is_ignored_with_one_warning(store, directory, caplog):
    store.put("key", b"value", expires_at=None)
    file = only_file(directory)
    os.unlink(file)
    os.mkdir(file)
    for expires_at in (None, 2000.0):
        assert store.get("key") is None
        store.put("key", b"newer", expires_at=expires_at)
    store.delete("key")
    assert len(warnings(caplog)) == 1


def test_the_number_of_entries_is_limited_and_identity_ids_are_evicted_last(directory):
    store = FileStore(directory, max_entries=4, clock=FakeClock(1000.0))

    def put(key, expires_at, written_at):
        store.put(key, b"value", expires_at=expires_at)
        os.utime(file_of(directory, key), (written_at, written_at))

    put("identity-id:a", None, 1)
    put("identity-id:b", None, 2)
    store.put("credentials:expired", b"value", expires_at=900)
    put("credentials:old", 2000, 3)
    put("credentials:new", 2000, 4)
    assert set(store.list_keys()) == {
        "identity-id:a",
        "identity-id:b",
        "credentials:old",
        "credentials:new",
    }
    put("credentials:newest", 2000, 5)
    assert "credentials:old" not in store.list_keys()
    put("identity-id:c", None, 6)
    put("identity-id:d", None, 7)
    put("identity-id:e", None, 8)
    assert store.list_keys() == ["identity-id:b", "identity-id:c", "identity-id:d", "identity-id:e"]


def put_identity_ids(store, count):
    for number in range(count):
        store.put(f"identity-id:{number}", b"value", expires_at=None)


def test_identity_ids_are_evicted_by_their_last_use_with_one_warning(directory, caplog):
    store = FileStore(directory, max_entries=3)
    put_identity_ids(store, 3)
    for number in range(3):
        os.utime(file_of(directory, f"identity-id:{number}"), (number, number))
    assert store.get("identity-id:0") == b"value"
    assert warnings(caplog) == []
    store.put("identity-id:3", b"value", expires_at=None)
    assert store.get("identity-id:1") is None
    assert store.get("identity-id:0") == b"value"
    store.put("identity-id:4", b"value", expires_at=None)
    assert len(warnings(caplog)) == 1


def test_a_store_that_does_not_evict_identity_ids_evicts_credentials_only(directory, caplog):
    stores = [FileStore(directory, max_entries=2, evict_identity_ids=False) for _ in range(2)]
    for store in stores:
        put_identity_ids(store, 10)
    for number in range(4):
        store.put(f"credentials:{number}", b"value", expires_at=4e9)
        os.utime(file_of(directory, f"credentials:{number}"), (number, number))
    stores[0].put("credentials:last", b"value", expires_at=4e9)
    keys = stores[0].list_keys()
    assert sum(key.startswith("identity-id:") for key in keys) == 10
    assert {key for key in keys if key.startswith("credentials:")} == {
        "credentials:3",
        "credentials:last",
    }
    assert warnings(caplog) == []


def test_stale_temporary_files_are_deleted(store, directory):
    store.put("key", b"value", expires_at=None)
    temporary_file = only_file(directory) + ".0123.new"
    for age, is_retained in ((0, True), (10**9, False)):
        with open(temporary_file, "wb") as file:
            file.write(b"half")
        os.utime(temporary_file, (2 * 10**9 - age, 2 * 10**9 - age))
        store.list_keys()
        assert os.path.exists(temporary_file) is is_retained
    assert store.get("key") == b"value"


# --- locks ------------------------------------------------------------------------------------


def test_only_one_caller_has_a_lease(store, directory):
    lease = store.lock("key", 10)
    assert store.lock("key", 10) is None
    assert FileStore(directory).lock("key", 10) is None
    lease.release()
    lease.release()
    second = FileStore(directory).lock("key", 10)
    assert second is not None
    second.release()


def test_lock_files_are_not_entries_and_their_number_is_limited(store, directory):
    for number in range(600):
        lease = store.lock(f"key {number}", 10)
        lease.release()
    assert store.list_keys() == []
    assert 150 < len(os.listdir(directory)) <= 256


def test_the_repr_shows_the_directory_only(store):
    store.put("key", b"a-secret-value", expires_at=None)
    assert repr(store) == f"<FileStore {store.path}>"


# --- imports ----------------------------------------------------------------------------------


def test_reading_an_entry_imports_no_slow_modules(store, directory):
    store.put("key", b"value", expires_at=None)
    program = (
        "import sys; before = set(sys.modules)\n"
        "from cognito_credentials.stores import FileStore\n"
        "assert FileStore(sys.argv[1]).get('key') == b'value'\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    completed = subprocess.run(
        [sys.executable, "-c", program, directory], capture_output=True, text=True, check=True
    )
    loaded = set(completed.stdout.split())
    assert "cognito_credentials.stores.file" in loaded
    slow = {
        "filelock",
        "keyring",
        "redis",
        "asyncio",
        "logging",
        "pathlib",
        "typing",
        "dataclasses",
    }
    assert loaded & slow == set()


# --- unreadable files -------------------------------------------------------------------------


def test_unreadable_files_are_listed_with_the_reason(store, directory, caplog):
    store.put("good", b"value", expires_at=None)
    store.put("copied", b"value", expires_at=None)
    names = [os.path.join(directory, f"{letter * 64}.json") for letter in "abcd"]
    copy = file_of(directory, "copied")
    shutil.copy2(copy, names[0])
    for name, text in ((names[1], "[]"), (names[2], "{}")):
        with open(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)
    os.chmod(names[2], 0o644)
    os.symlink(copy, names[3])
    unreadable = store.list_unreadable()
    assert sorted(unreadable) == names
    assert len(set(unreadable.values())) == 4
    assert sorted(store.list_keys()) == ["copied", "good"]
    assert warnings(caplog) == []


def test_an_empty_store_has_no_unreadable_files(store, directory):
    assert store.list_unreadable() == {}
    assert not os.path.exists(directory)


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expires_at", [None, 2000.0])
def test_a_special_file_in_place_of_an_entry_is_not_replaced(
    store, directory, caplog, kind, expires_at
):
    store.put("key", b"value", expires_at=None)
    file = only_file(directory)
    os.unlink(file)
    make_special_file(file, kind)
    mode = os.lstat(file).st_mode
    store.put("key", b"value", expires_at=expires_at)
    store.delete("key")
    assert store.get("key") is None
    assert os.lstat(file).st_mode == mode
    assert file in caplog.text
    assert kind in caplog.text


def test_a_store_that_is_not_full_is_searched_for_expired_entries_once_a_minute(
    store, directory, clock, caplog
):
    store.put("first", b"x", expires_at=2000.0)
    damaged = Path(directory) / "damaged.json"
    damaged.write_text("damaged")
    damaged.chmod(0o600)
    for number in range(3):
        store.put(f"next {number}", b"x", expires_at=2000.0)
    assert warnings(caplog) == []  # A warning means that the damaged entry was read.
    clock.advance(60)
    store.put("last", b"x", expires_at=2000.0)
    assert len(warnings(caplog)) == 1


def test_a_store_whose_clock_was_set_back_is_searched_for_expired_entries(store, directory, clock):
    store.put("first", b"x", expires_at=500.0)
    clock.jump(-400)
    store.put("second", b"x", expires_at=2000.0)
    clock.jump(400)
    store.put("third", b"x", expires_at=2000.0)
    clock.advance(60)
    store.put("fourth", b"x", expires_at=2000.0)
    assert len([name for name in os.listdir(directory) if name.endswith(".json")]) == 3
