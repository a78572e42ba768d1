from __future__ import annotations

import pytest

from cognito_credentials import RefreshPolicy
from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize(
    ("lifetime", "advisory", "mandatory"),
    [
        (3600, 1020, 60),  # the usual hour: 17 minutes, and one
        (900, 255, 15),
        (43_200, 3600, 60),  # never more than an hour and a minute
        (60, 17, 1),
        (0, 0, 0),
    ],
)
def test_the_windows_scale_with_the_lifetime(lifetime, advisory, mandatory):
    assert RefreshPolicy().windows(lifetime, 0.0) == pytest.approx((advisory, mandatory))


def test_the_jitter_begins_earlier_and_never_later():
    policy = RefreshPolicy()
    assert policy.windows(3600, 1.0)[0] == pytest.approx(1122)
    assert policy.windows(3600, 0.5)[0] == pytest.approx(1071)
    assert RefreshPolicy(jitter=0).windows(3600, 0.9)[0] == pytest.approx(1020)


def test_the_callers_windows_are_taken():
    policy = RefreshPolicy(advisory_refresh_window=900, mandatory_refresh_window=600, jitter=0)
    assert policy.windows(3600, 0.5) == (900, 600)


def test_no_window_is_longer_than_nine_tenths_of_the_lifetime():
    policy = RefreshPolicy(advisory_refresh_window=900, mandatory_refresh_window=600)
    assert policy.windows(100, 0.5) == pytest.approx((90, 90))


def test_an_advisory_window_that_is_shorter_than_the_usual_mandatory_one_shortens_that():
    assert RefreshPolicy(advisory_refresh_window=30, jitter=0).windows(3600, 0) == (30, 30)


@pytest.mark.parametrize("name", ["advisory_refresh_window", "mandatory_refresh_window", "jitter"])
@pytest.mark.parametrize("value", [-1, -0.001, float("nan"), float("inf")])
def test_a_number_that_makes_no_sense_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        RefreshPolicy(**{name: value})


def test_windows_in_the_wrong_order_are_refused():
    with pytest.raises(ConfigurationError, match="mandatory_refresh_window"):
        RefreshPolicy(advisory_refresh_window=60, mandatory_refresh_window=61)
    RefreshPolicy(advisory_refresh_window=60, mandatory_refresh_window=60)


def test_its_repr_can_be_read_back():
    policy = RefreshPolicy(advisory_refresh_window=900, jitter=0)
    assert eval(repr(policy)).windows(3600, 1) == policy.windows(3600, 1)  # noqa: S307


def test_a_policy_is_one_or_none():
    policy = RefreshPolicy(jitter=0)
    assert RefreshPolicy.of(policy, 3600) is policy
    assert RefreshPolicy.of(None, 3600).jitter == 0.1
    with pytest.raises(ConfigurationError, match="policy is of type dict"):
        RefreshPolicy.of({"jitter": 0}, 3600)


@pytest.mark.parametrize("name", ["advisory_refresh_window", "mandatory_refresh_window"])
def test_a_window_that_is_longer_than_credentials_live_is_refused_by_name(name):
    policy = RefreshPolicy(**{name: 3601})
    assert RefreshPolicy.of(policy, 43_200) is policy
    with pytest.raises(ConfigurationError, match=f"{name} is 3601 s"):
        RefreshPolicy.of(policy, 3600)


def test_only_windows_may_be_left_to_us():
    with pytest.raises(ConfigurationError, match="jitter"):
        RefreshPolicy(jitter=None)
