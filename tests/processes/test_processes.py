"""Fifty processes that start together cold: one GetId, one GetCredentialsForIdentity."""

from __future__ import annotations

import signal

from harness import GET_CREDENTIALS, GET_ID

from cognito_credentials.stores import FileStore

CROWD = 50
SIDES = ("sync", "aio")


def test_fifty_processes_fetch_once(crowd, home):
    for side in SIDES:
        crowd.add(CROWD // 2, "file:", side)
    assert len(set(crowd.ask())) == 1
    assert crowd.calls == [GET_ID, GET_CREDENTIALS]
    folder = home / ".aws" / "cognito-credentials"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_fifty_processes_on_two_hosts_fetch_once(crowd, tmp_path, valkey):
    for host in ("one", "two"):
        (tmp_path / host).mkdir()
        # 13 that block on one host and 12 on the other, and the others await.
        for number, side in zip((13, 12), SIDES if host == "one" else SIDES[::-1], strict=True):
            crowd.add(number, valkey.url, side, HOME=str(tmp_path / host))
    assert sum(crowd.numbers) == CROWD
    assert len(set(crowd.ask())) == 1
    assert crowd.calls == [GET_ID, GET_CREDENTIALS]


def test_a_later_process_fetches_nothing(crowd, make_crowd):
    crowd.add(1, "file:")
    ours = crowd.ask()
    later = make_crowd()
    later.add(1, "file:")
    assert later.ask() == ours
    assert later.calls == []
    later.close()


def test_who_waits_for_a_process_that_is_killed_gets_credentials(crowd, home):
    """The lock of a process that dies goes to the next; the service is slow on purpose."""
    store = FileStore()
    crowd.add(1, "file:")
    crowd.ask()
    (key,) = (key for key in store.list_keys() if key.startswith("credentials:"))
    store.delete(key)
    crowd.processes.clear()
    crowd.numbers.clear()
    for _ in range(2):
        crowd.add(1, "file:")
    holder = store.lock(key, 10)
    assert holder is not None
    crowd.start()
    crowd.processes[0].send_signal(signal.SIGKILL)
    crowd.processes[0].communicate()
    holder.release()
    out, err = crowd.processes[1].communicate(timeout=30)
    assert (crowd.processes[1].returncode, err) == (0, "")
    assert out
