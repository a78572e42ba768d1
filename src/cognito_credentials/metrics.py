"""Metrics of a broker: as attributes, as a dict, for Prometheus, and for OpenTelemetry."""

from __future__ import annotations

import weakref
from bisect import bisect_left
from functools import partial
from itertools import accumulate

from cognito_credentials import _typing as t
from cognito_credentials._validation import check_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BrokerMetrics", "Histogram"]

# Bounds in seconds. Histograms record only fetches and calls that wait; cache hits take microseconds
# and are only counted.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COUNTERS = {
    "hits": "calls served from the cache",
    "waits": "calls that waited for a fetch",
    "fetches": "fetches of credentials from the service",
    "shared": "fetches that found credentials from another host or process in the store",
    "refreshes": "refreshes started in the background",
    "deferred": "background refreshes deferred because callers needed the quota",
    "rate_limited": "requests that waited for the quota",
    "failures": "fetches and refreshes that failed",
    "timeouts": "calls whose deadline passed before credentials arrived",
    "evictions": "users evicted because there were more than max_users",
}

HISTOGRAMS = {
    "waited": "duration of calls that waited for a fetch",
    "fetched_in": "duration of successful fetches",
}


class Histogram:
    """Histogram of durations in seconds.

    `counts[i]` is the number of durations that are greater than the previous bound and at most
    `bounds[i]`. The last count is the number of durations above all bounds. `total` is the sum of
    all durations.
    """

    __slots__ = ("bounds", "counts", "recorder", "total")

    def __init__(self) -> None:
        self.bounds: tuple[float, ...] = BOUNDS
        self.counts: list[int] = [0] * (len(BOUNDS) + 1)
        self.total: float = 0.0
        self.recorder: t.Any = None  # OpenTelemetry method that records a duration

    def record(self, seconds: float) -> None:
        """Record a duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
        if self.recorder is not None:
            self.recorder(seconds)

    @property
    def count(self) -> int:
        """The number of durations."""
        return sum(self.counts)

    def quantile(self, share: float) -> float:
        """Return an estimate of a quantile, for example the 99th percentile, in seconds.

        The durations between two bounds are assumed to be evenly distributed, as in Prometheus. For
        durations above all bounds, the estimate is the last bound. If no duration has been
        recorded, the result is 0.

        Args:
            share: Fraction of the durations, from 0 to 1, for example 0.99.

        Raises:
            ConfigurationError: If `share` is not a number from 0 to 1.
        """
        check_number("share", share, at_most=1, hint="Pass 0.99 for the 99th percentile.")
        counts = tuple(self.counts)  # Copied, because other threads may record durations.
        rank, lower, below = share * sum(counts), 0.0, 0
        for bound, count in zip(self.bounds, counts, strict=False):
            if count and below + count >= rank:
                return lower + (bound - lower) * (rank - below) / count
            lower, below = bound, below + count
        return lower if below < sum(counts) else 0.0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {sum(self.counts)}, {self.total:.3f} s in total>"


class BrokerMetrics:
    """Counters and histograms of one broker. Any thread can read them at any time.

    Counters are incremented without a lock, so concurrent increments may be lost. Use the metrics
    for monitoring, not for billing.

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
        self.rate_limited = 0
        self.failures = 0
        self.timeouts = 0
        self.evictions = 0
        self.waited: Histogram = Histogram()  # This includes calls that failed.
        self.fetched_in: Histogram = Histogram()  # This includes only successful fetches.

    def as_dict(self) -> dict[str, float]:
        """Return all metrics as numbers by name, for example for JSON.

        Each histogram is represented by its count, its total and three quantiles in seconds, for
        example `waited_count`, `waited_total`, `waited_p50`, `waited_p95` and `waited_p99`.
        """
        numbers: dict[str, float] = {name: getattr(self, name) for name in COUNTERS}
        for name in HISTOGRAMS:
            histogram: Histogram = getattr(self, name)
            numbers[f"{name}_count"] = histogram.count
            numbers[f"{name}_total"] = histogram.total
            for percent in (50, 95, 99):
                numbers[f"{name}_p{percent}"] = histogram.quantile(percent / 100)
        return numbers

    def as_prometheus(self, *others: BrokerMetrics) -> str:
        """Return the metrics in the Prometheus text format, for a `/metrics` endpoint.

        Args:
            *others: Metrics of other brokers to include. The `attributes` become labels, so they
                must be different for each broker.
        """
        return prometheus_text((self, *others))

    def export(self, meter: t.Any = None) -> None:
        """Export the metrics to OpenTelemetry, if OpenTelemetry is installed.

        A broker calls this method with the meter of the global meter provider.

        Args:
            meter: An OpenTelemetry meter; if None, a meter of the global meter provider is used.
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
            # All brokers share one set of counters, because OpenTelemetry ignores duplicates.
            brokers = _observed[target] = weakref.WeakSet()
            for name, description in COUNTERS.items():
                meter.create_observable_counter(
                    f"cognito_credentials.broker.{name}",
                    callbacks=[partial(_observe, brokers, name)],
                    description=description,
                )
        brokers.add(self)
        for name in HISTOGRAMS:
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


def prometheus_text(brokers: Sequence[BrokerMetrics]) -> str:
    """Return the metrics of brokers in the Prometheus text format, version 0.0.4."""
    lines: list[str] = []
    for name, description in COUNTERS.items():
        full_name = f"cognito_credentials_broker_{name}_total"
        lines += [f"# HELP {full_name} {description}", f"# TYPE {full_name} counter"]
        lines += [f"{full_name}{_labels(broker)} {getattr(broker, name)}" for broker in brokers]
    for name, description in HISTOGRAMS.items():
        full_name = f"cognito_credentials_broker_{name}_seconds"
        lines += [f"# HELP {full_name} {description}", f"# TYPE {full_name} histogram"]
        for broker in brokers:
            lines += _histogram_lines(full_name, broker, getattr(broker, name))
    return "\n".join([*lines, ""])


def _histogram_lines(name: str, broker: BrokerMetrics, histogram: Histogram) -> list[str]:
    cumulative = list(accumulate(histogram.counts))
    bounds = [*map(str, histogram.bounds), "+Inf"]
    lines = [
        f"{name}_bucket{_labels(broker, le=bound)} {count}"
        for bound, count in zip(bounds, cumulative, strict=True)
    ]
    labels = _labels(broker)
    return [
        *lines,
        f"{name}_sum{labels} {histogram.total}",
        f"{name}_count{labels} {cumulative[-1]}",
    ]


def _labels(broker: BrokerMetrics, **more: str) -> str:
    def quote(value: str) -> str:
        value = value.replace("\\", r"\\").replace('"', r"\"")
        return '"' + value.replace("\n", r"\n") + '"'

    labels = {**broker.attributes, **more}
    text = ",".join(f"{name}={quote(str(value))}" for name, value in labels.items())
    return f"{{{text}}}" if text else ""
