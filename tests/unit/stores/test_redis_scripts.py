"""The Redis store's Lua scripts on a real server."""

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


def put(server, value: bytes, fence: bytes | str = "", expiry: str = "") -> int:
    return server.eval(scripts.PUT, 1, "name", value, fence, expiry)


def test_the_fence_of_a_lock_is_the_time_of_the_server(server):
    before = now(server)
    fence = server.eval(scripts.LOCK, 1, "lock", "token", 10_000)
    assert before <= fence <= now(server)
    assert len(fence) == scripts.FENCE_BYTES
    assert server.get("lock") == b"token"
    assert server.eval(scripts.LOCK, 1, "lock", "other", 10_000) is None
    assert server.get("lock") == b"token"


@pytest.mark.parametrize("token", ["token", "token:10000", "token:text"])
@pytest.mark.parametrize("milliseconds", [None, 3_600_000, 11_000])
def test_a_lock_that_lasts_longer_than_requested_is_replaced(server, token, milliseconds):
    """This happens if the server's clock is set back, or if another program writes the key."""
    server.set("lock", token, px=milliseconds)
    assert server.eval(scripts.LOCK, 1, "lock", "other", 10_000)
    assert server.get("lock") == b"other"
    assert server.pttl("lock") <= 10_000


def test_a_lock_of_another_type_is_replaced(server):
    server.lpush("lock", "of another program")
    assert server.eval(scripts.LOCK, 1, "lock", "other", 10_000)


def test_a_lock_with_a_longer_lifetime_of_its_own_is_not_replaced(server):
    assert server.eval(scripts.LOCK, 1, "lock", "token:60000", 60_000)
    assert server.eval(scripts.LOCK, 1, "lock", "other:5000", 5_000) is None


def test_only_the_owner_can_release_a_lock(server):
    server.set("lock", "token")
    assert server.eval(scripts.RELEASE, 1, "lock", "other") == 0
    assert server.eval(scripts.RELEASE, 1, "lock", "token") == 1
    assert server.eval(scripts.RELEASE, 1, "lock", "token") == 0


def test_a_value_is_prefixed_with_its_fence_or_the_time_of_the_server(server):
    assert put(server, b"value", EARLY) == 1
    assert server.get("name") == EARLY + b"value"
    before = now(server)
    assert put(server, b"newer") == 1
    stored = server.get("name")
    assert before <= stored[: scripts.FENCE_BYTES] <= now(server)
    assert stored[scripts.FENCE_BYTES :] == b"newer"


def test_a_value_is_replaced_by_the_same_or_a_later_fence_only(server):
    fence = now(server)
    assert put(server, b"one", fence) == 1
    assert put(server, b"two", fence) == 1
    assert put(server, b"old", EARLY) == 0
    assert server.get("name") == fence + b"two"


def test_a_fence_in_the_future_is_ignored(server):
    """The server's clock may be set back, or the clock of a new server may be behind."""
    for fence in (now(server), b""):
        server.set("name", LATE + b"value")
        assert put(server, b"newer", fence) == 1
        assert server.get("name").endswith(b"newer")


@pytest.mark.parametrize("stored", [b"", b"plain text of another program", b"\xff" * 200, b"0"])
def test_a_value_of_another_program_is_replaced(server, stored):
    server.set("name", stored)
    assert put(server, b"value", now(server)) == 1


def test_a_value_without_an_expiry_removes_the_previous_expiry(server):
    put(server, b"value", expiry="4000000000000")
    assert server.pexpiretime("name") == 4_000_000_000_000
    put(server, b"value")
    assert server.pttl("name") == -1
    put(server, b"value", expiry="1")
    assert server.get("name") is None


def reserve(server, interval: int, ahead: int, longest: int) -> int:
    return server.eval(scripts.RESERVE, 1, "pace", interval, ahead, longest)


def test_a_reservation_waits_for_the_interval_after_the_last_reservation(server):
    first, second, third = (reserve(server, 60_000_000, 0, 10**9) for _ in range(3))
    assert first == 0
    assert 59_000_000 < second <= 60_000_000
    assert 119_000_000 < third <= 120_000_000
    assert reserve(server, 60_000_000, 10**9, 0) == 0, (
        "a reservation within the burst must not wait"
    )
    assert 239_000 < server.pttl("pace") <= 241_000


def test_nothing_is_reserved_if_the_wait_would_be_too_long(server):
    assert reserve(server, 60_000_000, 0, 0) == 0
    before = server.get("pace")
    assert reserve(server, 60_000_000, 0, 30_000_000) == -1
    assert server.get("pace") == before


HOUR = 3_600_000_000


@pytest.mark.parametrize(
    "stored", ["inf", "-inf", "nan", "text", "", "1e300", "-1", "0x", "9" * 400]
)
def test_a_reservation_that_is_not_a_time_counts_as_now(server, stored):
    server.set("pace", stored)
    assert reserve(server, 60_000_000, 0, 0) == 0
    assert 0 < int(server.get("pace")) - int(now(server)) <= 60_000_000
    assert 0 < server.pttl("pace") <= 61_000


@pytest.mark.parametrize("ahead", [HOUR, 24 * HOUR, 100_000_000])
def test_a_reservation_that_no_limiter_makes_counts_as_now(server, ahead):
    server.set("pace", int(now(server)) + ahead)
    assert reserve(server, 1_000_000, 200_000, 10_000_000) == 0
    assert int(server.get("pace")) <= int(now(server)) + 1_000_000


def test_a_reservation_of_another_type_is_replaced(server):
    server.lpush("pace", "of another program")
    assert reserve(server, 60_000_000, 0, 0) == 0
    assert reserve(server, 60_000_000, 0, 0) == -1


def test_a_reservation_of_a_caller_that_waits_longer_is_respected(server):
    server.set("pace", int(now(server)) + 100_000_000)
    assert server.eval(scripts.RESERVE, 1, "pace", 1_000_000, 0, 0, 100_000_000) == -1
    assert int(server.get("pace")) > int(now(server)) + 90_000_000
