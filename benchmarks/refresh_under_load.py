"""Latency of reads during a refresh, and throughput of eight threads.

Longest read: a thread reads the credentials 10,000 times per second for three seconds. At the start,
the credentials are valid for another 12 minutes, so the library refreshes them early, over a real
socket, and the service responds after two seconds. botocore's refreshable credentials make the same
call. Each library runs five times.

Eight threads: each thread reads fresh credentials 20,000 times. The time per read, which is the duration
divided by the total number of reads, is compared with the time per read for the same number of
reads in one thread.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.credentials import RefreshableCredentials

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from cognito_credentials import from_cognito_identity
from cognito_credentials.clock import SystemClock
from cognito_credentials.testing import ScriptedTransport, credentials_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "under load"
ROUNDS = 5
READS_PER_SECOND = 10_000
SECONDS = 3
THREADS, READS = 8, 20_000
REMAINING_SECONDS = 720.0


def measure() -> Iterator[Row]:
    with fixed_server.running("2", "3600") as url:
        ours = Figure(
            "cache.get(), longest read", "ms", [_longest_own_read(url) for _ in range(ROUNDS)]
        )
        theirs = Figure(
            "botocore, longest read", "ms", [_longest_botocore_read(url) for _ in range(ROUNDS)]
        )
    yield Row(NAME, ours, Ratio(ours, Figure("5 ms", "ms", [5.0]), 1.0), Ratio(ours, theirs))
    yield Row(NAME, theirs)
    provider = from_cognito_identity(
        fixed_server.IDENTITY_ID,
        client_config={"transport": ScriptedTransport([credentials_response()])},
    )
    get = provider.cached().get
    get()
    one_thread, many_threads = [], []
    for _ in range(ROUNDS):
        one_thread.append(_time_per_read(1, THREADS * READS, get))
        many_threads.append(_time_per_read(THREADS, READS, get))
    single = Figure("cache.get(), one thread", "µs", one_thread)
    eight_threads = Figure("cache.get(), eight threads", "µs", many_threads)
    yield Row(NAME, single)
    yield Row(NAME, eight_threads, Ratio(eight_threads, single, 2.0))


class AheadClock(SystemClock):
    """System clock that can be advanced."""

    ahead = 0.0

    def now(self) -> float:  # type: ignore[override]
        return time.time() + self.ahead

    def monotonic(self) -> float:  # type: ignore[override]
        return time.monotonic() + self.ahead


def _longest_own_read(url: str) -> float:
    clock = AheadClock()
    provider = from_cognito_identity(
        fixed_server.IDENTITY_ID, client_config={"endpoint_url": url, "clock": clock}
    )
    with provider:
        cache = provider.cached()
        before = cache.get()
        clock.ahead = before.remaining.total_seconds() - REMAINING_SECONDS
        return _longest_read_of(cache.get)


def _longest_botocore_read(url: str) -> float:
    provider = from_cognito_identity(fixed_server.IDENTITY_ID, client_config={"endpoint_url": url})

    def metadata(remaining: float) -> dict[str, str]:
        credentials = provider()
        return {
            "access_key": credentials.access_key_id,
            "secret_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expiry_time": (datetime.now(UTC) + timedelta(seconds=remaining)).isoformat(),
        }

    with provider:
        refreshable = RefreshableCredentials.create_from_metadata(
            metadata(REMAINING_SECONDS), refresh_using=lambda: metadata(3600), method="custom"
        )
        return _longest_read_of(refreshable.get_frozen_credentials)


def _longest_read_of(read: Callable[[], object]) -> float:
    """Return the duration of the longest read, in milliseconds."""
    longest, started = 0.0, time.perf_counter()
    for number in range(READS_PER_SECOND * SECONDS):
        due = started + number / READS_PER_SECOND
        while (before := time.perf_counter()) < due:
            pass
        read()
        longest = max(longest, time.perf_counter() - before)
    return longest * 1000


def _time_per_read(threads: int, reads: int, read: Callable[[], object]) -> float:
    barrier = threading.Barrier(threads + 1)

    def work() -> None:
        barrier.wait()
        for _ in range(reads):
            read()
        barrier.wait()

    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()
    barrier.wait()
    started = time.perf_counter()
    barrier.wait()
    return (time.perf_counter() - started) / (threads * reads) * 1e6
