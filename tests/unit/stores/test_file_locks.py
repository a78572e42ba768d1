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


@pytest.fixture(params=["with filelock", "without filelock"], autouse=True)
def _library(request, monkeypatch):
    if request.param == "without filelock":
        monkeypatch.setitem(sys.modules, "filelock", None)


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
    assert second is None, "keys with the same file must share a lock"


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
    """If a task is canceled while a thread acquires a lock for it, no caller receives the lease."""
    assert try_lock(directory, DIGEST) is not None
    gc.collect()
    assert try_lock(directory, DIGEST) is not None


def test_another_thread_can_release_a_lease(directory):
    """Worker threads acquire leases for an event loop, which releases them in its own thread."""
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


@pytest.mark.parametrize("without_filelock", [(True, False), (False, True)])
def test_processes_with_and_without_filelock_exclude_each_other(
    directory, monkeypatch, without_filelock
):
    leases = []
    for is_missing in without_filelock:
        with monkeypatch.context() as patched:
            if is_missing:
                patched.setitem(sys.modules, "filelock", None)
            leases.append(try_lock(directory, DIGEST))
    assert leases[0] is not None
    assert leases[1] is None


@posix
def test_a_symbolic_link_is_not_followed(directory, tmp_path):
    os.symlink(tmp_path / "elsewhere", os.path.join(directory, "lock-00"))
    with pytest.raises(OSError, match="lock-00"):
        try_lock(directory, DIGEST)
    assert not (tmp_path / "elsewhere").exists()
