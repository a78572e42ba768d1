"""Catalog of errors from Amazon Cognito identity pools, by code and message.

`texts` are the constant parts of Amazon Cognito's messages. The first entry that matches a response
is used, so specific messages come before general messages.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.error_catalog import next_steps, role_steps
from cognito_credentials._core.error_catalog.entry import CatalogEntry
from cognito_credentials._core.error_catalog.package_errors import ISSUER_MISMATCH, TOKEN_EXPIRED

__all__ = ["COGNITO_ERRORS"]

NOT_AUTHORIZED = "NotAuthorizedException"
INVALID_PARAMETER = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"

_LOGINS = (
    CatalogEntry(
        errors.LoginTokenExpired,
        code=NOT_AUTHORIZED,
        texts=("Token expired:",),
        example="Invalid login token. Token expired: …",
        meaning=TOKEN_EXPIRED.meaning,
        causes=TOKEN_EXPIRED.causes,
        next_step=next_steps.replace_login_token,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Issuer doesn't match providerName",),
        example="Invalid login token. Issuer doesn't match providerName",
        meaning=ISSUER_MISMATCH.meaning,
        causes=ISSUER_MISMATCH.causes,
        next_step=next_steps.use_issuer_as_provider,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Couldn't verify signed token",),
        example="Invalid login token. Couldn't verify signed token.",
        meaning="Amazon Cognito could not verify the signature of the token.",
        causes=(
            "a user pool that was created moments ago",
            "a token that was truncated or changed, or signed by a test issuer",
        ),
        next_step=next_steps.check_signature,
        is_retryable=True,  # Cognito loads the keys of a new user pool after a short delay.
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Not a valid OpenId Connect",),
        example="Invalid login token. Not a valid OpenId Connect identity token.",
        meaning="The login token is not an ID token.",
        causes=(
            "an access token or an authorization code instead of the ID token",
            "a Bearer prefix, or a line break within the token",
            "a wrong login provider name, such as Facebook instead of graph.facebook.com",
        ),
        next_step=next_steps.pass_a_jwt,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Missing a required claim: aud",),
        example="Invalid login token. Missing a required claim: aud",
        meaning="The token has no audience: it is an access token.",
        causes=("an access token from a user pool instead of an ID token",),
        next_step=next_steps.FOR_ACCESS_TOKENS,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Missing a required claim",),
        example="Invalid login token. Missing a required claim: …",
        meaning="The token lacks a claim that every ID token has.",
        causes=("a token that was not issued for signing in",),
        next_step=next_steps.INCLUDE_ALL_CLAIMS,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Can't pass in a Cognito token",),
        example="Invalid login token. Can't pass in a Cognito token.",
        meaning="The token was issued by an identity pool, not by a login provider.",
        causes=("a token from GetOpenIdTokenForDeveloperIdentity that was sent to GetId",),
        next_step=next_steps.USE_DEVELOPER_IDENTITY,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Invalid login token. Incorrect token audience",),
        example="Invalid login token. Incorrect token audience.",
        meaning="The identity pool does not list the client ID (aud) of the token for its issuer.",
        causes=(
            (
                "an app client that was added later, such as a web client in addition to a mobile "
                "client"
            ),
            "an app client that was replaced in the user pool, but not in the identity pool",
        ),
        next_step=next_steps.add_client_id_to_pool,
    ),
    CatalogEntry(
        errors.LoginTokenRejected,
        code=NOT_AUTHORIZED,
        texts=("Invalid login token",),
        example="Invalid login token.",
        meaning="Amazon Cognito rejected the login token; only the message states the reason.",
        causes=(
            (
                "a user who signed out, or was disabled or deleted, if the identity pool checks "
                "each token with the user pool (ServerSideTokenCheck)"
            ),
        ),
        next_step=next_steps.check_token,
    ),
    CatalogEntry(
        errors.UnsupportedLoginProvider,
        code=NOT_AUTHORIZED,
        texts=(
            "Token is not from a supported provider",
            "does not have identity providers configured",
        ),
        example="Token is not from a supported provider of this identity pool.",
        meaning="The identity pool does not list the token's issuer, or does not list the token's "
        "app client.",
        causes=(
            "an app client (aud) that the identity pool does not list, such as a web client",
            (
                "the wrong identity pool, or an identity pool whose login providers were replaced by "
                "an update"
            ),
        ),
        next_step=next_steps.add_provider_to_pool,
    ),
)

_IDENTITIES = (
    CatalogEntry(
        errors.UnauthenticatedAccessDisabled,
        code=NOT_AUTHORIZED,
        texts=("Unauthenticated access is not supported",),
        example="Unauthenticated access is not supported for this identity pool.",
        meaning="No login was sent, and the identity pool does not allow guests.",
        causes=(
            "credentials that were requested before the user signed in",
            "an identity pool in which guest access is disabled",
        ),
        next_step=next_steps.sign_in_or_enable_guests,
    ),
    CatalogEntry(
        errors.IdentityForbidden,
        code=NOT_AUTHORIZED,
        texts=("Access to Identity",),
        example="Access to Identity '…' is forbidden.",
        meaning="The identity belongs to a user, and no login token of that user was sent.",
        causes=(
            "a stored identity ID of a user who has since signed out",
            "a guest identity that was merged into the identity of a user",
        ),
        next_step=next_steps.use_own_identity,
    ),
    CatalogEntry(
        errors.LoginsMismatch,
        code=NOT_AUTHORIZED,
        texts=("Logins don't match",),
        example="Logins don't match. Please include at least one valid login for this identity or "
        "identity pool.",
        meaning="The login token is valid, but linked to another identity.",
        causes=(
            "an identity ID that was stored for another user of the device",
            "an identity ID from another identity pool or stage",
        ),
        next_step=next_steps.check_identity_owner,
    ),
    CatalogEntry(
        errors.IdentityPoolNotFound,
        code=NOT_FOUND,
        texts=("IdentityPool '",),
        example="IdentityPool '…' not found.",
        meaning="The identity pool does not exist in this region.",
        causes=(
            "the wrong region",
            "an identity pool that was deleted and re-created, and therefore has a new ID",
        ),
        next_step=next_steps.check_pool_id,
    ),
    CatalogEntry(
        errors.IdentityNotFound,
        code=NOT_FOUND,
        texts=("Identity '",),
        example="Identity '…' not found.",
        meaning="The identity no longer exists. A provider that was created from an identity pool "
        "ID, not from an identity ID, requests a new identity ID automatically.",
        causes=("a stored identity ID whose identity or identity pool was deleted",),
        next_step=next_steps.get_new_identity,
    ),
    CatalogEntry(
        errors.ResourceConflictException,
        code="ResourceConflictException",
        meaning="A login is already linked to another identity.",
        causes=("an identity that is already linked to another user of the same login provider",),
        next_step=next_steps.resolve_conflict,
    ),
)

_ROLES_AND_FLOWS = (
    CatalogEntry(
        errors.RoleDenied,
        code=NOT_AUTHORIZED,
        texts=("ambiguous role mapping",),
        example="The ambiguous role mapping rules for: … denied this request.",
        meaning="The role mapping of the identity pool assigns no role to this user.",
        causes=(
            ("a user whose groups have no role, if the role mapping takes roles from the token"),
            "rules that do not match the user, if unmatched users are denied",
        ),
        next_step=role_steps.choose_role,
    ),
    CatalogEntry(
        errors.BasicFlowDisabled,
        code=INVALID_PARAMETER,
        texts=("with RoleMappings",),
        example="Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        meaning="The basic (classic) flow does not work in an identity pool with role mappings.",
        causes=(
            (
                "a role mapping for any login provider of the identity pool, even if a guest sent the "
                "request"
            ),
        ),
        next_step=role_steps.REMOVE_ROLE_MAPPINGS,
    ),
    CatalogEntry(
        errors.BasicFlowDisabled,
        code=INVALID_PARAMETER,
        texts=("flow is not enabled",),
        example="Basic (classic) flow is not enabled, please use enhanced flow.",
        meaning="The identity pool does not allow the basic (classic) flow.",
        causes=(
            (
                "an identity pool that was created in the console, which disables the flow by default"
            ),
        ),
        next_step=role_steps.ENABLE_BASIC_FLOW,
    ),
    CatalogEntry(
        errors.InvalidIdentityPoolConfigurationException,
        code="InvalidIdentityPoolConfigurationException",
        example="Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        meaning="The identity pool has no role for this kind of identity, or the role does not trust "
        "the identity pool.",
        causes=(
            "no role for guests, or no role for authenticated identities",
            (
                "a trust policy that names another identity pool, or the wrong kind of identity "
                "(authenticated or unauthenticated)"
            ),
            "claims that are mapped to tags, and a trust policy that does not allow sts:TagSession",
        ),
        next_step=role_steps.set_pool_role,
    ),
)

_DEVELOPER_IDENTITIES = (
    CatalogEntry(
        errors.InvalidParameterException,
        code="InvalidParameterException",
        texts=("does not support the specified developer provider",),
        example="This identity pool does not support the specified developer provider",
        meaning="The provider name is not the developer provider name of the identity pool.",
        causes=(
            "an identity pool without a developer provider",
            "the name of another identity pool's developer provider",
        ),
        next_step="Use the DeveloperProviderName that DescribeIdentityPool returns, or add a developer provider to the identity pool (console: User access, "
        "Add identity provider, Custom developer provider).",
    ),
    CatalogEntry(
        errors.DeveloperUserAlreadyRegisteredException,
        code="DeveloperUserAlreadyRegisteredException",
        example="The provided developer user identifier is already registered with Cognito under a "
        "different identity ID.",
        meaning="The developer user is already linked to another identity.",
        causes=("a request with the identity ID of a guest or of another user",),
        next_step="Omit IdentityId to use the existing identity, or merge both identities with "
        "MergeDeveloperIdentities.",
    ),
)

_CODES = (
    CatalogEntry(
        errors.NotAuthorizedException,
        code=NOT_AUTHORIZED,
        meaning="Amazon Cognito denied the request for a reason that only the message states.",
        next_step=next_steps.RUN_DOCTOR,
        is_catch_all=True,
    ),
    CatalogEntry(
        errors.InvalidParameterException,
        code=INVALID_PARAMETER,
        texts=("valid public provider",),
        example="Please provide a valid public provider.",
        meaning="This operation does not accept the login provider name.",
        causes=("the name of a developer provider among the logins",),
        next_step=role_steps.CALL_DEVELOPER_OPERATION,
    ),
    CatalogEntry(
        errors.InvalidParameterException,
        code=INVALID_PARAMETER,
        meaning="Amazon Cognito rejected a parameter of the request.",
        next_step=role_steps.correct_parameter,
        is_catch_all=True,
    ),
    CatalogEntry(
        errors.ResourceNotFoundException,
        code=NOT_FOUND,
        meaning="A resource that the request names does not exist in this region.",
        next_step="Check the ID that the message names, and its region.",
        is_catch_all=True,
    ),
    CatalogEntry(
        errors.TooManyRequestsException,
        code="TooManyRequestsException",
        example="Rate exceeded",
        meaning="The account's quota of requests per second is exhausted.",
        causes=(
            "an application that calls GetId for every request instead of storing the identity ID",
            "many processes or devices that start at the same time",
        ),
        next_step=next_steps.REDUCE_REQUESTS,
    ),
    CatalogEntry(
        errors.LimitExceededException,
        code="LimitExceededException",
        meaning="A limit of the AWS account has been reached.",
        next_step=next_steps.REQUEST_HIGHER_LIMIT,
    ),
    CatalogEntry(
        errors.ExternalServiceException,
        code="ExternalServiceException",
        meaning="The login provider did not respond to Amazon Cognito.",
        next_step=next_steps.retry_provider_later,
    ),
    CatalogEntry(
        errors.InternalErrorException,
        code="InternalErrorException",
        meaning="The service reported an internal error.",
        next_step=next_steps.RETRY_LATER,
    ),
    CatalogEntry(
        errors.ValidationException,
        code="ValidationException",
        texts=("at 'customRoleArn'",),
        example="1 validation error detected: Value '…' at 'customRoleArn' failed to satisfy "
        "constraint: …",
        meaning="The value for the custom role is not an ARN.",
        causes=("the name of a role instead of its ARN",),
        next_step=role_steps.USE_ROLE_ARN,
    ),
    CatalogEntry(
        errors.ValidationException,
        code="ValidationException",
        texts=("DurationSeconds exceeds",),
        example="The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        meaning="The requested session is longer than the role allows.",
        next_step=next_steps.shorten_duration,
    ),
    CatalogEntry(
        errors.ValidationException,
        code="ValidationException",
        example="1 validation error detected: Value '…' at 'identityPoolId' failed to satisfy "
        "constraint: …",
        meaning="The request contains an invalid value.",
        causes=(
            "a user pool ID, an ARN or an empty string instead of an identity pool ID",
            "an empty login token, because the user is not signed in",
        ),
        next_step="Correct the value. The message names the parameter, for example identityPoolId, "
        "and the constraint.",
    ),
)

COGNITO_ERRORS = (*_LOGINS, *_IDENTITIES, *_ROLES_AND_FLOWS, *_DEVELOPER_IDENTITIES, *_CODES)
