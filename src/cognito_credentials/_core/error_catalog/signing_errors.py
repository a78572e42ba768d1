"""Catalog of the errors that the service returns only for signed requests.

The only signed request is GetOpenIdTokenForDeveloperIdentity, which a `DeveloperIdentity` in a back
end sends. These errors come from the verification of signatures and policies.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.endpoints import get_partition, get_region
from cognito_credentials._core.error_catalog.entry import CatalogEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.call_context import CallContext

__all__ = ["SIGNING_ERRORS"]

CHECK_CREDENTIALS = "Check the AWS credentials with `aws sts get-caller-identity`."
OPERATION = "cognito-identity:GetOpenIdTokenForDeveloperIdentity"


def _allow_operation(context: CallContext) -> str:
    resource = "arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/REGION:UUID"
    if context.identity_pool_id is not None:
        region = get_region(context.identity_pool_id)
        resource = (
            f"arn:{get_partition(region).name}:cognito-identity:{region}:ACCOUNT:identitypool/"
            f"{context.identity_pool_id}"
        )
    return (
        "Permit the back end's role or user (not the role of the identity pool) to perform "
        f"{OPERATION} on {resource}."
    )


SIGNING_ERRORS = (
    CatalogEntry(
        errors.AccessDeniedException,
        code="AccessDeniedException",
        texts=(f"not authorized to perform: {OPERATION}",),
        example=f"User: … is not authorized to perform: {OPERATION} on resource: …",
        meaning="The back end's AWS credentials lack the permission to sign in developer users.",
        causes=(
            "a back end's role that lacks this permission",
            "an end user's AWS credentials instead of the back end's credentials",
        ),
        next_step=_allow_operation,
    ),
    CatalogEntry(
        errors.ExpiredTokenException,
        code="ExpiredTokenException",
        texts=("security token included in the request is expired",),
        example="The security token included in the request is expired",
        meaning="The AWS credentials that signed the request have expired.",
        causes=("temporary credentials that were passed as fixed values",),
        next_step="Pass a source that refreshes the credentials, such as the credentials of a "
        "boto3 session, a cache of this library or a function.",
    ),
    CatalogEntry(
        errors.ServiceError,
        code="UnrecognizedClientException",
        example="The security token included in the request is invalid.",
        meaning="The AWS credentials that signed the request do not exist.",
        causes=(
            "temporary credentials without their session token",
            "an access key that was deleted, or that belongs to another partition",
        ),
        next_step=CHECK_CREDENTIALS,
    ),
    CatalogEntry(
        errors.ServiceError,
        code="InvalidSignatureException",
        texts=("Signature expired", "Signature not yet current"),
        example="Signature expired: … is now earlier than …",
        meaning="The clock of this machine is wrong, or the request was delayed for minutes.",
        next_step="Synchronize the clock of this machine.",
    ),
    CatalogEntry(
        errors.ServiceError,
        code="InvalidSignatureException",
        example="The request signature we calculated does not match the signature you provided.",
        meaning="The secret access key does not belong to the access key ID, or the request was "
        "modified in transit.",
        causes=(
            "a secret access key that was truncated or replaced",
            "a proxy that modifies the body or the Host header of requests",
        ),
        next_step=CHECK_CREDENTIALS,
    ),
)
