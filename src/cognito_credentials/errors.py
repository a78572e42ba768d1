"""All errors that this package raises.

    CognitoCredentialsError
    ├─ ConfigurationError (ValueError)
    ├─ CredentialsUnavailableError
    ├─ LoginTokenError
    ├─ TransportError
    │  └─ RequestTimeoutError
    ├─ MalformedResponseError, ExpiredOnArrivalError
    ├─ RefreshTimeoutError
    └─ ServiceError
       ├─ NotAuthorizedException
       │  ├─ LoginTokenExpired, LoginTokenRejected
       │  ├─ LoginsMismatch, IdentityForbidden
       │  ├─ UnauthenticatedAccessDisabled
       │  ├─ UnsupportedLoginProvider
       │  └─ RoleDenied
       ├─ InvalidParameterException
       │  └─ BasicFlowDisabled
       ├─ ResourceNotFoundException
       │  └─ IdentityPoolNotFound, IdentityNotFound
       ├─ ResourceConflictException, DeveloperUserAlreadyRegisteredException
       ├─ LimitExceededException, TooManyRequestsException
       ├─ ExternalServiceException, InternalErrorException
       ├─ InvalidIdentityPoolConfigurationException, ValidationException
       └─ InvalidIdentityTokenException, ExpiredTokenException, AccessDeniedException,
          PackedPolicyTooLargeException, MalformedPolicyDocumentException      (mostly from STS)

The subclasses of `ServiceError` are named after the error codes of the services, as in boto3 and
the JavaScript SDK. If a service uses the same code for several causes, subclasses distinguish the
most common causes.
No error contains a secret, a token or a response body.
"""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials._external_text import printable

__all__ = [
    "AccessDeniedException",
    "BasicFlowDisabled",
    "CognitoCredentialsError",
    "ConfigurationError",
    "CredentialsUnavailableError",
    "DeveloperUserAlreadyRegisteredException",
    "ExpiredOnArrivalError",
    "ExpiredTokenException",
    "ExternalServiceException",
    "IdentityForbidden",
    "IdentityNotFound",
    "IdentityPoolNotFound",
    "InternalErrorException",
    "InvalidIdentityPoolConfigurationException",
    "InvalidIdentityTokenException",
    "InvalidParameterException",
    "LimitExceededException",
    "LoginTokenError",
    "LoginTokenExpired",
    "LoginTokenRejected",
    "LoginsMismatch",
    "MalformedPolicyDocumentException",
    "MalformedResponseError",
    "NotAuthorizedException",
    "PackedPolicyTooLargeException",
    "RefreshTimeoutError",
    "RequestTimeoutError",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "RoleDenied",
    "ServiceError",
    "TooManyRequestsException",
    "TransportError",
    "UnauthenticatedAccessDisabled",
    "UnsupportedLoginProvider",
    "ValidationException",
]

# The version of the site does not matter, because reasons do not change between versions.
TROUBLESHOOTING_URL = "https://cognito-credentials.readthedocs.io/en/latest/troubleshooting.html"


class CognitoCredentialsError(Exception):
    """Base class of all errors that this package raises. Only subclasses are raised.

    `str()` returns the message, the hint, and the URL of the error's description.

    Attributes:
        message, hint: Description of the problem, and the next step ("" if unknown).
        reason: Short identifier of the kind of error; it does not change between versions. The
            reason is also the anchor of the error on the troubleshooting page.
        is_retryable: True if the same call may succeed later.
        retry_after: Seconds to wait before the next attempt; None if unknown.
    """

    reason: str = "error"
    is_retryable: bool = False
    retry_after: float | None = None

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message: str = printable(message)
        super().__init__(self.message)
        self.hint: str = hint

    def __str__(self) -> str:
        return _describe(self.message, self)

    def __reduce__(self) -> tuple[t.Any, ...]:
        # The default implementation would call the class with `args` only, without the keyword-only
        # arguments.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def documentation_url(reason: str) -> str:
    """Return the URL of a reason on the troubleshooting page."""
    return f"{TROUBLESHOOTING_URL}#{reason}"


def _describe(text: str, error: CognitoCredentialsError) -> str:
    """Return a message with the error's hint and the URL of its documentation."""
    text = printable(text)
    if not text.endswith((".", "!", "?")):
        text += "."
    hint = [f"Hint: {printable(error.hint)}"] if error.hint else []
    return " ".join([text, *hint, f"See {documentation_url(error.reason)}"])


def _rebuild(cls: type[t.Any], args: tuple[t.Any, ...], state: dict[str, t.Any]) -> t.Any:
    error: t.Any = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(CognitoCredentialsError, ValueError):
    """A setting or argument is invalid, a package is missing, or an object has been closed."""

    reason = "configuration"


class CredentialsUnavailableError(CognitoCredentialsError):
    """No credentials can be requested; a chain of providers may continue with the next provider."""

    reason = "credentials-unavailable"


