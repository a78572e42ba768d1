"""Processes that start together must call GetId and GetCredentialsForIdentity only once."""

from __future__ import annotations

import signal

from harness import GET_CREDENTIALS, GET_ID

from cognito_credentials.stores import FileStore

SIDES = ("sync", "aio")


def test_fifty_processes_fetch_once(process_group, home):
    for side in SIDES:
        process_group.add(25, "file:", side)
    assert len(set(process_group.fetch())) == 1
    assert process_group.calls == [GET_ID, GET_CREDENTIALS]
    folder = home / ".aws" / "cognito-credentials"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_processes_on_two_hosts_fetch_once(process_group, tmp_path, valkey):
    for host in ("one", "two"):
        (tmp_path / host).mkdir()
        for side in SIDES:
            process_group.add(5, valkey.url, side, HOME=str(tmp_path / host))
    assert len(set(process_group.fetch())) == 1
    assert process_group.calls == [GET_ID, GET_CREDENTIALS]


def test_a_later_process_uses_the_stored_credentials(process_group, make_process_group):
    process_group.add(1, "file:")
    credentials = process_group.fetch()
    later = make_process_group()
    later.add(1, "file:")
    assert later.fetch() == credentials
    assert later.calls == []


def test_a_process_gets_credentials_after_a_waiting_process_was_killed(
    make_process_group, process_group
):
    """The test holds the lock, and kills one of the two processes that wait for it."""
    store = FileStore()
    process_group.add(1, "file:")
    process_group.fetch()
    (key,) = (key for key in store.list_keys() if key.startswith("credentials:"))
    store.delete(key)
    group = make_process_group()
    for _ in range(2):
        group.add(1, "file:")
    lock = store.lock(key, 10)
    assert lock is not None
    group.start()
    killed, waiting = group.parents
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    lock.release()
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, err) == (0, "")
    assert out
