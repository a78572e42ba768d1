"""Throttling of requests that exceed the quotas of Amazon Cognito Identity.

AWS does not publish the algorithm. Like other AWS services, the emulator uses a token bucket, which
holds the quota of one second.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import check_type
from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError

PUBLISHED_QUOTAS: Mapping[str, float] = {
    "GetId": 25,
    "GetOpenIdToken": 200,
    "GetCredentialsForIdentity": 200,
    "GetOpenIdTokenForDeveloperIdentity": 50,
    "ListIdentities": 5,
    "DeleteIdentities": 10,
    "TagResource": 5,
    "UntagResource": 5,
    "ListTagsForResource": 10,
}
"""The default quotas of an account in a region, in requests per second ("Quotas in Amazon Cognito" in
the developer guide). No quotas are published for the other operations."""

# The sum of many refills is inexact, because each refill is a rounded number.
_TOLERANCE = 0.001


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RequestQuotas:
    """Quotas of one account, which are not enforced until `enforce` is called. Thread-safe."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._rates: Mapping[str, float] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def enforce(self, rates: Mapping[str, float]) -> None:
        """Replace all quotas: numbers of requests per second, by operation.

        Raises:
            TypeError: If `rates` is not a mapping.
            ValueError: If AWS publishes no quota for an operation, or a quota is not a positive
                number.
        """
        check_type("quotas", rates, Mapping, "a dict of requests per second, by operation")
        for operation, rate in rates.items():
            if operation not in PUBLISHED_QUOTAS:
                raise ValueError(
                    f"operation must be one of {', '.join(PUBLISHED_QUOTAS)}, not"
                    f" {format_value(operation)}"
                )
            if not _is_rate(rate):
                raise ValueError(
                    f"the quota of {operation} must be a positive number, not {format_value(rate)}"
                )
        with self._lock:
            self._rates = dict(rates)
            self._buckets.clear()

    def count(self, operation: str, find_region: Callable[[], str]) -> None:
        """Count a request.

        Args:
            operation: The name of the operation.
            find_region: Function that returns the region. This function is called only if the
                operation has a quota.

        Raises:
            AwsError: If the operation exceeds its quota. Only the text "Rate exceeded" is
                known, because clients do not report the rest of the response.
        """
        rate = self._rates.get(operation)
        if rate is None:
            return
        key = operation, find_region()
        now = self._clock.now()
        capacity = max(rate, 1.0)
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
            elapsed = max(now - bucket.filled_at, 0.0)
            bucket.tokens = min(bucket.tokens + elapsed * rate, capacity)
            bucket.filled_at = now
            if bucket.tokens < 1 - _TOLERANCE:
                reason = f"The quota of {operation} in {key[1]} is {rate:g} requests per second."
                error = AwsError("TooManyRequestsException", "Rate exceeded")
                raise error.with_explanation(reason)
            bucket.tokens -= 1


def _is_rate(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value <= sys.float_info.max
