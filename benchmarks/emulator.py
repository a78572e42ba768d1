"""The emulator, compared with moto's server and ministack.

Each emulator runs in a separate process. One client, which reuses its connection if the server
allows that, calls GetId as a guest and GetCredentialsForIdentity for the new identity, 100 times
each. The emulators take turns for 16 rounds. The first round is a warm-up, and its figures are
discarded.

Request, CPU: user and system time of the server's process, divided by the number of requests. Request:
the time that the client waits, divided by the number of requests. moto's server closes each
connection after a response.

First response, CPU: user and system time of the server's process until its first response. On an
idle machine, the client waits for about the same time. Each emulator starts five times.

Memory: growth of the resident memory, divided by the number of new identities, after the
emulator has recorded the maximum number of calls. It is measured once.

`make bench` installs ministack in `.build/ministack`. Without ministack, its rows are missing.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from benchmarks.emulated_servers import MINISTACK, MOTO, OURS, Program, Server, running
from benchmarks.figures import Figure, Ratio, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "emulator"
ROUNDS, PAIRS, STARTS = 15, 100, 5
RECORDED_CALLS, IDENTITIES = 10_000, 20_000
# Maximum ratios of the time per request. For example, the emulator must be six times as fast as
# moto's server.
TARGETS = {MOTO: 1 / 6, MINISTACK: 1 / 1.5}
MAX_BYTES, MAX_START_SECONDS = 1024.0, 1.0


def measure() -> Iterator[Row]:
    peers = [peer for peer in TARGETS if peer.is_installed]
    for peer in TARGETS.keys() - peers:
        print(f"{peer.name} is not installed in {peer.command[0]}: skipping it", flush=True)
    programs = [OURS, *peers]
    cpu = {each: Figure(f"{each.name}, request, CPU", "µs", []) for each in programs}
    waits = {each: Figure(f"{each.name}, request", "µs", []) for each in programs}
    starts = {each: Figure(f"{each.name}, first response, CPU", "s", []) for each in programs}
    for _ in range(STARTS):
        for program in programs:
            with running(program) as server:
                starts[program].samples.append(server.cpu_seconds())
    memory = Figure(f"{OURS.name}, an identity", "bytes", [])
    with contextlib.ExitStack() as stack:
        servers = {each: stack.enter_context(running(each)) for each in programs}
        pools = {each: servers[each].create_pool() for each in programs}
        for number in range(ROUNDS + 1):
            for program in programs:
                busy, elapsed = _measure_round(servers[program], pools[program])
                if number:
                    cpu[program].samples.append(busy)
                    waits[program].samples.append(elapsed)
        memory.samples.append(_measure_memory(servers[OURS], pools[OURS]))
    for figures in (cpu, waits):
        yield Row(NAME, figures[OURS], *_compare(figures))
        yield from (Row(NAME, figures[peer]) for peer in peers)
    limit = Figure(f"{MAX_START_SECONDS:g} s", "s", [MAX_START_SECONDS])
    yield Row(NAME, starts[OURS], Ratio(starts[OURS], limit, 1.0))
    yield from (Row(NAME, starts[peer]) for peer in peers)
    yield Row(NAME, memory, Ratio(memory, Figure("1 KB", "bytes", [MAX_BYTES]), 1.0))


def _compare(figures: Mapping[Program, Figure]) -> Iterator[Ratio]:
    for peer, target in TARGETS.items():
        if peer in figures:
            yield Ratio(figures[OURS], figures[peer], target)


def _measure_round(server: Server, pool: str) -> tuple[float, float]:
    """Return the server's CPU time and the client's time per request, in microseconds."""
    call, busy, started = server.connection.call, server.cpu_seconds(), time.perf_counter()
    for _ in range(PAIRS):
        identity = call("GetId", IdentityPoolId=pool)["IdentityId"]
        call("GetCredentialsForIdentity", IdentityId=identity)
    elapsed = time.perf_counter() - started
    scale = 1e6 / (2 * PAIRS)
    return (server.cpu_seconds() - busy) * scale, elapsed * scale


def _measure_memory(server: Server, pool: str) -> float:
    for _ in range(RECORDED_CALLS):
        server.connection.call("GetId", IdentityPoolId=pool)
    before = server.resident_bytes()
    for _ in range(IDENTITIES):
        server.connection.call("GetId", IdentityPoolId=pool)
    return (server.resident_bytes() - before) / IDENTITIES
