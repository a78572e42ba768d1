"""What a broker counts, as plain attributes, and for OpenTelemetry where that is installed."""

from __future__ import annotations

import weakref
from bisect import bisect_left
from functools import partial

from cognito_credentials import _typing as t

__all__ = ["BrokerMetrics", "Histogram"]

# Seconds. A hit takes microseconds and is counted only; these are for those who wait.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COUNTERS = {
    "hits": "calls answered from memory",
    "waits": "calls that waited",
    "fetches": "fetches from the service",
    "shared": "fetches that found what another host or process had fetched",
    "refreshes": "refreshes begun in the background",
    "deferred": "refreshes put off because callers needed the quota",
    "paced": "requests that waited for the quota",
    "failures": "fetches and refreshes that failed",
    "timeouts": "calls whose deadline came before any credentials",
    "evictions": "users forgotten because there were too many",
}


class Histogram:
    """How often something took how long.

    `counts[i]` is of those that took at most `bounds[i]` seconds and more than the bound before;
    the last count is of those that took longer than all bounds. `total` is the sum, in seconds.
    """

    __slots__ = ("bounds", "counts", "recorder", "total")

    def __init__(self) -> None:
        self.bounds = BOUNDS
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        self.recorder: t.Any = None  # OpenTelemetry's method, where there is one

    def record(self, seconds: float) -> None:
        """Count one that took so many seconds."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
        if self.recorder is not None:
            self.recorder(seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {sum(self.counts)}, {self.total:.3f} s in all>"


class BrokerMetrics:
    """Counters, which only grow, and histograms.

    Counted without a lock, so that a count may be missed where threads meet: for graphs, not for
    bills. Read at any time, from any thread.

    Args:
        attributes: What tells this broker's numbers from another's in OpenTelemetry.
    """

    def __init__(self, attributes: dict[str, str] | None = None) -> None:
        self.attributes = attributes or {}
        self.hits = 0
        self.waits = 0
        self.fetches = 0
        self.shared = 0
        self.refreshes = 0
        self.deferred = 0
        self.paced = 0
        self.failures = 0
        self.timeouts = 0
        self.evictions = 0
        self.waited = Histogram()  # what callers waited, those who got nothing included
        self.fetched_in = Histogram()  # what fetches took that succeeded

    def export(self, meter: t.Any = None) -> None:
        """Let OpenTelemetry observe these; does nothing where it is not installed.

        A broker does this by itself with the global meter provider's meter.
        """
        target = meter
        if meter is None:
            try:
                from opentelemetry import metrics
            except ModuleNotFoundError:
                return
            target, meter = metrics, metrics.get_meter("cognito_credentials")
        brokers = _observed.get(target)
        if brokers is None:
            # One set of instruments for all brokers: OpenTelemetry ignores a second one.
            brokers = _observed[target] = weakref.WeakSet()
            for name, description in COUNTERS.items():
                meter.create_observable_counter(
                    f"cognito_credentials.broker.{name}",
                    callbacks=[partial(_observe, brokers, name)],
                    description=description,
                )
        brokers.add(self)
        for name in ("waited", "fetched_in"):
            histogram: Histogram = getattr(self, name)
            instrument = meter.create_histogram(f"cognito_credentials.broker.{name}", unit="s")
            histogram.recorder = partial(instrument.record, attributes=self.attributes)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={getattr(self, name)}" for name in COUNTERS)
        return f"<{type(self).__name__} {counts}>"


_observed: weakref.WeakKeyDictionary[t.Any, weakref.WeakSet[BrokerMetrics]] = (
    weakref.WeakKeyDictionary()
)


def _observe(brokers: weakref.WeakSet[BrokerMetrics], name: str, _options: t.Any) -> list[t.Any]:
    from opentelemetry.metrics import Observation

    return [Observation(getattr(broker, name), broker.attributes) for broker in brokers]
