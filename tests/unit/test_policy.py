from __future__ import annotations

import pytest

from cognito_credentials import RefreshPolicy
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.policy import check_policy


@pytest.mark.parametrize(
    ("lifetime", "advisory", "mandatory"),
    [
        (3600, 1020, 60),
        (900, 255, 15),
        (43_200, 3600, 60),
        (60, 17, 1),
        (0, 0, 0),
        (-5, 0, 0),
    ],
)
def test_default_windows_scale_with_the_lifetime_up_to_a_limit(lifetime, advisory, mandatory):
    assert RefreshPolicy().windows(lifetime, 0.0) == pytest.approx((advisory, mandatory))


def test_jitter_makes_the_advisory_window_longer_and_never_shorter():
    policy = RefreshPolicy()
    assert policy.windows(3600, 1.0)[0] == pytest.approx(1122)
    assert policy.windows(3600, 0.5)[0] == pytest.approx(1071)
    assert RefreshPolicy(jitter=0).windows(3600, 0.9)[0] == pytest.approx(1020)


def test_windows_of_the_caller_replace_the_defaults():
    policy = RefreshPolicy(advisory_refresh_window=900, mandatory_refresh_window=600, jitter=0)
    assert policy.windows(3600, 0.5) == (900, 600)


def test_a_window_never_covers_more_than_nine_tenths_of_the_lifetime():
    policy = RefreshPolicy(advisory_refresh_window=900, mandatory_refresh_window=600)
    assert policy.windows(100, 0.5) == pytest.approx((90, 90))


def test_a_short_advisory_window_limits_the_default_mandatory_window():
    assert RefreshPolicy(advisory_refresh_window=30, jitter=0).windows(3600, 0) == (30, 30)


@pytest.mark.parametrize("name", ["advisory_refresh_window", "mandatory_refresh_window", "jitter"])
@pytest.mark.parametrize("value", [-1, -0.001, float("nan"), float("inf")])
def test_an_invalid_number_raises_an_error_with_the_parameter(name, value):
    with pytest.raises(ConfigurationError, match=name):
        RefreshPolicy(**{name: value})


def test_jitter_must_not_be_none():
    with pytest.raises(ConfigurationError, match="jitter"):
        RefreshPolicy(jitter=None)


def test_the_mandatory_window_must_not_be_longer_than_the_advisory_window():
    with pytest.raises(ConfigurationError, match="mandatory_refresh_window"):
        RefreshPolicy(advisory_refresh_window=60, mandatory_refresh_window=61)
    RefreshPolicy(advisory_refresh_window=60, mandatory_refresh_window=60)


def test_the_repr_is_a_constructor_call():
    policy = RefreshPolicy(advisory_refresh_window=900, jitter=0)
    assert eval(repr(policy)).windows(3600, 1) == policy.windows(3600, 1)  # noqa: S307


def test_check_policy_returns_the_policy_or_the_default():
    policy = RefreshPolicy(jitter=0)
    assert check_policy(policy, 3600) is policy
    assert check_policy(None, 3600).jitter == 0.1


@pytest.mark.parametrize("policy", [{"jitter": 0}, 5, "policy", False])
def test_check_policy_rejects_objects_of_other_types(policy):
    with pytest.raises(ConfigurationError, match="policy"):
        check_policy(policy, 3600)


@pytest.mark.parametrize("name", ["advisory_refresh_window", "mandatory_refresh_window"])
def test_check_policy_rejects_a_window_that_is_longer_than_the_lifetime(name):
    policy = RefreshPolicy(**{name: 3601})
    assert check_policy(policy, 43_200) is policy
    with pytest.raises(ConfigurationError, match=name):
        check_policy(policy, 3600)
