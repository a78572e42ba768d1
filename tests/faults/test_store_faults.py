"""Faults of a store that begin after two processes have cached the credentials of a guest.

No call may fail or wait for long. After the fault, a new process must find the guest's identity ID
in the store.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_service import LIFETIME_SECONDS, FaultyService
from harness import GET_CREDENTIALS, GET_ID, POOL, Side
from valkey_server import SEALING_KEY, Valkey

from cognito_credentials import CredentialsCache, aio
from cognito_credentials.stores import AsyncRedisStore, FileStore, RedisStore
from cognito_credentials.testing import FakeClock

MAX_CALL_SECONDS = 4.0  # Includes a margin for a busy machine.
# After a failure, a store is not used for 10 s. Afterwards, uses of the credentials check the store
# at most once a second.
STORE_RETRY_SECONDS = 11.0
Fault = Callable[[Any], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def moment(action: Callable[[], Any]) -> Iterator[None]:
    """Run the action; the fault ends before the next call begins."""
    action()
    yield


# --- file stores --------------------------------------------------------------------------------


def empty_directory(path: Path) -> None:
    for entry in path.iterdir():
        entry.unlink()


def damage_entries(path: Path) -> None:
    for entry in path.iterdir():
        entry.write_bytes(b"\x00garbage")


@contextlib.contextmanager
def replaced(path: Path, *, is_lost: bool) -> Iterator[None]:
    """Replace the directory with a file, and then remove the file; the entries may be lost."""
    saved = path.with_name("saved")
    path.rename(saved)
    path.write_text("not a directory")
    yield
    path.unlink()
    if is_lost:
        shutil.rmtree(saved)
    else:
        saved.rename(path)


@contextlib.contextmanager
def linked(path: Path) -> Iterator[None]:
    """Replace the directory with a symbolic link to another directory."""
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other)
    yield
    path.unlink()
    other.rename(path)


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    if os.geteuid() == 0:
        pytest.skip("root may write to every directory")
    path.chmod(0o500)
    yield
    path.chmod(0o700)


@contextlib.contextmanager
def readable_by_others(path: Path) -> Iterator[None]:
    path.chmod(0o755)
    yield
    path.chmod(0o700)


@contextlib.contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Empty the directory, and make every write to a file fail."""
    empty_directory(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FILE_FAULTS: dict[str, Fault] = {
    "emptied": lambda path: moment(lambda: empty_directory(path)),
    "removed": lambda path: moment(lambda: shutil.rmtree(path)),
    "damaged": lambda path: moment(lambda: damage_entries(path)),
    "replaced with a file": lambda path: replaced(path, is_lost=False),
    "replaced with a file and lost": lambda path: replaced(path, is_lost=True),
    "replaced with a link": linked,
    "readable by others": readable_by_others,
    "read-only": read_only,
    "emptied on a full disk": full_disk,
}


# --- Valkey -------------------------------------------------------------------------------------


@contextlib.contextmanager
def killed(server: Valkey) -> Iterator[None]:
    """Kill the server, and start it again without its entries."""
    server.stop()
    yield
    server.start()


@contextlib.contextmanager
def paused(server: Valkey) -> Iterator[None]:
    server.stall()
    yield
    server.resume()


@contextlib.contextmanager
def configured(server: Valkey, name: str, value: str, end: str) -> Iterator[None]:
    with server.client() as client:
        client.config_set(name, value)
        yield
        client.config_set(name, end)


def restart(server: Valkey) -> None:
    server.stop()
    server.start()


def empty_server(server: Valkey) -> None:
    with server.client() as client:
        client.flushall()


def damage_values(server: Valkey) -> None:
    with server.client() as client:
        for name in client.scan_iter():
            client.delete(name)
            client.rpush(name, "a list")


VALKEY_FAULTS: dict[str, Fault] = {
    "emptied": lambda server: moment(lambda: empty_server(server)),
    "restarted empty": lambda server: moment(lambda: restart(server)),
    "killed": killed,
    "paused": paused,
    "out of memory": lambda server: configured(server, "maxmemory", "1", "0"),
    "with a new password": lambda server: configured(server, "requirepass", "other", ""),
    "damaged": lambda server: moment(lambda: damage_values(server)),
}


# --- processes ----------------------------------------------------------------------------------


class Process:
    """The provider, store and cache of one process."""

    def __init__(self, side: Side, service: FaultyService, store: Any) -> None:
        self.side, self.store = side, store
        config = {"endpoint_url": service.url, "clock": side.clock}
        self.provider: Any = side.module.from_cognito_identity_pool(POOL, client_config=config)
        kind: Any = CredentialsCache if side.is_sync else aio.AsyncCredentialsCache
        self.cache = kind(self.provider, store=store)

    def get(self) -> Any:
        started_at = time.monotonic()
        credentials = self.side.run(self.cache.get)
        elapsed = time.monotonic() - started_at
        assert elapsed < MAX_CALL_SECONDS, f"the call took {elapsed:.2f} s"
        assert not credentials.is_expired
        self.side.record(credentials)
        self.side.settle()
        return credentials

    def close(self) -> None:
        for each in (self.provider, self.store):
            close = getattr(each, "close", None) or getattr(each, "aclose", None)
            if close is not None:
                self.side.run(close)


@pytest.fixture(params=["sync", "aio"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    with Side(request.param) as side:
        # Start at the current time, because a Redis server uses its own clock to expire entries.
        side.clock = FakeClock()  # type: ignore[assignment]
        yield side
    assert side.leaks() == []


def check_fault(
    side: Side,
    service: FaultyService,
    create_store: Callable[[], Any],
    fault: contextlib.AbstractContextManager[None],
) -> None:
    service.start(side.clock)
    with contextlib.ExitStack() as exits:

        def start_process() -> Process:
            process = Process(side, service, create_store())
            exits.callback(process.close)
            return process

        holders = start_process(), start_process()
        identity_id = holders[0].get().identity_id
        assert holders[1].get().identity_id == identity_id
        assert service.operations == [GET_ID, GET_CREDENTIALS]

        with fault:
            for seconds in (0, 2, LIFETIME_SECONDS - 30, LIFETIME_SECONDS + 1):
                side.clock.advance(seconds)
                assert {holder.get().identity_id for holder in holders} == {identity_id}
        # For some seconds after a failure, the store is not used. After that, a single use of the
        # credentials restores the entries.
        for _ in range(2):
            side.clock.advance(STORE_RETRY_SECONDS)
            assert {holder.get().identity_id for holder in holders} == {identity_id}
        assert start_process().get().identity_id == identity_id
        side.clock.advance(LIFETIME_SECONDS + 1)
        assert start_process().get().identity_id == identity_id
        assert service.operations.count(GET_ID) == 1, "the guest got another identity"
        # Each process fetches at most once for each lifetime.
        assert service.operations.count(GET_CREDENTIALS) <= 2 * 3 + 2
    service.wait_for_close()


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_file_store(side: Side, http_service: FaultyService, tmp_path: Path, name: str) -> None:
    path = tmp_path / "store"
    check_fault(
        side,
        http_service,
        lambda: FileStore(path, clock=side.clock),
        FILE_FAULTS[name](path),
    )


@pytest.mark.parametrize("name", VALKEY_FAULTS)
def test_valkey(side: Side, http_service: FaultyService, name: str) -> None:
    kind: Any = RedisStore if side.is_sync else AsyncRedisStore
    timeout = 0.3 if name == "paused" else 5.0
    with Valkey() as server:
        check_fault(
            side,
            http_service,
            lambda: kind(server.url, sealing_key=SEALING_KEY, timeout=timeout),
            VALKEY_FAULTS[name](server),
        )
