from __future__ import annotations

import sys

import pytest

from cognito_credentials.metrics import BOUNDS, COUNTERS, BrokerMetrics, Histogram


@pytest.mark.parametrize(
    ("seconds", "index"),
    [(0, 0), (0.005, 0), (0.0051, 1), (10, len(BOUNDS) - 1), (11, len(BOUNDS))],
)
def test_a_duration_is_counted_at_the_first_bound_that_is_not_smaller(seconds, index):
    histogram = Histogram()
    histogram.record(seconds)
    assert histogram.counts.index(1) == index
    assert sum(histogram.counts) == 1
    assert histogram.total == seconds
    assert repr(histogram) == f"<Histogram of 1, {seconds:.3f} s in total>"


def test_every_counter_begins_at_0():
    metrics = BrokerMetrics()
    assert {name: getattr(metrics, name) for name in COUNTERS} == dict.fromkeys(COUNTERS, 0)
    assert "hits=0" in repr(metrics)


def test_nothing_is_exported_without_opentelemetry(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    metrics = BrokerMetrics()
    metrics.export()
    assert metrics.waited.recorder is None
