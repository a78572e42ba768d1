"""Error codes from Amazon Cognito and AWS STS: canonical names, and the sets of retryable codes."""

from __future__ import annotations

__all__ = ["RETRYABLE_CODES", "THROTTLING_CODES", "canonical_code", "is_transient"]

THROTTLING_CODES = frozenset(
    (
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    )
)
RETRYABLE_CODES = THROTTLING_CODES | {
    "ConcurrentModificationException",
    "ExternalServiceException",
    "IDPCommunicationError",
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
_TRANSIENT_STATUSES = frozenset((429, 500, 502, 503, 504))

# AWS STS, and the common authorization layer of Cognito and STS, use other names for some codes.
_CANONICAL_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "IDPCommunicationError": "ExternalServiceException",
    "IDPRejectedClaim": "InvalidIdentityTokenException",
    "InternalError": "InternalErrorException",
    "InternalFailure": "InternalErrorException",
    "InternalServerError": "InternalErrorException",
    "InvalidIdentityToken": "InvalidIdentityTokenException",
    "MalformedPolicyDocument": "MalformedPolicyDocumentException",
    "PackedPolicyTooLarge": "PackedPolicyTooLargeException",
    "RegionDisabled": "RegionDisabledException",
    "ValidationError": "ValidationException",
}


def canonical_code(code: str) -> str:
    """Return the name under which the catalog lists an error code."""
    return (
        "TooManyRequestsException" if code in THROTTLING_CODES else _CANONICAL_CODES.get(code, code)
    )


def is_transient(code: str, http_status: int) -> bool:
    """Return True for errors that a retry may resolve: throttling and service failures."""
    return code in RETRYABLE_CODES or http_status in _TRANSIENT_STATUSES
