"""The errors of Amazon Cognito Identity, with the messages that clients match on.

The messages in the functions below were observed from the real service, including a missing full
stop. Clients compare the messages, so the messages are part of the wire format. If no message from
the service has been published, the emulator uses its own text from `UnconfirmedText`, which can be
replaced once the message of the service is known.
"""

from __future__ import annotations

from enum import StrEnum

from cognito_credentials.emulator.errors import AwsError


class TokenExpiredError(AwsError):
    """The error for an expired token. STS reports the same times in another format.

    Attributes:
        now: The time of the request, in seconds since the epoch (UTC).
        expires_at: The time in the `exp` claim, in seconds since the epoch (UTC).
    """

    def __init__(self, *, now: int, expires_at: int) -> None:
        super().__init__(
            "NotAuthorizedException", f"Invalid login token. Token expired: {now} >= {expires_at}"
        )
        self.now = now
        self.expires_at = expires_at


class WrongIssuerError(AwsError):
    """The error for a token of another issuer. STS reports the issuer.

    Attributes:
        issuer: The `iss` claim.
    """

    def __init__(self, issuer: str) -> None:
        super().__init__(
            "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"
        )
        self.issuer = issuer


class UnconfirmedText(StrEnum):
    """Messages of the emulator that were not observed in AWS.

    Do not rely on these messages in tests that also run against AWS.

    Most of these messages are made up. The others come from other AWS services
    (`SerializationException`; signature errors; the constraints on numbers, lists and required
    members) or were reported by another project (`DISABLED`, `NO_PRINCIPAL_TAGS`).
    """

    ALREADY_LINKED = "Identity '{identity_id}' already has a login for provider {provider}."
    AMBIGUITY_UNRESOLVED = "AmbiguousRoleResolution is required in the role mapping of {key}."
    BAD_NEXT_TOKEN = "The NextToken is not valid for this request."
    BAD_OPAQUE_TOKEN = "Invalid login token."
    BODY_NOT_JSON = "The request body is not a JSON object."
    CUSTOM_ROLE_NOT_SUPPORTED = "CustomRoleArn is not supported without a token role mapping."
    CUSTOM_ROLE_WITH_RULES = "CustomRoleArn is not supported with rule based role mappings."
    DEVELOPER_PROVIDER_FIXED = "The developer provider name of an identity pool cannot be changed."
    DEVELOPER_USER_NOT_FOUND = "Developer user '{user}' not found."
    DEVELOPER_USER_NOT_LINKED = (
        "Developer user '{user}' is not associated with identity '{identity_id}'."
    )
    DEVELOPER_USER_TAKEN = (
        "The provided developer user identifier is already registered with Cognito "
        "under a different identity ID."
    )
    DISABLED = "DISABLED"
    EXPECTED_CONTAINER = "Expected {expected} or null"
    EXPECTED_STRUCTURE = "Expected null"
    INVALID_ITEM = "Member must satisfy constraint: {constraints}"
    LOOKUP_WITHOUT_SUBJECT = "Either IdentityId or DeveloperUserIdentifier is required."
    MISSING_SIGNATURE = "Missing Authentication Token"
    NOT_A_POOL_ARN = "ResourceArn must be the ARN of an identity pool."
    NOT_A_SAML_RESPONSE = "Invalid login token. Not a valid SAML response."
    NO_PRINCIPAL_TAGS = "No Principal Tags configured for Provider {provider}"
    NULL_MEMBER = "Member must not be null"
    PROVIDER_NOT_RESPONDING = "{provider} is not responding."
    REDACTED = "***"
    RULES_MISSING = "RulesConfiguration is required in the role mapping of {key}."
    SAML_IN_BASIC_FLOW = (
        "Basic (classic) flow is not supported with SAML providers, please use enhanced flow."
    )
    SIGNED_OUT = "Invalid login token. Token is not valid."
    TOO_MANY_LOGINS = "An identity must not have more than {limit} linked logins."
    TOO_MANY_POOLS = "Too many identity pools."
    TOO_MANY_TAGS = "An identity pool must not have more than {limit} tags."
    TOO_MANY_USER_POOLS = "An identity pool must not have more than {limit} user pool providers."
    UNEXPECTED_LIST = "Start of list found where not expected"
    UNEXPECTED_NULL = "null found where not expected"
    UNEXPECTED_OBJECT = "Start of structure or map found where not expected."
    UNKNOWN_OPERATION = "Amazon Cognito Identity has no operation {operation}."
    VALUE_TOO_LARGE = "Member must have value less than or equal to {limit}"
    VALUE_TOO_SMALL = "Member must have value greater than or equal to {limit}"
    WRONG_SCALAR = "class {found} can not be converted to an {expected}"
    WRONG_TYPE = "{found} can not be converted to {expected} at '{path}'."


