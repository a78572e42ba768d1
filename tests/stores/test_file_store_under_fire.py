"""Killed processes, full disks, folders that cannot be written: nothing stored is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import Side

from cognito_credentials.stores import FileStore

WRITER = Path(__file__).with_name("writes_entries.py")
WRITES = 500

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX's limits and rights")
as_root = pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root can")


def run(program: str, *arguments: str, **options) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
def test_a_process_killed_in_the_middle_of_a_write_loses_nothing(tmp_path):
    """500 writes, with a kill -9 after a random few of them, wherever the writer is then."""
    folder, draw = str(tmp_path / "store"), random.Random(7)  # noqa: S311
    store, done, kills = FileStore(folder), -1, 0
    while done < WRITES:
        writer = subprocess.Popen(
            [sys.executable, str(WRITER), folder, str(done + 1)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(draw.randrange(1, 60)):
            done = int(writer.stdout.readline())
        # Somewhere in the write that follows: reads of our own take a different time each.
        for _ in range(draw.randrange(40)):
            store.get("key")
        writer.send_signal(signal.SIGKILL)
        for line in writer.communicate()[0].splitlines():
            done = int(line)
        kills += 1
        value = store.get("key")
        assert value is not None
        numbers = value.split()
        assert len(numbers) == 2000
        assert len(set(numbers)) == 1
        assert int(numbers[0]) >= done
    assert kills > 8
    assert len(store.list_keys()) == 8


DISK_FULL = """
import resource, signal, sys
from cognito_credentials.stores import FileStore
store = FileStore(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    store.put("key", b"newer" * 1000, expires_at=None)
except OSError:
    print(store.get("key").decode())
"""


@posix
def test_a_full_disk_leaves_what_was_there(tmp_path):
    store = FileStore(tmp_path / "store")
    store.put("key", b"older", expires_at=None)
    assert run(DISK_FULL, store.path) == "older\n"
    assert store.get("key") == b"older"
    assert len(os.listdir(store.path)) == 1


READ_ONLY = """
import hashlib, os, secrets, sys
from cognito_credentials.stores import FileStore
FileStore(sys.argv[2]).lock("key", 1).release()  # all that is imported is, while it can be read
os.setgid(65534); os.setuid(65534)
store = FileStore(sys.argv[1])
print(store.get("key"), store.get("closed"))
for call in (lambda: store.put("key", b"v", expires_at=None), lambda: store.lock("key", 1)):
    try:
        call()
    except OSError as error:
        print(type(error).__name__)
"""


@as_root
def test_a_folder_that_cannot_be_written_is_an_outage_and_no_mistake(tmp_path):
    folder = Path(os.path.realpath("/tmp")) / f"cognito-read-only-{os.getpid()}"  # noqa: S108
    store = FileStore(folder)
    store.put("closed", b"value", expires_at=None)
    (closed,) = folder.iterdir()
    store.put("key", b"value", expires_at=None)
    try:
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)
        closed.chmod(0)
        folder.chmod(0o500)
        assert (
            run(READ_ONLY, str(folder), str(tmp_path / "other"))
            == "b'value' None\nPermissionError\nPermissionError\n"
        )
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_credentials_come_where_the_store_cannot_be_written(tmp_path):
    """A folder below what is no folder to anybody: each write fails, and no call does."""
    with Side("sync") as side:
        store = FileStore(tmp_path / "store")
        store.path = "/dev/null/store"
        subject = side.pool([side.id_answer(), side.credentials()]).share(store)
        assert subject.get().access_key_id


HOLDER = """
import sys
from cognito_credentials.stores import FileStore
lease = FileStore(sys.argv[1]).lock("key", 10)
print(lease is not None, flush=True)
sys.stdin.readline()
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_holder_that_dies_is_free(tmp_path, number):
    store = FileStore(tmp_path / "store")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, store.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    assert store.lock("key", 10) is None
    holder.send_signal(number)
    holder.communicate()
    lease = store.lock("key", 10)
    assert lease is not None
    lease.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_cannot_give_away_its_parents_lock(tmp_path):
    store = FileStore(tmp_path / "store")
    lease = store.lock("key", 10)
    assert lease is not None
    child = os.fork()
    if child == 0:
        lease.release()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.lock("key", 10) is None
    lease.release()
