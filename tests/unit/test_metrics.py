from __future__ import annotations

import sys

import pytest

from cognito_credentials.metrics import BOUNDS, COUNTERS, BrokerMetrics, Histogram


@pytest.mark.parametrize(
    ("seconds", "place"),
    [(0, 0), (0.005, 0), (0.0051, 1), (10, len(BOUNDS) - 1), (11, len(BOUNDS))],
)
def test_each_is_counted_below_the_bound_that_it_does_not_pass(seconds, place):
    histogram = Histogram()
    histogram.record(seconds)
    assert histogram.counts.index(1) == place
    assert sum(histogram.counts) == 1
    assert histogram.total == seconds
    assert repr(histogram) == f"<Histogram of 1, {seconds:.3f} s in all>"


def test_every_counter_is_there_and_begins_at_nothing():
    metrics = BrokerMetrics()
    assert {name: getattr(metrics, name) for name in COUNTERS} == dict.fromkeys(COUNTERS, 0)
    assert "hits=0" in repr(metrics)


def test_nothing_is_exported_where_opentelemetry_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    metrics = BrokerMetrics()
    metrics.export()
    assert metrics.waited.recorder is None