def identity_pool_not_found(pool_id: str) -> AwsError:
    """Return the error for an identity pool ID that does not exist."""
    return AwsError("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")


def identity_not_found(identity_id: str) -> AwsError:
    """Return the error for an identity ID that does not exist or was deleted."""
    return AwsError("ResourceNotFoundException", f"Identity '{identity_id}' not found.")


def not_authorized(message: str) -> AwsError:
    """Return an error with the code `NotAuthorizedException`."""
    return AwsError("NotAuthorizedException", message)


def unauthenticated_access_disabled() -> AwsError:
    """Return the error for a guest of an identity pool that does not allow guests."""
    return not_authorized("Unauthenticated access is not supported for this identity pool.")


def identity_forbidden(identity_id: str) -> AwsError:
    """Return the error for a request without logins for a disabled identity or one with logins."""
    return not_authorized(f"Access to Identity '{identity_id}' is forbidden.")


def logins_do_not_match() -> AwsError:
    """Return the error for valid logins, none of which is linked to the identity."""
    return not_authorized(
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    )


def invalid_login_token(reason: str) -> AwsError:
    """Return the error for a login token that is invalid for the given reason."""
    return not_authorized(f"Invalid login token. {reason}")


def unsupported_provider() -> AwsError:
    """Return the error for a login provider or client that the identity pool does not accept."""
    return not_authorized("Token is not from a supported provider of this identity pool.")


def provider_not_responding(provider: str) -> AwsError:
    """Return the error for a login provider that is currently unable to verify tokens."""
    message = UnconfirmedText.PROVIDER_NOT_RESPONDING.format(provider=provider)
    return AwsError("ExternalServiceException", message)


def ambiguous_role(mapping_key: str) -> AwsError:
    """Return the error for an ambiguous role, if the identity pool denies such requests."""
    return not_authorized(
        f"The ambiguous role mapping rules for: {mapping_key} denied this request."
    )


def invalid_parameter(message: str) -> AwsError:
    """Return the error for an invalid value or an invalid combination of values."""
    return AwsError("InvalidParameterException", message)


def unsupported_developer_provider() -> AwsError:
    """Return the error for a developer provider name that the identity pool does not have."""
    return invalid_parameter("This identity pool does not support the specified developer provider")


def not_a_public_provider() -> AwsError:
    """Return the error for a developer provider name in an operation for public providers."""
    return invalid_parameter("Please provide a valid public provider.")


def resource_conflict(message: str) -> AwsError:
    """Return an error with the code `ResourceConflictException`."""
    return AwsError("ResourceConflictException", message)


def login_conflict(identity_id: str, provider: str) -> AwsError:
    """Return the error for linking a second user of the same login provider to an identity."""
    message = UnconfirmedText.ALREADY_LINKED.format(identity_id=identity_id, provider=provider)
    return resource_conflict(message)


def invalid_pool_configuration() -> AwsError:
    """Return the error for an identity pool without a role, or with a role that STS rejects."""
    return AwsError(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
