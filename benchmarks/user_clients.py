"""Clients for the users of a back end, compared with a boto3 or aiobotocore session for each client.

CPU: process time to create a session and an S3 client, averaged over 40 clients after the first. Five
processes of each program run in turn.

Memory: growth of the resident memory per client, averaged over 200 clients, none of which has sent a request.

500 requests: 500 threads or tasks run at once. Each creates a session and a client for another user, fetches
this user's credentials, gets an object, and closes the client. The server is a separate process, reached over
loopback HTTP without TLS. The figures are the time until the last response, the peak of the resident memory,
and the CPU time of the event loop's longest callback, with `gc.freeze()` and without full garbage
collections. Each figure comes from three processes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from benchmarks.processes import python, run

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "clients"
PROCESSES, REQUEST_PROCESSES = 5, 3
# A program for this package, a program for another library, and the names of both in the table.
PAIRS = (
    ("broker", "boto3", "a client for a user", "boto3.Session().client"),
    ("aio", "aiobotocore", "async client for a user", "AioSession().create_client"),
)
MAX_CPU_RATIO, MAX_MEGABYTES = 0.2, 0.3
MAX_SECONDS, MAX_PEAK_MEGABYTES, MAX_BLOCKED_MS = 15.0, 400.0, 20.0


def measure() -> Iterator[Row]:
    for ours, theirs, our_name, their_name in PAIRS:
        cpu = {ours: _figure(f"{our_name}, CPU", "ms"), theirs: _figure(f"{their_name}, CPU", "ms")}
        for _ in range(PROCESSES):
            for program, figure in cpu.items():
                figure.samples.append(_run("cpu", program) * 1000)
        yield Row(NAME, cpu[ours], Ratio(cpu[ours], cpu[theirs], MAX_CPU_RATIO))
        yield Row(NAME, cpu[theirs])
        memory = _figure(f"{our_name}, memory", "MB")
        memory.samples.append(_run("memory", ours) / 1e6)
        yield Row(NAME, memory, _limit(memory, MAX_MEGABYTES))
    with fixed_server.running() as url:
        yield from _measure_requests("broker", "500 requests in threads", url)
        yield from _measure_requests("aio", "500 async requests", url)


def _measure_requests(program: str, name: str, url: str) -> Iterator[Row]:
    results = [_run("requests", program, url) for _ in range(REQUEST_PROCESSES)]
    seconds = Figure(name, "s", [result["seconds"] for result in results])
    yield Row(NAME, seconds, _limit(seconds, MAX_SECONDS))
    peak = Figure(f"{name}, memory", "MB", [result["peak"] / 1e6 for result in results])
    yield Row(NAME, peak, _limit(peak, MAX_PEAK_MEGABYTES))
    if program == "aio":
        blocked = Figure(f"{name}, loop", "ms", [result["blocked"] * 1000 for result in results])
        yield Row(NAME, blocked, _limit(blocked, MAX_BLOCKED_MS))


def _figure(name: str, unit: str) -> Figure:
    return Figure(name, unit, [])


def _limit(figure: Figure, maximum: float) -> Ratio:
    return Ratio(figure, Figure(f"{maximum:g} {figure.unit}", figure.unit, [maximum]), 1.0)


def _run(task: str, program: str, *url: str) -> Any:
    return json.loads(run(python("user_clients.py", task, program, *url)))
