"""What callers see while credentials are renewed, and while eight threads read at once.

Longest read: 10,000 reads a second for three seconds, across an early refresh whose service takes
two seconds to answer, over a real socket. botocore's stock class refreshes through the same call.
Both begin with 12 minutes left, where both refresh early. Five rounds.

Eight threads: 20,000 each reads of fresh credentials, the whole time over the number of reads, beside
the same number in one thread.
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
from cognito_credentials.testing import ScriptedTransport, credentials_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "under load"
ROUNDS = 5
READS_A_SECOND = 10_000
SECONDS = 3
THREADS, READS = 8, 20_000
LEFT = 720.0


def measure() -> Iterator[Row]:
    with fixed_server.running("2", "3600") as url:
        ours = Figure("cache.get(), longest read", "ms", [_ours(url) for _ in range(ROUNDS)])
        theirs = Figure("botocore's, longest read", "ms", [_botocore_s(url) for _ in range(ROUNDS)])
    yield Row(NAME, ours, Ratio(ours, Figure("5 ms", "ms", [5.0]), 1.0), Ratio(ours, theirs))
    yield Row(NAME, theirs)
    provider = from_cognito_identity(
        fixed_server.IDENTITY_ID,
        client_config={"transport": ScriptedTransport([credentials_answer()])},
    )
    get = provider.cached().get
    get()
    one, many = [], []
    for _ in range(ROUNDS):
        one.append(_in_threads(1, THREADS * READS, get))
        many.append(_in_threads(THREADS, READS, get))
    single = Figure("cache.get(), one thread", "µs", one)
    crowd = Figure("cache.get(), eight threads", "µs", many)
    yield Row(NAME, single)
    yield Row(NAME, crowd, Ratio(crowd, single, 2.0))


class AheadClock(SystemClock):
    """This machine's clock, which can be set ahead."""

    ahead = 0.0

    def now(self) -> float:  # type: ignore[override]
        return time.time() + self.ahead

    def monotonic(self) -> float:  # type: ignore[override]
        return time.monotonic() + self.ahead


def _ours(url: str) -> float:
    clock = AheadClock()
    provider = from_cognito_identity(
        fixed_server.IDENTITY_ID, client_config={"endpoint_url": url, "clock": clock}
    )
    with provider:
        cache = provider.cached()
        before = cache.get()
        clock.ahead = before.remaining.total_seconds() - LEFT
        return _longest(cache.get)


def _botocore_s(url: str) -> float:
    provider = from_cognito_identity(fixed_server.IDENTITY_ID, client_config={"endpoint_url": url})

    def metadata(left: float) -> dict[str, str]:
        credentials = provider()
        return {
            "access_key": credentials.access_key_id,
            "secret_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expiry_time": (datetime.now(UTC) + timedelta(seconds=left)).isoformat(),
        }

    with provider:
        made = RefreshableCredentials.create_from_metadata(
            metadata(LEFT), refresh_using=lambda: metadata(3600), method="custom"
        )
        return _longest(made.get_frozen_credentials)


def _longest(read: Callable[[], object]) -> float:
    """Return the milliseconds of the longest read, of so many a second."""
    longest, started = 0.0, time.perf_counter()
    for number in range(READS_A_SECOND * SECONDS):
        due = started + number / READS_A_SECOND
        while (before := time.perf_counter()) < due:
            pass
        read()
        longest = max(longest, time.perf_counter() - before)
    return longest * 1000


def _in_threads(threads: int, reads: int, read: Callable[[], object]) -> float:
    together = threading.Barrier(threads + 1)

    def work() -> None:
        together.wait()
        for _ in range(reads):
            read()
        together.wait()

    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()
    together.wait()
    started = time.perf_counter()
    together.wait()
    return (time.perf_counter() - started) / (threads * reads) * 1e6
