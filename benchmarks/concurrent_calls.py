"""A thousand concurrent calls in a new process.

Concurrent fetches: after one call to open a connection, 1,000 tasks call GetCredentialsForIdentity at
the same time, without a cache, over at most 100 connections. The figure is the duration divided by
1,000.

Stampede: 1,000 threads, or 1,000 tasks, read credentials from an empty cache at the same time. The
service responds after 100 ms, and each library makes a single call. The figure is the duration until all
of them have credentials; the time to start the threads is not included. botocore's cache is
`DeferredRefreshableCredentials`, which makes the same call.

botocore's threads get the credentials sooner, because they pass a lock from thread to thread, whereas the
cache wakes all threads at the same time, and then 1,000 threads compete for the interpreter lock.
In return, a thread that is interrupted while it waits cannot prevent another thread from waking up.

The programs run in turn, five times each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from benchmarks.processes import NODE, javascript, python, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
FETCHES = {
    "1,000 fetches, cognito_credentials.aio": "fetches-ours",
    "1,000 fetches, aiobotocore": "fetches-aiobotocore",
    "1,000 fetches, JavaScript SDK": "javascript",
}
STAMPEDES = {
    "1,000 threads, cache.get()": "threads-ours",
    "1,000 threads, botocore": "threads-botocore",
    "1,000 tasks, cache.get()": "tasks-ours",
    "1,000 tasks, aiobotocore": "tasks-aiobotocore",
}


def measure() -> Iterator[Row]:
    with fixed_server.running() as url:
        ours, *peers = _figures(FETCHES, "µs", url)
    yield Row("concurrent", ours, *(Ratio(ours, peer, 1.0) for peer in peers))
    yield from (Row("concurrent", peer) for peer in peers)
    with fixed_server.running("0.1") as url:
        threads, botocore, tasks, aiobotocore = _figures(STAMPEDES, "ms", url)
    yield Row("stampede", threads, Ratio(threads, botocore))
    yield Row("stampede", botocore)
    yield Row("stampede", tasks, Ratio(tasks, aiobotocore))
    yield Row("stampede", aiobotocore)


def _figures(programs: dict[str, str], unit: str, url: str) -> list[Figure]:
    samples: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, task in programs.items():
            samples[name].append(float(run(_command(task, url))))
    return [Figure(name, unit, values) for name, values in samples.items()]


def _command(task: str, url: str) -> list[str]:
    if task == "javascript":
        return javascript(str(NODE), "concurrent_fetches.mjs", url, fixed_server.IDENTITY_ID)
    return python("concurrent_calls.py", task, url, fixed_server.IDENTITY_ID)
