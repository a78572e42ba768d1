"""The faults of a world.

Each world enables only some kinds of faults, so that every invariant is also checked in worlds
without the faults that would excuse its violation.
"""

from __future__ import annotations

from random import Random

from simulation.processes import Process

SERVICE_FAULTS = (
    "lost before it arrived",
    "timed out before it arrived",
    "response lost",
    "response timed out",
    "throttled",
    "internal error",
    "slow",
    "wrong date",
)
STORE_FAULTS = ("failed", "failed after it acted")
# Outside of outages, a process makes at least this many successful store calls between two failures.
CALLS_BETWEEN_STORE_FAULTS = 3
WRONG_DATE_SECONDS = (-7200.0, -3600.0, -600.0, 600.0, 3600.0, 7200.0)


class Faults:
    """Kinds and frequencies of a world's faults; setting `is_calm` ends all faults."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.is_calm = False
        self.service_faults: tuple[str, ...] = ()
        self.service_probability = 0.0
        if random.random() < 0.6:
            count = random.choice((1, 1, 2, 4, len(SERVICE_FAULTS)))
            self.service_faults = tuple(random.sample(SERVICE_FAULTS, count))
            self.service_probability = random.choice((0.03, 0.15, 0.4))
        self.store_probability = random.choice((0.0, 0.0, 0.01, 0.1))
        # Times at which the store is unavailable to all processes.
        self.outages: list[tuple[float, float]] = []
        self.has_stalls = False
        self._successes: dict[Process, int] = {}

    def draw_service_fault(self) -> str | None:
        """Return the fault of a request, or None."""
        if self.is_calm or self._random.random() >= self.service_probability:
            return None
        return self._random.choice(self.service_faults)

    def draw_wrong_date(self) -> float:
        """Return the error of a wrong `Date` header in seconds; negative if the header is behind."""
        return self._random.choice(WRONG_DATE_SECONDS)

    def draw_store_fault(self, process: Process, method: str) -> str | None:
        """Return the fault of a call to the store, or None."""
        if self.is_calm:
            return None
        now = process.world.scheduler.now
        for start, end in self.outages:
            if start <= now < end:
                process.world.count_fault("store outage")
                return "stalled" if self.has_stalls else "failed"
        successes = self._successes.get(process, CALLS_BETWEEN_STORE_FAULTS)
        is_fault = self._random.random() < self.store_probability
        if not is_fault or successes < CALLS_BETWEEN_STORE_FAULTS:
            self._successes[process] = successes + 1
            return None
        self._successes[process] = 0
        process.world.count_fault(f"store: {method} failed")
        # A file store never fails after it has acted.
        kinds = STORE_FAULTS[:1] if process.world.store_kind == "file" else STORE_FAULTS
        return self._random.choice(kinds)
