"""The table of refusals: code and text of the service, our class, and what to do about it.

Texts are as Amazon Cognito and AWS STS write them, cut to the part that stays the same. What a hint
quotes of a token is its issuer, audience and roles, never the token.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.error_catalog import next_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._core.call_context import CallContext

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
    Refusal(_NA, "Token expired:", errors.LoginTokenExpired, next_steps.expired),
    Refusal(
        _NA, "Issuer doesn't match providerName", errors.LoginTokenRejected, next_steps.wrong_issuer
    ),
    Refusal(
        _NA,
        "Couldn't verify signed token",
        errors.LoginTokenRejected,
        next_steps.signature,
        is_retryable=True,  # a new user pool's keys take a moment to be known; retried once
    ),
    Refusal(_NA, "Not a valid OpenId Connect", errors.LoginTokenRejected, next_steps.not_a_jwt),
    Refusal(
        _NA, "Missing a required claim: aud", errors.LoginTokenRejected, next_steps.NO_AUDIENCE
    ),
    Refusal(_NA, "Missing a required claim", errors.LoginTokenRejected, next_steps.NO_CLAIM),
    Refusal(
        _NA, "Can't pass in a Cognito token", errors.LoginTokenRejected, next_steps.MADE_BY_A_POOL
    ),
    Refusal(_NA, "Invalid login token", errors.LoginTokenRejected, next_steps.SIGN_IN_AGAIN),
    Refusal(
        _NA,
        "Token is not from a supported provider",
        errors.UnsupportedLoginProvider,
        next_steps.add,
    ),
    Refusal(
        _NA,
        "does not have identity providers configured",
        errors.UnsupportedLoginProvider,
        next_steps.add,
    ),
    # Identities
    Refusal(
        _NA,
        "Unauthenticated access is not supported",
        errors.UnauthenticatedAccessDisabled,
        next_steps.guests,
    ),
    Refusal(_NA, "Access to Identity", errors.IdentityForbidden, next_steps.forbidden),
    Refusal(_NA, "Logins don't match", errors.LoginsMismatch, next_steps.mismatch),
    Refusal(_RNF, "IdentityPool '", errors.IdentityPoolNotFound, next_steps.no_pool),
    Refusal(_RNF, "Identity '", errors.IdentityNotFound, next_steps.no_identity),
    Refusal("ResourceConflictException", "", errors.ResourceConflictException, next_steps.conflict),
    # Roles and flows
    Refusal(_NA, "ambiguous role mapping", errors.RoleDenied, next_steps.role_denied),
    Refusal(_IP, "flow is not enabled", errors.BasicFlowDisabled, next_steps.BASIC_FLOW_OFF),
    Refusal(_IP, "with RoleMappings", errors.BasicFlowDisabled, next_steps.BASIC_FLOW_MAPPINGS),
    Refusal(
        _IP, "valid public provider", errors.InvalidParameterException, next_steps.PUBLIC_PROVIDER
    ),
    Refusal(
        "InvalidIdentityPoolConfigurationException",
        "",
        errors.InvalidIdentityPoolConfigurationException,
        next_steps.pool_roles,
    ),
    # The codes themselves
    Refusal(_NA, "", errors.NotAuthorizedException),
    Refusal(_IP, "", errors.InvalidParameterException, next_steps.parameter),
    Refusal(_RNF, "", errors.ResourceNotFoundException),
    Refusal(
        "TooManyRequestsException",
        "",
        errors.TooManyRequestsException,
        next_steps.TOO_MANY_REQUESTS,
    ),
    Refusal("LimitExceededException", "", errors.LimitExceededException, next_steps.LIMIT),
    Refusal("ExternalServiceException", "", errors.ExternalServiceException, next_steps.external),
    Refusal("InternalErrorException", "", errors.InternalErrorException, next_steps.INTERNAL),
    Refusal(_VE, "DurationSeconds exceeds", errors.ValidationException, next_steps.duration),
    Refusal(_VE, "", errors.ValidationException),
    # STS
    Refusal(_ADE, "sts:AssumeRoleWithWebIdentity", errors.AccessDeniedException, next_steps.trust),
    Refusal(_ADE, "resource control policy", errors.AccessDeniedException, next_steps.ORGANIZATION),
    Refusal(_ADE, "", errors.AccessDeniedException),
    Refusal(
        _IIT, "Incorrect token audience", errors.InvalidIdentityTokenException, next_steps.trust
    ),
    Refusal(_IIT, "", errors.InvalidIdentityTokenException),
    Refusal("ExpiredTokenException", "", errors.ExpiredTokenException, next_steps.STS_EXPIRED),
    Refusal(
        "PackedPolicyTooLargeException",
        "",
        errors.PackedPolicyTooLargeException,
        next_steps.PACKED_POLICY,
    ),
    Refusal(
        "MalformedPolicyDocumentException",
        "",
        errors.MalformedPolicyDocumentException,
        next_steps.POLICY_DOCUMENT,
    ),
    Refusal("RegionDisabledException", "", errors.ServiceError, next_steps.region_disabled),
)
