from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cognito_credentials.stores._file_locks import MAX_LOCK_FILES, try_lock

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="requires POSIX permissions and fork")
DIGEST = "00" * 32


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "locks").mkdir()
    return str(tmp_path / "locks")


def test_a_file_is_locked_until_it_is_released(directory):
    lease = try_lock(directory, DIGEST)
    assert lease is not None
    assert try_lock(directory, DIGEST) is None
    other = try_lock(directory, f"{1:08x}")
    assert other is not None
    lease.release()
    lease.release()
    second = try_lock(directory, DIGEST)
    assert second is not None
    lease.release()
    assert try_lock(directory, DIGEST) is None, "a released lease must not release the next one"


def test_the_number_of_lock_files_is_limited(directory):
    names = {f"lock-{number:02x}" for number in range(MAX_LOCK_FILES)}
    for number in range(2 * MAX_LOCK_FILES):
        lease = try_lock(directory, f"{number:08x}" + "0" * 56)
        assert lease is not None
        lease.release()
    assert set(os.listdir(directory)) == names
    first, second = (
        try_lock(directory, f"{1:08x}"),
        try_lock(directory, f"{MAX_LOCK_FILES + 1:08x}"),
    )
    assert first is not None
    assert second is None, "both keys have the same file"


@posix
def test_other_users_cannot_open_the_lock_file(directory):
    umask = os.umask(0)
    try:
        lease = try_lock(directory, DIGEST)
    finally:
        os.umask(umask)
    assert lease is not None
    (name,) = os.listdir(directory)
    assert stat.S_IMODE(os.stat(os.path.join(directory, name)).st_mode) == 0o600


def test_an_unreferenced_lease_is_released(directory):
    """A task may be canceled while a thread acquires the lock for it."""
    assert try_lock(directory, DIGEST) is not None
    gc.collect()
    assert try_lock(directory, DIGEST) is not None


def test_another_thread_can_release_a_lease(directory):
    """An event loop releases leases that threads acquired for it."""
    with ThreadPoolExecutor(1) as pool:
        lease = pool.submit(try_lock, directory, DIGEST).result()
        assert lease is not None
        lease.release()
        assert try_lock(directory, DIGEST) is not None


@posix
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_release_the_lock_of_its_parent(directory):
    lease = try_lock(directory, DIGEST)
    assert lease is not None
    child = os.fork()
    if child == 0:
        lease.release()
        del lease
        gc.collect()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert try_lock(directory, DIGEST) is None


@posix
def test_a_program_that_is_started_while_the_lock_is_taken_does_not_inherit_it(directory):
    lease = try_lock(directory, DIGEST)
    assert lease is not None
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False
    ) as program:
        lease.release()
        assert try_lock(directory, DIGEST) is not None
        program.communicate(b"\n")


WITHOUT_FILELOCK = """
import sys
sys.modules["filelock"] = None
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
store = FileStore(sys.argv[1])
store.put("key", b"value", expires_at=None)
try:
    store.lock("key", 10)
except ConfigurationError as error:
    print(error.hint)
"""


def test_the_hint_without_filelock_names_the_extra(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FILELOCK, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cognito-credentials[file]" in done.stdout
