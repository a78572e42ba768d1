"""Every error that this package raises.

    CognitoCredentialsError
    ├─ ConfigurationError (ValueError)
    ├─ CredentialsUnavailableError
    ├─ LoginTokenError
    ├─ TransportError
    │  └─ RequestTimeoutError
    ├─ MalformedResponseError
    ├─ ExpiredOnArrivalError
    ├─ RefreshTimeoutError
    └─ ServiceError
       ├─ NotAuthorizedException
       │  ├─ LoginTokenExpired
       │  ├─ LoginTokenRejected
       │  ├─ LoginsMismatch
       │  ├─ IdentityForbidden
       │  ├─ UnauthenticatedAccessDisabled
       │  ├─ UnsupportedLoginProvider
       │  └─ RoleDenied
       ├─ InvalidParameterException
       │  └─ BasicFlowDisabled
       ├─ ResourceNotFoundException
       │  ├─ IdentityPoolNotFound
       │  └─ IdentityNotFound
       ├─ ResourceConflictException
       ├─ LimitExceededException
       ├─ TooManyRequestsException
       ├─ InvalidIdentityPoolConfigurationException
       ├─ ExternalServiceException
       ├─ InternalErrorException
       ├─ ValidationException
       └─ InvalidIdentityTokenException, ExpiredTokenException, AccessDeniedException,
          PackedPolicyTooLargeException, MalformedPolicyDocumentException      (from STS)

The classes below `ServiceError` carry the service's own names, so that code written against boto3
or the JavaScript SDK reads the same; their narrower children say which of the service's many
reasons it was. No error ever holds a secret, a token or a response body.
"""

from __future__ import annotations

from cognito_credentials import _typing as t

__all__ = [
    "AccessDeniedException",
    "BasicFlowDisabled",
    "CognitoCredentialsError",
    "ConfigurationError",
    "CredentialsUnavailableError",
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


class CognitoCredentialsError(Exception):
    """Base of every error here; never raised itself.

    `message` is what happened, `hint` what to do next ("" where nobody can say), `reason` a short
    word that stays the same between versions and keys the troubleshooting page. `str()` gives the
    message and the hint.
    """

    reason: str = "error"
    is_retryable: bool = False
    retry_after: float | None = None

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return _with_hint(self.message, self.hint)

    def __reduce__(self) -> tuple[t.Any, ...]:
        # The default calls the class with `args` alone, which keyword-only parameters refuse.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _with_hint(text: str, hint: str) -> str:
    if not hint:
        return text
    # Some of the service's texts end without a full stop.
    return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} Hint: {hint}"


def _rebuild(cls: type[t.Any], args: tuple[t.Any, ...], state: dict[str, t.Any]) -> t.Any:
    error: t.Any = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(CognitoCredentialsError, ValueError):
    """A setting or argument is wrong; the message names it."""

    reason = "configuration"


class CredentialsUnavailableError(CognitoCredentialsError):
    """There is nothing here to try with: a chain of providers may go on to the next."""

    reason = "credentials-unavailable"


