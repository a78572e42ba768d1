from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from special_files import KINDS, make_special_file

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
from cognito_credentials.testing import FakeClock

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX's rights")
as_root = pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root can")


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "store")


@pytest.fixture
def store(folder):
    return FileStore(folder, clock=FakeClock(1000.0))


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def file_of(folder):
    (name,) = (name for name in os.listdir(folder) if name.endswith(".json"))
    return os.path.join(folder, name)


# --- the folder ------------------------------------------------------------------------------------


def test_the_folder_is_beside_the_aws_cli_s_and_made_when_it_is_needed(home):
    store = FileStore()
    assert store.path == str(home / ".aws" / "cognito-credentials")
    assert store.get("key") is None
    store.delete("key")
    assert store.list_keys() == []
    assert not (home / ".aws").exists()
    store.put("key", b"value", expires_at=None)
    assert stat.S_IMODE(os.stat(store.path).st_mode) == 0o700


@posix
def test_the_folder_above_is_closed_to_others_too(home):
    before = os.umask(0)
    try:
        FileStore().put("key", b"value", expires_at=None)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(home / ".aws").st_mode) == 0o700


def test_many_may_make_the_folder_at_once(tmp_path):
    for number in range(20):
        stores = [FileStore(tmp_path / str(number) / "aws" / "store") for _ in range(4)]
        together = threading.Barrier(len(stores))

        def put(store, together=together):
            together.wait()
            store.put(str(id(store)), b"value", expires_at=None)

        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(put, stores))
        assert len(stores[0].list_keys()) == len(stores)


@posix
def test_a_home_that_there_is_not_is_no_folder_called_tilde():
    with pytest.raises(ConfigurationError, match="the folder '~nobody-at-all/x' begins at a home"):
        FileStore("~nobody-at-all/x")


@pytest.mark.parametrize("path", ["", 0, b"store", "a\0b"])
def test_a_path_that_names_no_folder_is_refused(path):
    with pytest.raises(ConfigurationError, match=r"path is .* it must name a folder"):
        FileStore(path)


