"""Worlds: hosts, processes, callers and faults, all of which a seed determines."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from simulation.callers import BrokerCallers, CacheCallers
from simulation.clients import SimulatedBroker, SimulatedCache
from simulation.driver import SimulatedDriver
from simulation.faults import Faults
from simulation.invariants import Invariants, Violation
from simulation.processes import Host, Process
from simulation.scheduler import Scheduler, WorldDidNotEndError
from simulation.service import Service
from simulation.stores import BACKENDS, RedisBackend, SimulatedStore, end_leases

START = 1_800_000_000.0
KINDS = ("cache", "broker")
STORE_KINDS = ("memory", "file", "redis", "none")
PAUSE_SECONDS = (0.3, 2.0, 4.0, 6.0, 9.0, 15.0, 40.0, 700.0)
JUMP_SECONDS = (-7200.0, -3600.0, -1200.0, -30.0, 30.0, 1200.0, 3600.0, 7200.0)
CLOCK_OFFSETS = (0.0, 0.0, 0.0, 0.0, 1.5, -40.0, 200.0, -900.0, 3000.0, -7200.0)
HORIZONS = (30.0, 30.0, 3000.0, 5000.0, 9000.0)
# All faults end this long after the last planned fault or pause, so that every caller can succeed.
CALM_SECONDS = 120.0
MAX_FAULTY_STEP = 120


class World:
    """One world, from its seed to its violations.

    Args:
        seed: Determines everything that happens.
        kind: `cache` or `broker`; None for a kind that the seed determines.
        store_kind: One of `STORE_KINDS`; None for a kind that the seed determines.
        is_recorded: Whether to record a history.
    """

    def __init__(
        self,
        seed: int,
        *,
        kind: str | None = None,
        store_kind: str | None = None,
        is_recorded: bool = False,
    ) -> None:
        self.seed = seed
        self.random = random = Random(seed)  # noqa: S311 - reproducible, not secret
        self.is_recorded = is_recorded
        self.history: list[tuple[float, str, str]] = []
        self.violations: list[Violation] = []
        self.fault_counts: Counter[str] = Counter()
        self.scheduler = Scheduler(random, START)
        # The classes of the library's objects in this world; `mutants.py` replaces them.
        self.store_class: Any = SimulatedStore
        self.cache_class: Any = SimulatedCache
        self.broker_class: Any = SimulatedBroker
        self.driver_class: Any = SimulatedDriver
        drawn = (
            random.choice(("cache", "cache", "cache", "broker")),
            random.choice(STORE_KINDS[:3] * 3 + STORE_KINDS),
        )
        self.kind = kind or drawn[0]
        self.store_kind = store_kind or drawn[1]
        self.faults = Faults(random)
        self.service = Service(self)
        self.invariants = Invariants(self)
        self.horizon = random.choice(HORIZONS)
        self.hosts = self._create_hosts()
        self.backend = None if self.store_kind == "none" else BACKENDS[self.store_kind](self)
        self.callers: Any = (CacheCallers if self.kind == "cache" else BrokerCallers)(self)
        self._process_count = 0
        self._restarts = random.random() < 0.7
        self._fault_kinds = {
            name: random.random() < probability
            for name, probability in (
                ("kill", 0.3),
                ("pause", 0.35),
                ("suspend", 0.12),
                ("jump", 0.15),
                ("outage", 0.15),
                ("lost writes", 0.2),
                ("identity", 0.2),
            )
        }

    # --- run ----------------------------------------------------------------------------------------

    def run(self) -> list[Violation]:
        """Run the world to its end, and return its violations."""
        try:
            self._plan()
            self.scheduler.run()
            self.invariants.check_end()
        except WorldDidNotEndError:
            self.invariants.report("the world did not end")
        finally:
            if self.backend is not None:
                self.backend.close()
        return self.violations

    def log(self, who: str, text: str) -> None:
        """Add a line to the history."""
        if self.is_recorded:
            self.history.append((self.scheduler.now - START, who, text))

    def count_fault(self, name: str) -> None:
        self.fault_counts[name] += 1

    # --- processes ----------------------------------------------------------------------------------

    def _create_hosts(self) -> list[Host]:
        # Only a Redis server is shared by several hosts.
        count = self.random.choice((1, 2, 3)) if self.store_kind in ("redis", "none") else 1
        offsets = CLOCK_OFFSETS if self.random.random() < 0.4 else (0.0,)
        return [
            Host(self, f"host {number + 1}", self.random.choice(offsets)) for number in range(count)
        ]

    def start_process(self, host: Host, delay: float, *, is_faulty: bool = True) -> Process:
        """Start a process with its callers."""
        random = self.random
        self._process_count += 1
        process = Process(
            self, f"process {self._process_count}", host, is_loop=random.random() < 0.4
        )
        for name, fault in (("kill", Process.kill), ("pause", self._pause)):
            if is_faulty and self._fault_kinds[name] and random.random() < 0.5:
                step = 1 + int(MAX_FAULTY_STEP * random.random() ** 2)
                process.faults[step] = fault
        self.callers.start(process, delay, is_faulty=is_faulty)
        return process

    def _pause(self, process: Process) -> None:
        self.count_fault("pause")
        process.pause(self.random.choice(PAUSE_SECONDS))

    def on_kill(self, process: Process) -> None:
        """Release the leases of a killed process; another process may take its place."""
        self.count_fault("kill")
        end_leases(process)
        if self._restarts and not self.faults.is_calm:
            self.start_process(process.host, 5.0 * self.random.random())

    # --- faults -------------------------------------------------------------------------------------

    def _plan(self) -> None:
        random = self.random
        for number in range(random.choice((1, 2, 2, 2, 3, 4))):
            delay = random.choice((0.0, 0.001, 0.05, 3.0)) * random.random()
            self.start_process(self.hosts[number % len(self.hosts)], delay)
        if self._fault_kinds["suspend"]:
            self._at_random_time("suspend", self._suspend)
        if self._fault_kinds["jump"]:
            self._at_random_time("jump", self._jump)
        if self._fault_kinds["identity"]:
            self._at_random_time("identity", self.callers.change_identity)
        if self._fault_kinds["outage"] and self.backend is not None:
            start = self.scheduler.now + self._draw_time()
            self.faults.outages.append((start, start + random.choice((0.5, 5.0, 60.0, 4000.0))))
            self.faults.has_stalls = self.store_kind == "redis" and random.random() < 0.5
        if self._fault_kinds["lost writes"] and isinstance(self.backend, RedisBackend):
            self.backend.server.offset = random.choice((0.0, 0.0, 2.0, -300.0))
            self._at_random_time("lost writes", self._lose_writes)
        self.scheduler.call_later(self.horizon + CALM_SECONDS, self._end_faults)

    def _draw_time(self) -> float:
        """Return the seconds until a fault, which happens during the first calls or at any time."""
        if self.random.random() < 0.5:
            return 0.5 * self.random.random() ** 2
        return self.horizon * self.random.random()

    def _at_random_time(self, name: str, function: Any) -> None:
        def happen() -> None:
            self.count_fault(name)
            function()

        for _ in range(self.random.choice((1, 1, 2))):
            self.scheduler.call_later(self._draw_time(), happen)

    def _suspend(self) -> None:
        seconds = self.random.choice((3.0, 20.0, 900.0, 3000.0, 7200.0))
        host = self.random.choice(self.hosts)
        host.suspend(seconds, stops_monotonic=self.random.random() < 0.5)

    def _jump(self) -> None:
        self.random.choice(self.hosts).jump(self.random.choice(JUMP_SECONDS))

    def _lose_writes(self) -> None:
        server, random = self.backend.server, self.random
        if random.random() < 0.5:
            lag = random.choice((0.05, 1.0, 30.0, 10_000.0))
            self.log("redis", f"failover: {server.fail_over(lag)} writes lost")
            server.offset += random.choice((0.0, 0.0, 1.0, -1.0, -30.0))
        else:
            names = [name for name in server.entries if random.random() < 0.5]
            server.evict(names)
            self.log("redis", f"evicted {len(names)} entries")

    def _end_faults(self) -> None:
        """End all faults; from now on, every caller must succeed."""
        processes = [process for host in self.hosts for process in host.processes]
        longest = max((process.paused_until for process in processes), default=0.0)
        if longest > self.scheduler.now:
            self.scheduler.call_later(longest - self.scheduler.now + CALM_SECONDS, self._end_faults)
            return
        self.log("world", "no more faults")
        self.faults.is_calm = True
        for process in processes:
            process.faults.clear()
        self.callers.end()