class LoginTokenError(CognitoCredentialsError):
    """A login's token could not be had, or cannot work; `provider_name` is the login's key.

    What a supplier raised is kept as `__cause__`.
    """

    reason = "login-token"

    def __init__(
        self, message: str, *, provider_name: str, hint: str = "", reason: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.provider_name = provider_name
        if reason is not None:
            self.reason = reason


class TransportError(CognitoCredentialsError):
    """No answer came: the network, TLS or a proxy failed."""

    reason = "transport"
    is_retryable = True


class RequestTimeoutError(TransportError):
    """No answer came in time."""

    reason = "request-timeout"


class MalformedResponseError(CognitoCredentialsError):
    """An answer came that cannot be read; the message names what is missing, never the body."""

    reason = "malformed-response"


class ExpiredOnArrivalError(CognitoCredentialsError):
    """The credentials expired before the caller had them.

    Retryable only if they were valid in the service's response and expired after that.
    """

    reason = "expired-on-arrival"


class RefreshTimeoutError(CognitoCredentialsError):
    """Another caller's fetch, which this one waited for, took longer than it may."""

    reason = "refresh-timeout"
    is_retryable = True


class ServiceError(CognitoCredentialsError):
    """The service answered with an error.

    `operation_name`, `code`, `request_id` ("" where the answer had none) and `http_status` are the
    answer's; `message` is the service's own text, in which any login token it repeats is hidden.
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
        """The error in the shape of `botocore.exceptions.ClientError.response`."""
        return {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {
                "RequestId": self.request_id,
                "HTTPStatusCode": self.http_status,
            },
        }

    def __str__(self) -> str:
        text = f"{self.operation_name} was refused with {self.code}: {self.message}"
        return _with_hint(text, self.hint)


class NotAuthorizedException(ServiceError):
    """The caller may not do this; the children say why."""

    reason = "not-authorized"


class LoginTokenExpired(NotAuthorizedException):
    """A login's token is past its time."""

    reason = "login-token-expired"


class LoginTokenRejected(NotAuthorizedException):
    """A login's token is not what its key promises: issuer, audience claim, signature or form."""

    reason = "login-token-rejected"


class LoginsMismatch(NotAuthorizedException):
    """The logins are good, but none of them belongs to this identity."""

    reason = "logins-mismatch"


class IdentityForbidden(NotAuthorizedException):
    """The identity may not be used with these logins (or with none)."""

    reason = "identity-forbidden"


class UnauthenticatedAccessDisabled(NotAuthorizedException):
    """The pool gives nothing to guests, and no login was sent."""

    reason = "unauthenticated-access-disabled"


class UnsupportedLoginProvider(NotAuthorizedException):
    """The pool does not know this login provider or its app client."""

    reason = "unsupported-login-provider"


class RoleDenied(NotAuthorizedException):
    """The pool's role mapping gives this user no role."""

    reason = "role-denied"


class InvalidParameterException(ServiceError):
    """The service did not accept a parameter."""

    reason = "invalid-parameter"


class BasicFlowDisabled(InvalidParameterException):
    """The pool does not allow the basic (classic) flow."""

    reason = "basic-flow-disabled"


class ResourceNotFoundException(ServiceError):
    """There is no such thing in this region."""

    reason = "resource-not-found"


class IdentityPoolNotFound(ResourceNotFoundException):
    """There is no such identity pool in this region."""

    reason = "identity-pool-not-found"


class IdentityNotFound(ResourceNotFoundException):
    """There is no such identity: it was deleted, or its pool was."""

    reason = "identity-not-found"


class ResourceConflictException(ServiceError):
    """A login is already linked to another identity."""

    reason = "resource-conflict"


class LimitExceededException(ServiceError):
    """A limit of the account is reached."""

    reason = "limit-exceeded"


class TooManyRequestsException(ServiceError):
    """The account's quota of calls per second is used up (HTTP 400, not 429)."""

    reason = "too-many-requests"


class InvalidIdentityPoolConfigurationException(ServiceError):
    """The pool has no role for this caller, or the role does not trust the pool."""

    reason = "invalid-identity-pool-configuration"


class ExternalServiceException(ServiceError):
    """A login provider such as Facebook did not answer the service."""

    reason = "external-service"


class InternalErrorException(ServiceError):
    """The service failed."""

    reason = "internal-error"


class ValidationException(ServiceError):
    """A value does not have the form that the service asks for."""

    reason = "validation"


class InvalidIdentityTokenException(ServiceError):
    """STS does not accept the token (`InvalidIdentityToken` on the wire)."""

    reason = "invalid-identity-token"


class ExpiredTokenException(ServiceError):
    """The token was past its time when STS got it."""

    reason = "expired-token"


class AccessDeniedException(ServiceError):
    """A policy denies the call: the role's trust policy, or an organization's (`AccessDenied`)."""

    reason = "access-denied"


class PackedPolicyTooLargeException(ServiceError):
    """Session policies and tags together are too large (`PackedPolicyTooLarge`)."""

    reason = "packed-policy-too-large"


class MalformedPolicyDocumentException(ServiceError):
    """A session policy is not a policy document (`MalformedPolicyDocument`)."""

    reason = "malformed-policy-document"
