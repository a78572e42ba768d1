"""Whether to try again, and when: the standard mode of the AWS SDKs.

Three attempts, exponential back-off with full jitter, a bucket of tokens that stops a failing
service from being hammered, and the service's own wish (`Retry-After`) above all. The numbers are
those of the JavaScript SDK: a delay grows from 0.1 s, or from 0.5 s where the service throttles.

Cognito throttles with HTTP 400 and `TooManyRequestsException`, so that what is throttling is known
by its code, never by its status.
"""

from __future__ import annotations

from cognito_credentials.errors import (
    LoginTokenRejected,
    RequestTimeoutError,
    TooManyRequestsException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.errors import CognitoCredentialsError

LONGEST_DELAY = 20.0
RETRY_COST = 5
TIMEOUT_RETRY_COST = 10


class RetryQuota:
    """A bucket of tokens that retries are paid from; successes fill it again.

    Without a lock: a race can miscount by one retry, which matters less than a lock on each call.
    """

    __slots__ = ("available", "capacity")

    def __init__(self, capacity: int = 500) -> None:
        self.capacity = capacity
        self.available = capacity

    def take(self, cost: int) -> bool:
        if cost > self.available:
            return False
        self.available -= cost
        return True

    def give_back(self, cost: int) -> None:
        self.available = min(self.capacity, self.available + cost)


def cost_of(error: CognitoCredentialsError) -> int:
    return TIMEOUT_RETRY_COST if isinstance(error, RequestTimeoutError) else RETRY_COST


def may_retry(error: CognitoCredentialsError, attempt: int, max_attempts: int) -> bool:
    """Tell whether a call whose attempt number `attempt` (from 1) failed so may be made again."""
    if isinstance(error, LoginTokenRejected):
        # A token right after sign-in may meet a key that the service has not fetched yet, so
        # "Couldn't verify signed token" is worth one more try. A forged one is not worth three.
        max_attempts = min(max_attempts, 2)
    return error.is_retryable and attempt < max_attempts


def delay(error: CognitoCredentialsError, attempt: int, random: float) -> float:
    """Return the seconds to wait after attempt number `attempt` (from 1) failed.

    `random` is drawn from 0 up to 1.
    """
    if error.retry_after is not None:
        return min(LONGEST_DELAY, max(0.0, error.retry_after))
    base = 0.5 if isinstance(error, TooManyRequestsException) else 0.1
    # The exponent is capped because 2.0**1024 overflows, the delay because nobody waits longer.
    return random * min(LONGEST_DELAY, base * 2.0 ** min(attempt - 1, 30))


def compute_max_call_seconds(max_attempts: int, attempt_timeout: float) -> float:
    """Return the seconds that one call with all its retries may take at most."""
    return max_attempts * attempt_timeout + (max_attempts - 1) * LONGEST_DELAY
