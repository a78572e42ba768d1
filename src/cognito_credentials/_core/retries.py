"""Retries in the modes of the AWS SDKs.

- Standard: up to three attempts by default. A token bucket limits the retries of a provider, so
  that a failing service is not overloaded.
- Adaptive: like standard mode, but after a call has been throttled, the rate of calls is limited as
  well (`adaptive_rate.py`).
- Legacy: up to five attempts by default, without a token bucket, and with longer delays.

The AWS SDKs introduced these numbers in 2026, botocore in version 1.44. Delays grow exponentially
with full jitter, up to 20 s. The delays start at 50 ms, or at 1 s if the service throttles the
call; in legacy mode, all delays start at 1 s, as in botocore. If the response requests a longer
delay, the call waits for that time, but no more than 5 s longer than the delay that the library
has chosen.

Cognito throttles with HTTP status 400 and the code TooManyRequestsException. Throttling is
recognized by the code; the status 429 is only needed for responses from proxies and gateways.
"""

from __future__ import annotations

from cognito_credentials.errors import (
    LimitExceededException,
    LoginTokenRejected,
    TooManyRequestsException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.adaptive_rate import AdaptiveRate
    from cognito_credentials.errors import CognitoCredentialsError

DEFAULT_MAX_ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
BASE_DELAY_SECONDS = 0.05
THROTTLING_BASE_DELAY_SECONDS = LEGACY_BASE_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 20.0
MAX_ADDITIONAL_DELAY_SECONDS = 5.0  # for a delay that a response requests
MAX_BACKOFF_EXPONENT = 30
MAX_TOKEN_REJECTIONS = 2
QUOTA_CAPACITY = 500
RETRY_COST = 14
THROTTLING_RETRY_COST = 5
TOO_MANY_REQUESTS = 429


class RetryQuota:
    """Token bucket that limits retries; successful calls refill the bucket.

    Several threads may use an instance without a lock. If two threads race, a retry may be missing
    from the count, but a lock for every call would cost more.
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
    """Return the retry quota of a client; in legacy mode, the quota is unlimited."""
    return RetryQuota(float("inf") if retry_mode == "legacy" else QUOTA_CAPACITY)


def create_adaptive_rate(retry_mode: str) -> AdaptiveRate | None:
    """Return the rate limit of a client in adaptive mode, or None in other modes."""
    if retry_mode != "adaptive":
        return None
    from cognito_credentials._core.adaptive_rate import AdaptiveRate

    return AdaptiveRate()


def is_throttling(error: CognitoCredentialsError) -> bool:
    """Return True if the service rejected the call because of a rate limit.

    As in the AWS SDKs, this includes LimitExceededException.
    """
    if isinstance(error, TooManyRequestsException | LimitExceededException):
        return True
    return getattr(error, "http_status", None) == TOO_MANY_REQUESTS


def get_retry_cost(error: CognitoCredentialsError) -> int:
    """Return the number of retry-quota tokens that a retry after this error costs."""
    return THROTTLING_RETRY_COST if is_throttling(error) else RETRY_COST


def is_token_rejection(error: CognitoCredentialsError) -> bool:
    """Return True if the service rejected a login token."""
    return isinstance(error, LoginTokenRejected)


def is_retry_allowed(
    error: CognitoCredentialsError, attempt: int, max_attempts: int, token_rejections: int = 0
) -> bool:
    """Return True if a call may be retried after attempt number `attempt` (counted from 1).

    `token_rejections` is the number of attempts in which the service rejected a login token.
    """
    # The service may not have loaded a new signing key of the issuer yet, and then responds
    # "Couldn't verify signed token". One retry is enough in this case.
    if token_rejections >= MAX_TOKEN_REJECTIONS and is_token_rejection(error):
        return False
    return error.is_retryable and attempt < max_attempts


def compute_delay(
    error: CognitoCredentialsError, attempt: int, random: float, *, retry_mode: str = "standard"
) -> float:
    """Return the delay after attempt number `attempt` (counted from 1), in seconds.

    `random` is a random number from 0 to 1.
    """
    if retry_mode == "legacy":
        base = LEGACY_BASE_DELAY_SECONDS
    else:
        base = THROTTLING_BASE_DELAY_SECONDS if is_throttling(error) else BASE_DELAY_SECONDS
    delay = random * _compute_max_delay(base, attempt)
    if error.retry_after is None:
        return delay
    return max(delay, min(error.retry_after, delay + MAX_ADDITIONAL_DELAY_SECONDS))


def compute_max_call_seconds(
    max_attempts: int, attempt_timeout: float, retry_mode: str = "standard"
) -> float:
    """Return the maximum duration of a call including all retries; all times are in seconds."""
    if retry_mode == "adaptive":
        attempt_timeout += MAX_DELAY_SECONDS  # Each attempt may wait this long for the rate limit.
    retries = max_attempts - 1
    # Add only the delays that still grow, and multiply the others: there may be a million attempts.
    growing = min(retries, MAX_BACKOFF_EXPONENT)
    base = max(THROTTLING_BASE_DELAY_SECONDS, LEGACY_BASE_DELAY_SECONDS)
    delays = sum(_compute_max_delay(base, attempt) for attempt in range(1, growing + 1))
    delays += (retries - growing) * MAX_DELAY_SECONDS
    return max_attempts * attempt_timeout + delays + retries * MAX_ADDITIONAL_DELAY_SECONDS


def _compute_max_delay(base: float, attempt: int) -> float:
    # 2.0**1024 would overflow.
    return min(MAX_DELAY_SECONDS, base * 2.0 ** min(attempt - 1, MAX_BACKOFF_EXPONENT))
