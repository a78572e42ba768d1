"""The scripts by themselves, on a real server, whose clock is the only one they know."""

from __future__ import annotations

import pytest

from cognito_credentials.stores import _redis_scripts as scripts

LATE, EARLY = b"9999999999999999", b"0000000000000001"


@pytest.fixture
def server(valkey):
    with valkey.client() as client:
        yield client


def now(server) -> bytes:
    seconds, microseconds = server.time()
    return b"%010d%06d" % (seconds, microseconds)


def put(server, value: bytes, fence: bytes | str = "", end: str = "") -> int:
    return server.eval(scripts.PUT, 1, "name", value, fence, end)


def test_a_fence_is_the_server_s_time_when_the_lock_was_given_out(server):
    before = now(server)
    fence = server.eval(scripts.LOCK, 1, "lock", "token", 10_000)
    assert before <= fence <= now(server)
    assert len(fence) == scripts.FENCE_SIZE
    assert server.get("lock") == b"token"
    assert server.eval(scripts.LOCK, 1, "lock", "other", 10_000) is None
    assert server.get("lock") == b"token"


def test_only_its_holder_releases_a_lock(server):
    server.set("lock", "token")
    assert server.eval(scripts.RELEASE, 1, "lock", "other") == 0
    assert server.eval(scripts.RELEASE, 1, "lock", "token") == 1
    assert server.eval(scripts.RELEASE, 1, "lock", "token") == 0


def test_a_value_has_its_fence_before_it_and_without_one_the_time(server):
    assert put(server, b"value", EARLY) == 1
    assert server.get("name") == EARLY + b"value"
    before = now(server)
    assert put(server, b"newer") == 1
    stored = server.get("name")
    assert before <= stored[: scripts.FENCE_SIZE] <= now(server)
    assert stored[scripts.FENCE_SIZE :] == b"newer"


def test_an_older_fence_does_not_replace_a_newer_one_and_an_equal_one_does(server):
    fence = now(server)
    assert put(server, b"one", fence) == 1
    assert put(server, b"two", fence) == 1
    assert put(server, b"old", EARLY) == 0
    assert server.get("name") == fence + b"two"


def test_a_fence_that_is_yet_to_come_protects_nothing(server):
    """The server's clock was set back, or its successor's is behind: nothing is stuck for that."""
    for fence in (now(server), b""):
        server.set("name", LATE + b"value")
        assert put(server, b"newer", fence) == 1
        assert server.get("name").endswith(b"newer")


@pytest.mark.parametrize("there", [b"", b"plain text of another program", b"\xff" * 200, b"0"])
def test_what_is_not_ours_is_replaced(server, there):
    server.set("name", there)
    assert put(server, b"value", now(server)) == 1


def test_an_end_is_kept_and_no_end_takes_away_the_former(server):
    put(server, b"value", end="4000000000000")
    assert server.pexpiretime("name") == 4_000_000_000_000
    put(server, b"value")
    assert server.pttl("name") == -1
    put(server, b"value", end="1")
    assert server.get("name") is None


def reserve(server, interval: int, ahead: int, longest: int) -> int:
    return server.eval(scripts.RESERVE, 1, "pace", interval, ahead, longest)


def test_a_reservation_is_due_an_interval_after_the_last(server):
    first, second, third = (reserve(server, 60_000_000, 0, 10**9) for _ in range(3))
    assert first == 0
    assert 59_000_000 < second <= 60_000_000
    assert 119_000_000 < third <= 120_000_000
    assert reserve(server, 60_000_000, 10**9, 0) == 0, "as far ahead as that"
    assert 239_000 < server.pttl("pace") <= 241_000


def test_what_would_wait_too_long_reserves_nothing(server):
    assert reserve(server, 60_000_000, 0, 0) == 0
    before = server.get("pace")
    assert reserve(server, 60_000_000, 0, 30_000_000) == -1
    assert server.get("pace") == before
