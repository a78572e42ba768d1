from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.quotas import PUBLISHED_QUOTAS, RequestQuotas
from cognito_credentials.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def quotas(clock: FakeClock) -> RequestQuotas:
    return RequestQuotas(clock)


def count_accepted(quotas: RequestQuotas, operation: str, region: str = "us-east-1") -> int:
    accepted = 0
    while accepted < 1000:
        try:
            quotas.count(operation, lambda: region)
        except AwsError as error:
            assert (error.code, error.http_status) == ("TooManyRequestsException", 400)
            break
        accepted += 1
    return accepted


def test_quotas_are_not_enforced_at_first(quotas: RequestQuotas):
    assert count_accepted(quotas, "GetId") == 1000


def test_requests_above_the_published_quota_are_throttled(quotas: RequestQuotas, clock: FakeClock):
    quotas.enforce(PUBLISHED_QUOTAS)
    assert count_accepted(quotas, "GetId") == 25
    assert count_accepted(quotas, "GetCredentialsForIdentity") == 200
    assert count_accepted(quotas, "DescribeIdentityPool") == 1000
    clock.advance(0.2)
    assert count_accepted(quotas, "GetId") == 5
    clock.advance(3600)
    assert count_accepted(quotas, "GetId") == 25


def test_a_steady_rate_at_the_quota_is_accepted(quotas: RequestQuotas, clock: FakeClock):
    quotas.enforce(PUBLISHED_QUOTAS)
    assert count_accepted(quotas, "GetId") == 25
    for _ in range(1000):
        clock.advance(1 / 25)
        quotas.count("GetId", lambda: "us-east-1")


def test_regions_have_their_own_quotas(quotas: RequestQuotas):
    quotas.enforce({"GetId": 3})
    assert count_accepted(quotas, "GetId") == 3
    assert count_accepted(quotas, "GetId", "eu-west-1") == 3


def test_a_quota_below_one_request_per_second_accepts_single_requests(
    quotas: RequestQuotas, clock: FakeClock
):
    quotas.enforce({"GetId": 0.5})
    assert count_accepted(quotas, "GetId") == 1
    clock.advance(1)
    assert count_accepted(quotas, "GetId") == 0
    clock.advance(1)
    assert count_accepted(quotas, "GetId") == 1


def test_a_clock_that_is_set_back_does_not_stop_the_service(
    quotas: RequestQuotas, clock: FakeClock
):
    quotas.enforce({"GetId": 1})
    assert count_accepted(quotas, "GetId") == 1
    clock.advance(-3600)
    assert count_accepted(quotas, "GetId") == 0
    clock.advance(1)
    assert count_accepted(quotas, "GetId") == 1


@pytest.mark.parametrize(
    "rates",
    [
        {"GetID": 1},
        {"CreateIdentityPool": 1},
        *({"GetId": rate} for rate in (0, -1, float("nan"), float("inf"), True, "1", None)),
    ],
)
def test_invalid_quotas_are_rejected(quotas: RequestQuotas, rates: Any):
    with pytest.raises(ValueError, match="must be"):
        quotas.enforce(rates)
