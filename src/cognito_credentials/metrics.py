"""Metrics of a broker, as plain attributes and for OpenTelemetry if it is installed."""

from __future__ import annotations

import weakref
from bisect import bisect_left
from functools import partial

from cognito_credentials import _typing as t

__all__ = ["BrokerMetrics", "Histogram"]

# In seconds. Only calls that wait are recorded; a cache hit takes microseconds and is only counted.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COUNTERS = {
    "hits": "calls served from the cache",
    "waits": "calls that waited for a fetch",
    "fetches": "fetches of credentials from the service",
    "shared": "fetches that found credentials of another host or process in the store",
    "refreshes": "refreshes started in the background",
    "deferred": "background refreshes deferred because callers needed the quota",
    "paced": "requests that waited for the quota",
    "failures": "fetches and refreshes that failed",
    "timeouts": "calls whose deadline passed before credentials arrived",
    "evictions": "users evicted because there were more than max_users",
}


class Histogram:
    """Histogram of durations in seconds.

    `counts[i]` is the number of durations up to `bounds[i]` and above the previous bound, and the
    last count is the number above all bounds. `total` is the sum of all durations.
    """

    __slots__ = ("bounds", "counts", "recorder", "total")

    def __init__(self) -> None:
        self.bounds: tuple[float, ...] = BOUNDS
        self.counts: list[int] = [0] * (len(BOUNDS) + 1)
        self.total: float = 0.0
        self.recorder: t.Any = None  # the method of an OpenTelemetry instrument

    def record(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
        if self.recorder is not None:
            self.recorder(seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {sum(self.counts)}, {self.total:.3f} s in total>"


class BrokerMetrics:
    """Counters and histograms of one broker, which can be read at any time from any thread.

    The counters are incremented without a lock, so concurrent threads may lose a count. Use them
    for graphs, not for billing.

    Args:
        attributes: Attributes that identify the broker in OpenTelemetry.
    """

    def __init__(self, attributes: dict[str, str] | None = None) -> None:
        self.attributes: dict[str, str] = attributes or {}
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
        self.waited: Histogram = Histogram()  # includes calls that failed
        self.fetched_in: Histogram = Histogram()  # successful fetches only

    def export(self, meter: t.Any = None) -> None:
        """Export the metrics to OpenTelemetry; do nothing if it is not installed.

        A broker calls this method with the meter of the global meter provider.

        Args:
            meter: An OpenTelemetry meter; None for a meter of the global meter provider.
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
            # All brokers share one set of instruments, because OpenTelemetry ignores duplicates.
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
