from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cognito_credentials.stores._file_locks import STRIPES, try_lock

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX's rights and forks")
ONE = "00" * 32


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "locks").mkdir()
    return str(tmp_path / "locks")


def test_a_file_is_locked_until_it_is_released(folder):
    lease = try_lock(folder, ONE)
    assert lease is not None
    assert try_lock(folder, ONE) is None
    other = try_lock(folder, f"{1:08x}")
    assert other is not None
    lease.release()
    lease.release()
    again = try_lock(folder, ONE)
    assert again is not None
    lease.release()
    assert try_lock(folder, ONE) is None, "who released before frees nobody else's lock"


def test_many_keys_have_few_files(folder):
    names = {f"lock-{number:02x}" for number in range(STRIPES)}
    for number in range(2 * STRIPES):
        lease = try_lock(folder, f"{number:08x}" + "0" * 56)
        assert lease is not None
        lease.release()
    assert set(os.listdir(folder)) == names
    first, second = try_lock(folder, f"{1:08x}"), try_lock(folder, f"{STRIPES + 1:08x}")
    assert first is not None
    assert second is None, "they share a file"


@posix
def test_nobody_else_can_open_the_file(folder):
    before = os.umask(0)
    try:
        lease = try_lock(folder, ONE)
    finally:
        os.umask(before)
    assert lease is not None
    (name,) = os.listdir(folder)
    assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600


def test_a_lease_that_nobody_has_any_more_is_free(folder):
    """Of a task that was cancelled while a thread got it the lock."""
    assert try_lock(folder, ONE) is not None
    gc.collect()
    assert try_lock(folder, ONE) is not None


def test_another_thread_may_release_it(folder):
    """As a loop does with what a thread has locked for it."""
    with ThreadPoolExecutor(1) as pool:
        lease = pool.submit(try_lock, folder, ONE).result()
        assert lease is not None
        lease.release()
        assert try_lock(folder, ONE) is not None


@posix
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_gives_nothing_away_by_releasing_or_forgetting_it(folder):
    lease = try_lock(folder, ONE)
    assert lease is not None
    child = os.fork()
    if child == 0:
        lease.release()
        del lease
        gc.collect()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert try_lock(folder, ONE) is None


@posix
def test_a_program_that_is_started_meanwhile_does_not_keep_the_lock(folder):
    lease = try_lock(folder, ONE)
    assert lease is not None
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False
    ) as program:
        lease.release()
        assert try_lock(folder, ONE) is not None
        program.communicate(b"\n")


WITHOUT = """
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


def test_without_filelock_one_is_told_what_to_install(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cognito-credentials[file]" in done.stdout
