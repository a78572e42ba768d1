"""Retries in the modes of the AWS SDKs.

Standard Makes up to three attempts by default. A token bucket limits the retries of a provider, so
that a failing service is not overloaded. Legacy Makes up to five attempts by default, without a
token bucket. Adaptive Like the standard mode, but after a call has been throttled, the rate of
calls is limited as well (`adaptive_rate.py`).

As in the JavaScript SDK, delays grow exponentially with full jitter, starting at 0.1 s, or at 0.5 s
if the service throttles the call. A `Retry-After` header takes precedence.

Cognito throttles with HTTP status 400 and the code TooManyRequestsException, so throttling is
recognized by the code and never by the status.
"""

from __future__ import annotations

from cognito_credentials.errors import (
    LoginTokenRejected,
    RequestTimeoutError,
    TooManyRequestsException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.adaptive_rate import AdaptiveRate
    from cognito_credentials.errors import CognitoCredentialsError

DEFAULT_MAX_ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
BASE_DELAY_SECONDS = 0.1
THROTTLING_BASE_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 20.0
MAX_BACKOFF_EXPONENT = 30
MAX_REJECTED_TOKEN_ATTEMPTS = 2
QUOTA_CAPACITY = 500
RETRY_COST = 5
TIMEOUT_RETRY_COST = 10


class RetryQuota:
    """Token bucket that limits retries; successful calls refill the bucket.

    Several threads may use an instance without a lock. A race may miscount a retry, which is
    cheaper than acquiring a lock for every call.
    """

    __slots__ = ("available", "capacity")

    def __init__(self, capacity: float = QUOTA_CAPACITY) -> None:
        self.capacity: float = capacity
        self.available: float = capacity

    def acquire(self, cost: int) -> bool:
        """Take tokens for a retry; return False if there are not enough tokens."""
        if cost > self.available:
            return False
        self.available -= cost
        return True

    def release(self, cost: int) -> None:
        """Return tokens to the bucket."""
        self.available = min(self.capacity, self.available + cost)


def create_quota(retry_mode: str) -> RetryQuota:
    """Return the quota of a client, which is unlimited in the legacy mode."""
    return RetryQuota(float("inf") if retry_mode == "legacy" else QUOTA_CAPACITY)


def create_adaptive_rate(retry_mode: str) -> AdaptiveRate | None:
    """Return the rate limit of a client in the adaptive mode, or None in other modes."""
    if retry_mode != "adaptive":
        return None
    from cognito_credentials._core.adaptive_rate import AdaptiveRate

    return AdaptiveRate()


def get_retry_cost(error: CognitoCredentialsError) -> int:
    """Return the number of tokens that a retry after this error costs."""
    return TIMEOUT_RETRY_COST if isinstance(error, RequestTimeoutError) else RETRY_COST


def is_retry_allowed(error: CognitoCredentialsError, attempt: int, max_attempts: int) -> bool:
    """Return True if a call may be retried after attempt number `attempt` (counted from 1)."""
    if isinstance(error, LoginTokenRejected):
        # Immediately after sign-in, the service may not have loaded the token's signing key yet,
        # and responds "Couldn't verify signed token". One retry is enough in this case.
        max_attempts = min(max_attempts, MAX_REJECTED_TOKEN_ATTEMPTS)
    return error.is_retryable and attempt < max_attempts


def compute_delay(error: CognitoCredentialsError, attempt: int, random: float) -> float:
    """Return the delay after attempt number `attempt` (counted from 1), in seconds.

    `random` is a random number from 0 to 1.
    """
    if error.retry_after is not None:
        return min(MAX_DELAY_SECONDS, max(0.0, error.retry_after))
    is_throttled = isinstance(error, TooManyRequestsException)
    base = THROTTLING_BASE_DELAY_SECONDS if is_throttled else BASE_DELAY_SECONDS
    # 2.0**1024 would overflow.
    factor = 2.0 ** min(attempt - 1, MAX_BACKOFF_EXPONENT)
    return random * min(MAX_DELAY_SECONDS, base * factor)


def compute_max_call_seconds(
    max_attempts: int, attempt_timeout: float, retry_mode: str = "standard"
) -> float:
    """Return the maximum duration of a call including all retries; all times are in seconds."""
    if retry_mode == "adaptive":
        attempt_timeout += MAX_DELAY_SECONDS  # the wait before each attempt
    return max_attempts * attempt_timeout + (max_attempts - 1) * MAX_DELAY_SECONDS