class LoginTokenError(CognitoCredentialsError):
    """A login token could not be obtained, or cannot be used.

    `provider_name` is the login provider name. If a supplier raised an exception, `__cause__` is
    that exception.
    """

    reason: str = "login-token"

    def __init__(
        self, message: str, *, provider_name: str, hint: str = "", reason: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.provider_name = provider_name
        if reason is not None:
            self.reason = reason


class TransportError(CognitoCredentialsError):
    """The service could not be reached: the network, TLS or a proxy failed."""

    reason = "transport"
    is_retryable = True


class RequestTimeoutError(TransportError):
    """No response arrived in time."""

    reason = "request-timeout"


class MalformedResponseError(CognitoCredentialsError):
    """The response cannot be parsed; the message describes the problem without quoting the body."""

    reason = "malformed-response"


class ExpiredOnArrivalError(CognitoCredentialsError):
    """The credentials expired before the caller received them.

    Retryable only if the credentials were still valid when the response arrived.
    """

    reason = "expired-on-arrival"


class RefreshTimeoutError(CognitoCredentialsError):
    """The call timed out while waiting for another caller's fetch or for the request quota."""

    reason = "refresh-timeout"
    is_retryable = True


class ServiceError(CognitoCredentialsError):
    """The service responded with an error.

    Attributes:
        operation_name: Operation that was called, such as `GetId`.
        code, http_status: Error code and HTTP status of the response.
        request_id: ID that the service assigned to the request; "" if unknown.
        message: The service's message, in which login tokens are redacted.
    """

    reason = "service-error"

    def __init__(
        self,
        message: str,
        *,
        operation_name: str,
        code: str,
        http_status: int,
        request_id: str = "",
        hint: str = "",
        is_retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation_name = operation_name
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.is_retryable = is_retryable
        self.retry_after = retry_after

    @property
    def response(self) -> dict[str, t.Any]:
        """The error in the format of `botocore.exceptions.ClientError.response`."""
        return {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {
                "RequestId": self.request_id,
                "HTTPStatusCode": self.http_status,
            },
        }

    def __str__(self) -> str:
        return _describe(f"{self.operation_name} failed with {self.code}: {self.message}", self)


class NotAuthorizedException(ServiceError):
    """The request is not allowed; the subclasses distinguish the causes."""

    reason = "not-authorized"


class LoginTokenExpired(NotAuthorizedException):
    """A login token has expired."""

    reason = "login-token-expired"


class LoginTokenRejected(NotAuthorizedException):
    """The service rejected a login token, for example because of its issuer or audience."""

    reason = "login-token-rejected"


class LoginsMismatch(NotAuthorizedException):
    """The logins are valid, but not linked to this identity."""

    reason = "logins-mismatch"


class IdentityForbidden(NotAuthorizedException):
    """The identity cannot be used with these logins, or without logins."""

    reason = "identity-forbidden"


class UnauthenticatedAccessDisabled(NotAuthorizedException):
    """No login was sent, and the identity pool does not allow guests."""

    reason = "unauthenticated-access-disabled"


class UnsupportedLoginProvider(NotAuthorizedException):
    """The identity pool does not list this login provider, or does not list its app client."""

    reason = "unsupported-login-provider"


class RoleDenied(NotAuthorizedException):
    """The role mapping of the identity pool assigns no role to this user."""

    reason = "role-denied"


class InvalidParameterException(ServiceError):
    """The service rejected a parameter."""

    reason = "invalid-parameter"


class BasicFlowDisabled(InvalidParameterException):
    """The identity pool does not allow the basic (classic) flow."""

    reason = "basic-flow-disabled"


class ResourceNotFoundException(ServiceError):
    """A resource that the request names does not exist in this region."""

    reason = "resource-not-found"


class IdentityPoolNotFound(ResourceNotFoundException):
    """The identity pool does not exist in this region."""

    reason = "identity-pool-not-found"


class IdentityNotFound(ResourceNotFoundException):
    """The identity does not exist in this region; it or its identity pool may have been deleted."""

    reason = "identity-not-found"


class ResourceConflictException(ServiceError):
    """A login is already linked to another identity."""

    reason = "resource-conflict"


class DeveloperUserAlreadyRegisteredException(ServiceError):
    """The developer user is already linked to another identity."""

    reason = "developer-user-already-registered"


class LimitExceededException(ServiceError):
    """A limit of the AWS account has been reached."""

    reason = "limit-exceeded"


class TooManyRequestsException(ServiceError):
    """The account's quota of requests per second is exhausted (HTTP status 400, not 429)."""

    reason = "too-many-requests"


class InvalidIdentityPoolConfigurationException(ServiceError):
    """The identity pool has no role for the identity, or the role does not trust the pool."""

    reason = "invalid-identity-pool-configuration"


class ExternalServiceException(ServiceError):
    """A login provider such as Facebook did not respond to the service."""

    reason = "external-service"


class InternalErrorException(ServiceError):
    """The service reported an internal error."""

    reason = "internal-error"


class ValidationException(ServiceError):
    """The request contains an invalid value."""

    reason = "validation"


class InvalidIdentityTokenException(ServiceError):
    """AWS STS does not accept the token (`InvalidIdentityToken` on the wire)."""

    reason = "invalid-identity-token"


class ExpiredTokenException(ServiceError):
    """The token for AWS STS, or the AWS credentials that signed the request, had expired."""

    reason = "expired-token"


class AccessDeniedException(ServiceError):
    """A policy denies the request, or no policy allows it (`AccessDenied` in AWS STS)."""

    reason = "access-denied"


class PackedPolicyTooLargeException(ServiceError):
    """The session policies and tags together are too large (`PackedPolicyTooLarge`)."""

    reason = "packed-policy-too-large"


class MalformedPolicyDocumentException(ServiceError):
    """A session policy is not a valid policy document (`MalformedPolicyDocument`)."""

    reason = "malformed-policy-document"