def test_a_path_that_is_a_file_is_refused(folder):
    with open(folder, "w"):
        pass
    with pytest.raises(ConfigurationError, match="is a file"):
        FileStore(folder)
    with pytest.raises(ConfigurationError, match="leads through a file"):
        FileStore(os.path.join(folder, "below"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder that none can write")
@pytest.mark.parametrize("path", [None, "/sys/store"])
def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(path, monkeypatch):
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
        where = "name another folder" if path else "set HOME to a folder of its own"
        assert caught.value.__notes__ == [f"Let this user write there, or {where}."]


@posix
def test_the_folder_of_all_is_not_one_to_name(home):
    (home / ".aws").mkdir()
    (home / ".aws/cognito-credentials").touch()
    with pytest.raises(ConfigurationError) as caught:
        FileStore()
    assert caught.value.hint == "Move it away: a folder is made in its place."


@posix
def test_a_path_that_is_a_link_is_refused(folder, tmp_path):
    (tmp_path / "real").mkdir(0o700)
    os.symlink(tmp_path / "real", folder)
    with pytest.raises(ConfigurationError, match="symbolic link"):
        FileStore(folder)


@posix
@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_folder_that_others_can_enter_is_refused(folder, mode):
    os.mkdir(folder)
    os.chmod(folder, mode)
    with pytest.raises(ConfigurationError, match="can be entered by other users") as caught:
        FileStore(folder)
    assert f"chmod 700 {folder}" in caught.value.hint


@as_root
def test_a_folder_of_another_user_is_refused(folder):
    os.mkdir(folder, 0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        FileStore(folder)


@posix
def test_a_folder_that_was_exchanged_meanwhile_is_not_written_to(store, folder):
    store.put("key", b"value", expires_at=None)
    os.chmod(folder, 0o777)  # noqa: S103
    with pytest.raises(ConfigurationError, match="other users"):
        store.put("key", b"newer", expires_at=None)
    with pytest.raises(ConfigurationError, match="other users"):
        store.lock("key", 10)


@pytest.mark.parametrize("entries", [0, -1, 1.5, True, "10", None])
def test_a_bound_that_is_none_is_refused(folder, entries):
    with pytest.raises(ConfigurationError, match="max_entries"):
        FileStore(folder, max_entries=entries)


# --- entries ---------------------------------------------------------------------------------------


def test_each_is_a_file_of_its_own_that_nobody_else_can_read(store, folder):
    store.put("credentials:" + "x" * 500, b"one", expires_at=2000)
    store.put("identity-id:aws:pool:käse/../\udc80", b"two", expires_at=None)
    assert store.get("credentials:" + "x" * 500) == b"one"
    assert store.get("identity-id:aws:pool:käse/../\udc80") == b"two"
    modes = {stat.S_IMODE(os.stat(os.path.join(folder, n)).st_mode) for n in os.listdir(folder)}
    assert modes == {0o600}
    assert len(os.listdir(folder)) == 2


def test_what_is_over_is_a_miss(store):
    store.put("key", b"value", expires_at=1010.5)
    assert store.get("key") == b"value"
    store._now = lambda: 1010.5
    assert store.get("key") is None


def test_a_second_store_sees_what_the_first_has(store, folder):
    store.put("key", b"value", expires_at=None)
    other = FileStore(folder)
    assert other.get("key") == b"value"
    other.delete("key")
    assert store.get("key") is None


def test_a_copy_of_another_entry_is_a_miss_with_one_warning(store, folder, caplog):
    store.put("alice", b"hers", expires_at=None)
    hers = file_of(folder)
    store.put("bob", b"his", expires_at=None)
    (his,) = (os.path.join(folder, n) for n in os.listdir(folder) if n not in hers)
    shutil.copy(hers, his)
    assert store.get("bob") is None
    assert store.get("bob") is None
    assert len(warnings(caplog)) == 1
    assert store.get("alice") == b"hers"
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
        json.dumps({"key": "key", "expires_at": None, "value": "no base64!"}).encode(),
        json.dumps({"key": "key", "expires_at": "soon", "value": ""}).encode(),
        json.dumps({"key": 1, "expires_at": None, "value": ""}).encode(),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_miss_with_one_warning(store, folder, caplog, contents):
    store.put("key", b"value", expires_at=None)
    with open(file_of(folder), "wb") as opened:
        opened.write(contents)
    assert store.get("key") is None
    assert store.get("key") is None
    assert len(warnings(caplog)) == 1
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


@posix
def test_an_entry_that_others_can_read_is_a_miss_with_one_warning(store, folder, caplog):
    store.put("key", b"value", expires_at=2000.0)
    os.chmod(file_of(folder), 0o644)
    assert store.get("key") is None
    assert store.get("key") is None
    (warning,) = warnings(caplog)
    assert "other users" in warning
    store.put("key", b"newer", expires_at=2000.0)
    assert store.get("key") == b"newer"


@posix
def test_an_identity_id_that_others_can_read_stays_and_is_good_again(store, folder, caplog):
    store.put("key", b"value", expires_at=None)
    os.chmod(file_of(folder), 0o644)
    assert store.get("key") is None
    store.put("key", b"newer", expires_at=None)
    (warning,) = warnings(caplog)
    assert f"Next: chmod 600 {file_of(folder)}  as its owner." in warning
    os.chmod(file_of(folder), 0o600)
    assert store.get("key") == b"value"
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


def test_what_is_garbage_is_replaced_whatever_it_was(store, folder):
    store.put("key", b"value", expires_at=None)
    with open(file_of(folder), "w") as file:
        file.write("{}")
    store.put("key", b"newer", expires_at=None)
    assert store.get("key") == b"newer"


def test_a_folder_in_place_of_an_entry_is_a_miss_with_one_warning(store, folder, caplog):
    store.put("key", b"value", expires_at=None)
    file = file_of(folder)
    os.unlink(file)
    os.mkdir(file)
    for expires_at in (None, 2000.0):
        assert store.get("key") is None
        store.put("key", b"newer", expires_at=expires_at)
    store.delete("key")
    assert len(warnings(caplog)) == 1


def test_it_is_bounded_and_identity_ids_go_last(folder):
    store = FileStore(folder, max_entries=4, clock=FakeClock(1000.0))

    def put(key, expires_at, written_at):
        store.put(key, b"value", expires_at=expires_at)
        for name in os.listdir(folder):
            file = os.path.join(folder, name)
            if store._read(file).key == key:
                os.utime(file, (written_at, written_at))

    put("identity-id:a", None, 1)
    put("identity-id:b", None, 2)
    put("credentials:over", 900, 9)
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


def test_what_a_killed_process_left_is_swept(store, folder):
    store.put("key", b"value", expires_at=None)
    left = file_of(folder) + ".0123.new"
    for age, stays in ((0, True), (10**9, False)):
        with open(left, "wb") as opened:
            opened.write(b"half")
        os.utime(left, (2 * 10**9 - age, 2 * 10**9 - age))
        store.list_keys()
        assert os.path.exists(left) is stays
    assert store.get("key") == b"value"


# --- locks -----------------------------------------------------------------------------------------


def test_one_at_a_time_has_the_lock(store, folder):
    lease = store.lock("key", 10)
    assert store.lock("key", 10) is None
    assert FileStore(folder).lock("key", 10) is None
    lease.release()
    lease.release()
    again = FileStore(folder).lock("key", 10)
    assert again is not None
    again.release()


def test_locks_are_no_entries_and_never_more_than_a_few(store, folder):
    for number in range(600):
        lease = store.lock(f"key {number}", 10)
        lease.release()
    assert store.list_keys() == []
    assert 150 < len(os.listdir(folder)) <= 256


def test_a_store_shows_its_folder_and_nothing_else(store):
    store.put("key", b"a-value-that-nobody-may-see", expires_at=None)
    assert repr(store) == f"<FileStore {store.path}>"


# --- what it costs ---------------------------------------------------------------------------------


def test_a_process_that_finds_credentials_imports_little(store, folder):
    store.put("key", b"value", expires_at=None)
    program = (
        "import sys; before = set(sys.modules)\n"
        "from cognito_credentials.stores import FileStore\n"
        "assert FileStore(sys.argv[1]).get('key') == b'value'\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, folder], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "cognito_credentials.stores.file" in loaded
    heavy = {
        "filelock",
        "keyring",
        "redis",
        "asyncio",
        "logging",
        "pathlib",
        "typing",
        "dataclasses",
    }
    assert loaded & heavy == set()


# --- what cannot be read ---------------------------------------------------------------------------


def test_unreadable_files_are_listed_with_the_reason(store, folder, caplog):
    store.put("good", b"value", expires_at=None)
    store.put("copied", b"value", expires_at=None)
    names = [os.path.join(folder, f"{letter * 64}.json") for letter in "abcd"]
    copy = store._file_of("copied")
    shutil.copy2(copy, names[0])
    for name, text in ((names[1], "[]"), (names[2], "{}")):
        with open(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)
    os.chmod(names[2], 0o644)
    os.symlink(copy, names[3])
    assert store.list_unreadable() == {
        names[0]: "it is a copy of another entry",
        names[1]: "it is no entry of a store",
        names[2]: "other users can read or write it (chmod 600 makes it good again)",
        names[3]: "it is a link, or no file",
    }
    assert sorted(store.list_keys()) == ["copied", "good"]
    assert warnings(caplog) == []


def test_an_empty_store_has_nothing_unreadable(store, folder):
    assert store.list_unreadable() == {}
    assert not os.path.exists(folder)


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expires_at", [None, 2000.0])
def test_a_special_file_in_the_place_of_an_entry_stays(store, folder, caplog, kind, expires_at):
    store.put("key", b"value", expires_at=None)
    file = file_of(folder)
    os.unlink(file)
    make_special_file(file, kind)
    mode = os.lstat(file).st_mode
    store.put("key", b"value", expires_at=expires_at)
    store.delete("key")
    assert store.get("key") is None
    assert os.lstat(file).st_mode == mode
    assert f"{file} is not read: it is {kind}, not a regular file" in caplog.text
