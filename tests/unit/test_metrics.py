from __future__ import annotations

import bisect
import json
import math
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.errors import ConfigurationError
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


# --- quantiles --------------------------------------------------------------------------------------


def histogram_of(*durations):
    histogram = Histogram()
    for duration in durations:
        histogram.record(duration)
    return histogram


def test_a_quantile_is_interpolated_between_two_bounds():
    histogram = histogram_of(*[0.003] * 50, *[0.2] * 50)
    assert histogram.count == 100
    assert histogram.quantile(0.25) == pytest.approx(0.0025)
    assert histogram.quantile(0.5) == pytest.approx(0.005)
    assert histogram.quantile(0.75) == pytest.approx(0.175)
    assert histogram.quantile(1) == pytest.approx(0.25)


def test_a_quantile_above_all_bounds_is_the_last_bound():
    assert histogram_of(60).quantile(0.5) == BOUNDS[-1]
    assert histogram_of(*[0.003] * 99, 60).quantile(0.99) == pytest.approx(0.005)
    assert histogram_of(*[0.003] * 98, 60, 60).quantile(0.99) == BOUNDS[-1]


def test_a_quantile_without_durations_is_0():
    assert Histogram().quantile(0.99) == 0


@given(st.lists(st.floats(0, 20), min_size=1), st.floats(0, 1))
def test_a_quantile_is_in_the_range_of_its_bucket(durations, share):
    histogram = histogram_of(*durations)
    estimate = histogram.quantile(share)
    exact = sorted(durations)[max(0, math.ceil(share * len(durations)) - 1)]
    bounds = [0.0, *BOUNDS, math.inf]
    index = bisect.bisect_left(BOUNDS, exact)
    assert bounds[index] <= estimate + 1e-9
    assert estimate <= min(bounds[index + 1], BOUNDS[-1]) + 1e-9


@pytest.mark.parametrize("share", [-0.1, 1.1, 99, float("nan"), "0.5", None])
def test_an_invalid_share_is_rejected(share):
    with pytest.raises(ConfigurationError, match="share"):
        Histogram().quantile(share)


# --- formats ----------------------------------------------------------------------------------------


def recorded_metrics(**attributes):
    metrics = BrokerMetrics(attributes)
    metrics.hits = 3
    for duration in (0.003, 0.2, 60):
        metrics.waited.record(duration)
    return metrics


def test_as_dict_has_numbers_only():
    numbers = recorded_metrics().as_dict()
    assert json.loads(json.dumps(numbers)) == numbers
    assert all(type(number) in (int, float) for number in numbers.values())
    assert set(COUNTERS) < set(numbers)
    assert (numbers["hits"], numbers["waited_count"], numbers["fetched_in_count"]) == (3, 3, 0)
    assert numbers["waited_total"] == pytest.approx(60.203)
    assert numbers["waited_p50"] == pytest.approx(0.175)
    assert numbers["waited_p99"] == BOUNDS[-1]


SAMPLE = re.compile(r'([a-z_]+)((?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*\})?) (\S+)')


def parse(text):
    """Return the samples in the text by name and labels, and the types of metrics."""
    assert text.endswith("\n")
    samples, types = {}, {}
    for line in text[:-1].split("\n"):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types
            types[name] = kind
        elif not line.startswith("# HELP "):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert (name, labels) not in samples
            samples[name, labels] = float(value)
    return samples, types


def test_as_prometheus_has_counters_and_histograms():
    samples, types = parse(recorded_metrics(pool="a").as_prometheus())
    assert types["cognito_credentials_broker_hits_total"] == "counter"
    assert types["cognito_credentials_broker_waited_seconds"] == "histogram"
    assert samples["cognito_credentials_broker_hits_total", '{pool="a"}'] == 3
    name = "cognito_credentials_broker_waited_seconds"
    assert samples[f"{name}_count", '{pool="a"}'] == 3
    assert samples[f"{name}_sum", '{pool="a"}'] == pytest.approx(60.203)
    buckets = [count for (sample, _), count in samples.items() if sample == f"{name}_bucket"]
    assert buckets == sorted(buckets)
    assert samples[f"{name}_bucket", '{pool="a",le="0.005"}'] == 1
    assert samples[f"{name}_bucket", '{pool="a",le="10.0"}'] == 2
    assert samples[f"{name}_bucket", '{pool="a",le="+Inf"}'] == 3


def test_as_prometheus_has_several_brokers_in_one_text():
    first, second = recorded_metrics(pool="a"), recorded_metrics(pool="b")
    samples, _ = parse(first.as_prometheus(second))
    for pool in "ab":
        assert samples["cognito_credentials_broker_hits_total", f'{{pool="{pool}"}}'] == 3


def test_labels_are_escaped():
    samples, _ = parse(recorded_metrics(pool='a"b\\c\nd').as_prometheus())
    assert ("cognito_credentials_broker_hits_total", '{pool="a\\"b\\\\c\\nd"}') in samples


def test_metrics_without_attributes_have_no_labels():
    samples, _ = parse(recorded_metrics().as_prometheus())
    assert samples["cognito_credentials_broker_hits_total", ""] == 3
