"""The service's refusals, with the texts that clients match on.

Every text in a function below was seen coming from the real service, down to a missing full
stop; clients compare against them, so they are part of the wire format. Where nobody has
published what the service says, the emulator has to say something: all such texts stand in
``Invented`` and nowhere else, so that each can be corrected the day somebody sees the real one.
"""

from __future__ import annotations

from enum import StrEnum


class ServiceFault(Exception):  # noqa: N818 - AWS calls an error that it answers a fault
    """Refuse a request: the error code, text and HTTP status that go on the wire.

    The service uses status 400 for everything that is the caller's doing, throttling and
    missing authorization included.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class LoginTokenExpired(ServiceFault):
    """Refuse a token past its ``exp``; STS says the same thing in other words."""

    def __init__(self, *, now: int, expires: int) -> None:
        """Take both times in whole seconds since the Unix epoch."""
        super().__init__(
            "NotAuthorizedException", f"Invalid login token. Token expired: {now} >= {expires}"
        )
        self.now = now
        self.expires = expires


class Invented(StrEnum):
    """Texts that are ours, not the service's: do not assert them against AWS."""

    ALREADY_LINKED = "Identity '{identity_id}' already has a login for provider {provider}."
    AMBIGUITY_UNRESOLVED = "AmbiguousRoleResolution is required in the role mapping of {key}."
    BAD_OPAQUE_TOKEN = "Invalid login token."
    BODY_NOT_JSON = "The request body is not a JSON object."
    CUSTOM_ROLE_NOT_SUPPORTED = "CustomRoleArn is not supported without a token role mapping."
    CUSTOM_ROLE_WITH_RULES = "CustomRoleArn is not supported with rule based role mappings."
    DEVELOPER_PROVIDER_FIXED = "The developer provider name of an identity pool cannot be changed."
    DEVELOPER_USER_TAKEN = (
        "The provided developer user identifier is already registered with Cognito "
        "under a different identity ID."
    )
    REDACTED = "***"
    RULES_MISSING = "RulesConfiguration is required in the role mapping of {key}."
    SAML_NOT_VERIFIED = "The emulator does not verify SAML assertions yet."
    SIGNED_OUT = "Invalid login token. Token is not valid."
    UNKNOWN_OPERATION = "The emulator does not answer {operation}."
    WRONG_TYPE = "{found} can not be converted to {wanted} at '{path}'."


def identity_pool_not_found(pool_id: str) -> ServiceFault:
    """Refuse a pool id that names no pool."""
    return ServiceFault("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")


def identity_not_found(identity_id: str) -> ServiceFault:
    """Refuse an identity id that names no identity, or no longer does."""
    return ServiceFault("ResourceNotFoundException", f"Identity '{identity_id}' not found.")


def not_authorized(message: str) -> ServiceFault:
    """Refuse with the code that most refusals have."""
    return ServiceFault("NotAuthorizedException", message)


def unauthenticated_access_off() -> ServiceFault:
    """Refuse a guest of a pool that has none."""
    return not_authorized("Unauthenticated access is not supported for this identity pool.")


def identity_forbidden(identity_id: str) -> ServiceFault:
    """Refuse an identity that has logins to a caller that showed none."""
    return not_authorized(f"Access to Identity '{identity_id}' is forbidden.")


def logins_do_not_match() -> ServiceFault:
    """Refuse logins that are good but belong to somebody else."""
    return not_authorized(
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    )


def invalid_login_token(why: str) -> ServiceFault:
    """Refuse a token for what is wrong with it."""
    return not_authorized(f"Invalid login token. {why}")


def unsupported_provider() -> ServiceFault:
    """Refuse a provider, client or audience that the pool does not list."""
    return not_authorized("Token is not from a supported provider of this identity pool.")


def ambiguous_role(mapping_key: str) -> ServiceFault:
    """Refuse to choose between roles where the pool says so."""
    return not_authorized(
        f"The ambiguous role mapping rules for: {mapping_key} denied this request."
    )


def invalid_parameter(message: str) -> ServiceFault:
    """Refuse a value that cannot be, or not together with the others."""
    return ServiceFault("InvalidParameterException", message)


def login_conflict(identity_id: str, provider: str) -> ServiceFault:
    """Refuse a second user of one provider on one identity."""
    message = Invented.ALREADY_LINKED.format(identity_id=identity_id, provider=provider)
    return ServiceFault("ResourceConflictException", message)


def invalid_pool_configuration() -> ServiceFault:
    """Refuse where the pool has no role to give, or STS does not give it."""
    return ServiceFault(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
