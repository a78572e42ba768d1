"""Catalog of the errors from AWS STS, which the basic flow calls. Codes are canonical names."""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.error_catalog import next_steps, role_steps
from cognito_credentials._core.error_catalog.entry import CatalogEntry
from cognito_credentials._core.error_catalog.trust_policy import describe_trust_policy
from cognito_credentials._core.hints import Hint

__all__ = ["STS_ERRORS", "UNKNOWN_ERROR"]

ACCESS_DENIED = "AccessDeniedException"
INVALID_TOKEN = "InvalidIdentityTokenException"  # noqa: S105 - this is an error code

STS_ERRORS = (
    CatalogEntry(
        errors.AccessDeniedException,
        code=ACCESS_DENIED,
        texts=("sts:AssumeRoleWithWebIdentity",),
        example="Not authorized to perform sts:AssumeRoleWithWebIdentity",
        meaning="The role does not trust the identity pool, or does not exist.",
        causes=(
            (
                "a trust policy that names another identity pool, or the wrong kind of identity "
                "(authenticated or unauthenticated)"
            ),
        ),
        next_step=describe_trust_policy,
    ),
    CatalogEntry(
        errors.AccessDeniedException,
        code=ACCESS_DENIED,
        texts=("resource control policy",),
        example="… with an explicit deny in a resource control policy",
        meaning="A policy of the AWS organization denies the request.",
        causes=("a resource control policy that denies requests without credentials",),
        next_step=next_steps.EXEMPT_IDENTITY_POOLS,
    ),
    CatalogEntry(
        errors.AccessDeniedException,
        code=ACCESS_DENIED,
        meaning="A policy denies the request.",
        next_step="Find the policy that the message names, and allow the action there.",
        is_catch_all=True,
    ),
    CatalogEntry(
        errors.InvalidIdentityTokenException,
        code=INVALID_TOKEN,
        texts=("Incorrect token audience",),
        example="Incorrect token audience",
        meaning="AWS STS does not accept the audience (aud) of the token.",
        causes=(
            (
                "an IAM identity provider that does not list the client ID (aud) of the token, "
                "such as sts.amazonaws.com for tokens from a CI system or Kubernetes"
            ),
            "a token from one identity pool, and a trust policy that names another identity pool",
        ),
        next_step=role_steps.allow_audience,
    ),
    CatalogEntry(
        errors.InvalidIdentityTokenException,
        code=INVALID_TOKEN,
        meaning="AWS STS does not accept the token; only the message states the reason.",
        next_step=next_steps.RUN_DOCTOR,
        is_catch_all=True,
    ),
    CatalogEntry(
        errors.ExpiredTokenException,
        code="ExpiredTokenException",
        example="Token expired: current date/time … must be before the expiration date/time …",
        meaning="The token had expired when it reached AWS STS.",
        causes=("a connection that stalled for minutes",),
        next_step=next_steps.RETRY_STS,
    ),
    CatalogEntry(
        errors.PackedPolicyTooLargeException,
        code="PackedPolicyTooLargeException",
        example="Packed size of session tags consumes …% of allotted space.",
        meaning="The session policies and tags together are too large.",
        causes=("long claims that are mapped to principal tags",),
        next_step=next_steps.SHORTEN_POLICY,
    ),
    CatalogEntry(
        errors.MalformedPolicyDocumentException,
        code="MalformedPolicyDocumentException",
        meaning="A session policy is not a valid IAM policy document.",
        next_step=next_steps.CORRECT_POLICY,
    ),
    CatalogEntry(
        errors.ServiceError,
        code="RegionDisabledException",
        example="STS is not activated in this region for account: …",
        meaning="AWS STS is not activated in this region.",
        next_step=next_steps.activate_region,
    ),
)

# The entry for responses that have an unknown error code, or only an HTTP status.
UNKNOWN_ERROR = CatalogEntry(
    errors.ServiceError,
    meaning="The response has an error code that this package does not know, or only an HTTP status.",
    causes=("a proxy (the service rarely returns a status such as 403 without an error code)",),
    next_step=Hint(
        "Look up the error code in the AWS documentation; if there is only an HTTP status, check "
        "{endpoint_url} and any proxy."
    ),
)
