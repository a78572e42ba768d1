"""FileStore must not lose entries if processes are killed, or a write fails."""

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

posix = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="requires POSIX limits and permissions"
)
as_root = pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="requires root")


def run(program: str, *arguments: str, **options) -> str:
    completed = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


@posix
def test_killing_a_process_during_a_write_loses_no_entry(tmp_path):
    """The test makes at least 500 writes, and kills the writing process at random moments."""
    directory, rng = str(tmp_path / "store"), random.Random(7)  # noqa: S311
    store, written, kills = FileStore(directory), -1, 0
    while written < WRITES:
        writer = subprocess.Popen(
            [sys.executable, str(WRITER), directory, str(written + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(rng.randrange(1, 60)):
            written = int(writer.stdout.readline())
        # The delay is random, so the signal may interrupt the next write at any point.
        for _ in range(rng.randrange(40)):
            store.get("key")
        writer.send_signal(signal.SIGKILL)
        for line in writer.communicate()[0].splitlines():
            written = int(line)
        kills += 1
        value = store.get("key")
        assert value is not None
        numbers = value.split()
        assert len(numbers) == 2000
        assert len(set(numbers)) == 1
        assert int(numbers[0]) >= written
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
def test_a_full_disk_does_not_damage_an_entry(tmp_path):
    store = FileStore(tmp_path / "store")
    store.put("key", b"older", expires_at=None)
    assert run(DISK_FULL, store.path) == "older\n"
    assert store.get("key") == b"older"
    assert len(os.listdir(store.path)) == 1


READ_ONLY = """
import hashlib, os, secrets, shlex, sys
from cognito_credentials.stores import FileStore
FileStore(sys.argv[2]).lock("key", 1).release()  # imports filelock while it is readable
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
def test_a_read_only_directory_raises_os_errors_and_entries_stay_readable(tmp_path):
    directory = Path(os.path.realpath("/tmp")) / f"cognito-read-only-{os.getpid()}"  # noqa: S108
    store = FileStore(directory)
    store.put("closed", b"value", expires_at=None)
    (closed,) = directory.iterdir()
    store.put("key", b"value", expires_at=None)
    try:
        for path in (directory, *directory.iterdir()):
            os.chown(path, 65534, 65534)
        closed.chmod(0)
        directory.chmod(0o500)
        assert (
            run(READ_ONLY, str(directory), str(tmp_path / "other"))
            == "b'value' None\nPermissionError\nPermissionError\n"
        )
    finally:
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()


def test_credentials_are_returned_if_the_store_cannot_be_written(tmp_path):
    """The store cannot write, because its parent directory is a device."""
    with Side("sync") as side:
        store = FileStore(tmp_path / "store")
        store.path = "/dev/null/store"
        subject = side.pool([side.id_response(), side.credentials()]).use_store(store)
        assert subject.get().access_key_id


LOCK_OWNER = """
import sys
from cognito_credentials.stores import FileStore
lease = FileStore(sys.argv[1]).lock("key", 10)
print(lease is not None, flush=True)
sys.stdin.readline()
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_kernel_releases_the_lock_of_a_dead_process(tmp_path, number):
    store = FileStore(tmp_path / "store")
    owner = subprocess.Popen(
        [sys.executable, "-c", LOCK_OWNER, store.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "True\n"
    assert store.lock("key", 10) is None
    owner.send_signal(number)
    owner.communicate()
    lease = store.lock("key", 10)
    assert lease is not None
    lease.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_cannot_release_the_lock_of_its_parent(tmp_path):
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
