"""The table of refusals: code and text of the service, our class, and what to do about it.

Texts are as Amazon Cognito and AWS STS write them, cut to the part that stays the same. What a hint
quotes of a token is its issuer, audience and roles, never the token.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core import hints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._core.diagnosis import CallContext

__all__ = [
    "RETRYABLE_CODES",
    "TABLE",
    "THROTTLING_CODES",
    "Refusal",
    "canonical",
    "find",
    "is_passing",
]

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
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
_PASSING_STATUS = frozenset((429, 500, 502, 503, 504))


class Refusal:
    """One row: `text` is a part of the service's, "" for any."""

    __slots__ = ("code", "error", "hint", "is_retryable", "text")

    def __init__(
        self,
        code: str,
        text: str,
        error: type[errors.ServiceError],
        hint: str | Callable[[CallContext], str] = "",
        *,
        is_retryable: bool = False,
    ) -> None:
        self.code = code
        self.text = text
        self.error = error
        self.hint = hint
        self.is_retryable = is_retryable

    def hint_for(self, facts: CallContext) -> str:
        return self.hint if isinstance(self.hint, str) else self.hint(facts)


def find(code: str, message: str) -> Refusal:
    """Return the first row that fits."""
    code = canonical(code)
    for row in TABLE:
        if row.code == code and row.text in message:
            return row
    return _UNKNOWN


def canonical(code: str) -> str:
    """Return the code that the table has for this one."""
    return "TooManyRequestsException" if code in THROTTLING_CODES else _OTHER_NAMES.get(code, code)


def is_passing(code: str, http_status: int) -> bool:
    """Tell whether a refusal is a throttle or a failure that may pass, so that a retry may help."""
    return code in RETRYABLE_CODES or http_status in _PASSING_STATUS


# STS, and the policy check in front of both services, write some names another way.
_OTHER_NAMES = {
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

_NA = "NotAuthorizedException"
_IP = "InvalidParameterException"
_RNF = "ResourceNotFoundException"
_IIT = "InvalidIdentityTokenException"
_VE = "ValidationException"
_ADE = "AccessDeniedException"

_UNKNOWN = Refusal("", "", errors.ServiceError)
TABLE = (
    # Logins
    Refusal(_NA, "Token expired:", errors.LoginTokenExpired, hints.expired),
    Refusal(
        _NA, "Issuer doesn't match providerName", errors.LoginTokenRejected, hints.wrong_issuer
    ),
    Refusal(
        _NA,
        "Couldn't verify signed token",
        errors.LoginTokenRejected,
        hints.signature,
        is_retryable=True,  # a new user pool's keys take a moment to be known; retried once
    ),
    Refusal(_NA, "Not a valid OpenId Connect", errors.LoginTokenRejected, hints.not_a_jwt),
    Refusal(_NA, "Missing a required claim: aud", errors.LoginTokenRejected, hints.NO_AUDIENCE),
    Refusal(_NA, "Missing a required claim", errors.LoginTokenRejected, hints.NO_CLAIM),
    Refusal(_NA, "Can't pass in a Cognito token", errors.LoginTokenRejected, hints.MADE_BY_A_POOL),
    Refusal(_NA, "Invalid login token", errors.LoginTokenRejected, hints.SIGN_IN_AGAIN),
    Refusal(
        _NA, "Token is not from a supported provider", errors.UnsupportedLoginProvider, hints.add
    ),
    Refusal(
        _NA,
        "does not have identity providers configured",
        errors.UnsupportedLoginProvider,
        hints.add,
    ),
    # Identities
    Refusal(
        _NA,
        "Unauthenticated access is not supported",
        errors.UnauthenticatedAccessDisabled,
        hints.guests,
    ),
    Refusal(_NA, "Access to Identity", errors.IdentityForbidden, hints.forbidden),
    Refusal(_NA, "Logins don't match", errors.LoginsMismatch, hints.mismatch),
    Refusal(_RNF, "IdentityPool '", errors.IdentityPoolNotFound, hints.no_pool),
    Refusal(_RNF, "Identity '", errors.IdentityNotFound, hints.no_identity),
    Refusal("ResourceConflictException", "", errors.ResourceConflictException, hints.conflict),
    # Roles and flows
    Refusal(_NA, "ambiguous role mapping", errors.RoleDenied, hints.role_denied),
    Refusal(_IP, "flow is not enabled", errors.BasicFlowDisabled, hints.BASIC_FLOW_OFF),
    Refusal(_IP, "with RoleMappings", errors.BasicFlowDisabled, hints.BASIC_FLOW_MAPPINGS),
    Refusal(_IP, "valid public provider", errors.InvalidParameterException, hints.PUBLIC_PROVIDER),
    Refusal(
        "InvalidIdentityPoolConfigurationException",
        "",
        errors.InvalidIdentityPoolConfigurationException,
        hints.pool_roles,
    ),
    # The codes themselves
    Refusal(_NA, "", errors.NotAuthorizedException),
    Refusal(_IP, "", errors.InvalidParameterException, hints.parameter),
    Refusal(_RNF, "", errors.ResourceNotFoundException),
    Refusal(
        "TooManyRequestsException", "", errors.TooManyRequestsException, hints.TOO_MANY_REQUESTS
    ),
    Refusal("LimitExceededException", "", errors.LimitExceededException, hints.LIMIT),
    Refusal("ExternalServiceException", "", errors.ExternalServiceException, hints.external),
    Refusal("InternalErrorException", "", errors.InternalErrorException, hints.INTERNAL),
    Refusal(_VE, "DurationSeconds exceeds", errors.ValidationException, hints.duration),
    Refusal(_VE, "", errors.ValidationException),
    # STS
    Refusal(_ADE, "sts:AssumeRoleWithWebIdentity", errors.AccessDeniedException, hints.trust),
    Refusal(_ADE, "resource control policy", errors.AccessDeniedException, hints.ORGANIZATION),
    Refusal(_ADE, "", errors.AccessDeniedException),
    Refusal(_IIT, "Incorrect token audience", errors.InvalidIdentityTokenException, hints.trust),
    Refusal(_IIT, "", errors.InvalidIdentityTokenException),
    Refusal("ExpiredTokenException", "", errors.ExpiredTokenException, hints.STS_EXPIRED),
    Refusal(
        "PackedPolicyTooLargeException",
        "",
        errors.PackedPolicyTooLargeException,
        hints.PACKED_POLICY,
    ),
    Refusal(
        "MalformedPolicyDocumentException",
        "",
        errors.MalformedPolicyDocumentException,
        hints.POLICY_DOCUMENT,
    ),
    Refusal("RegionDisabledException", "", errors.ServiceError, hints.region_disabled),
)
