"""Messages from AWS services that other programs receive.

These messages occur when credentials are used, when an identity pool is administered, and in back
ends that use developer-authenticated identities. The rows of `_from_catalog` recognize messages from
the error catalog even without their error code.
"""

from __future__ import annotations

from cognito_credentials._core import guest_policy
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog import entry_for_reason, role_steps
from cognito_credentials.cli.explanations.known_error import KnownError
from cognito_credentials.cli.reporting.hints import command_wording

__all__ = ["SERVICE_MESSAGES"]


def _allow_for_guests(action: str) -> str:
    """Return the next step for an action that a session policy denies."""
    if guest_policy.allows(action):
        return (
            f"Add {action} to your own session policy (BasicFlow). Amazon Cognito does not deny the "
            "action to guests."
        )
    return (
        f"In the enhanced flow, Amazon Cognito denies guests {action}, even if their role allows it. Sign "
        "the user in, or use the basic flow (--role-arn)."
    )


def _from_catalog(pattern: str, reason: str, example: str) -> KnownError:
    """Return a row with the catalog's explanation, for a message that lacks the error code."""
    entry = entry_for_reason(reason)
    assert entry is not None
    return KnownError(
        pattern,
        example,
        entry.meaning,
        command_wording(entry.next_step(CallContext())),
        causes=entry.causes,
        reason=reason,
    )


_ACTION = r"(?P<action>[a-z0-9-]{2,40}:[A-Za-z0-9]{2,64})\b"
_ALLOW_THE_ACTION = (
    "Add the action to a policy of the identity's role (`cognito-credentials whoami` shows the role) "
    "for the resource that the message names."
)

_USE_OF_CREDENTIALS = (
    KnownError(
        rf"because no session policy allows the {_ACTION}",
        "… is not authorized to perform: … because no session policy allows the ec2:RunInstances action",
        "A session policy limits the session to fewer permissions than its role has.",
        _allow_for_guests,
        causes=("the enhanced flow, in which Amazon Cognito limits guests to some services",),
    ),
    KnownError(
        rf"because no identity-based policy allows the (?!cognito-identity:){_ACTION}",
        "… is not authorized to perform: … because no identity-based policy allows the s3:GetObject "
        "action",
        "The policies of the identity's role do not allow this action.",
        _ALLOW_THE_ACTION,
        causes=(
            ("the wrong role (guests and authenticated identities have different roles)"),
            (
                "a resource ARN in the policy that does not match, for example because of a "
                "wildcard or the identity ID"
            ),
        ),
    ),
    KnownError(
        r"CognitoIdentityCredentials is not authorized to perform: (?!cognito-identity:|iam:Pass)",
        "User: …/CognitoIdentityCredentials is not authorized to perform: s3:GetObject",
        "The credentials are valid, but do not allow this action.",
        _ALLOW_THE_ACTION,
        causes=(
            "a guest in the enhanced flow",
            "a role that does not allow the action or the resource",
        ),
    ),
    KnownError(
        r"explicit deny in a resource control policy",
        "… with an explicit deny in a resource control policy",
        "A resource control policy of the AWS organization denies the request.",
        "If Amazon Cognito or AWS STS denied the request, ask the administrator of the organization to "
        "exempt Amazon Cognito identity pools from the policy, because their requests are not signed. "
        "Otherwise, ask for an exception for the action.",
        reason="access-denied",
    ),
    KnownError(
        r"is not authorized to perform: cognito-identity:(?!GetOpenIdTokenForDeveloperIdentity)",
        "User: … is not authorized to perform: cognito-identity:ListIdentityPools",
        (
            "The operation requires a signature, and the signer's policies do not allow the "
            "operation."
        ),
        "Sign the request with the credentials of an administrator of the identity pool, not "
        "with credentials of its identities.",
    ),
    KnownError(
        r"not authorized to perform: iam:PassRole|Access to Role '[^']*' is forbidden",
        "Access to Role '…' is forbidden.",
        "Only a user with permission to pass a role can set it as a role of an identity pool.",
        "Allow iam:PassRole on the role for the user who calls SetIdentityPoolRoles.",
    ),
    KnownError(
        r"security token included in the request is expired|provided token has expired"
        r"|\bRequestExpired\b|Request has expired"
        # Without a message, the code may also come from AWS STS and refer to a login token.
        r"|^(?!.*(Token expired:|AssumeRoleWithWebIdentity)).*\bExpiredToken(Exception)?\b",
        "The security token included in the request is expired",
        "The credentials have expired. The enhanced flow issues credentials for one hour.",
        "Let the program fetch new credentials: use a profile with credential_process, or "
        "`cognito-credentials exec` or `serve`, instead of copied variables.",
        causes=(
            "an AWS_SESSION_TOKEN that was exported an hour ago",
            "a presigned URL that has expired, or whose credentials have expired",
            "for RequestExpired from EC2, a wrong clock",
        ),
    ),
    KnownError(
        r"security token included in the request is invalid|\bInvalidClientTokenId\b"
        r"|\bUnrecognizedClientException\b|\bInvalidAccessKeyId\b|\bInvalidToken\b"
        r"|not able to validate the provided access credentials",
        "The security token included in the request is invalid.",
        "The access key does not exist, or does not belong to the session token.",
        "Pass all three values from the same response: access key ID, secret access key and "
        "session token. If the credentials come from the store of this program, run "
        "`cognito-credentials cache clear`.",
        causes=(
            "a session token that is missing",
            "a region that the account has not enabled",
            "an emulator's credentials that were sent to AWS",
            "stored credentials of an emulator that was restarted",
        ),
    ),
    KnownError(
        r"Signature (expired|not yet current)|\bRequestTimeTooSkewed\b|\bInvalidSignatureException\b"
        r"|\bSignatureDoesNotMatch\b",
        "InvalidSignatureException: Signature expired: …",
        "AWS rejected the signature of the request, because its time is wrong, or because it differs from "
        "the signature that AWS computes.",
        "Set the clock of this machine (`cognito-credentials doctor` compares it with the "
        "service's clock), and check the secret access key.",
        causes=("a clock that is more than five minutes off", "a wrong secret access key"),
    ),
    KnownError(
        r"Missing Authentication Token|\bMissingAuthenticationToken",
        "Missing Authentication Token",
        "The operation requires a signature, but the request was not signed.",
        "Sign the request with an administrator's credentials. Among the operations of identity pools, only "
        "GetId, GetOpenIdToken, GetCredentialsForIdentity and UnlinkIdentity need no signature.",
    ),
    KnownError(
        r"found where not expected|_VALUE cannot be converted to|cannot be converted to (a )?(String|Map|List)"
        r"|Invalid type for parameter|Expected (list|map|null|string|structure)",
        "Start of list found where not expected",
        "A member of the request has a JSON type that the operation does not expect.",
        "Compare the members with the API reference. Logins, for example, is a map from login provider "
        "names to tokens, not a list.",
        causes=("a list instead of a map or a string", "a number or an object instead of a string"),
    ),
    KnownError(
        r"\bSerializationException\b",
        "SerializationException",
        "The service could not read the request.",
        "Check the body of the request, which must be a JSON object, and the types of its members; then "
        "check endpoint_url and any proxy.",
        causes=(
            "a member with a JSON type that the operation does not expect",
            "a request that a proxy modified",
        ),
    ),
    KnownError(
        r"\bUnknownOperationException\b",
        "UnknownOperationException",
        "The service does not support the operation that the request names.",
        "Check endpoint_url, the region and the header X-Amz-Target of the request.",
        causes=("the endpoint URL of another service", "a misspelled operation"),
    ),
)

_STS = (
    KnownError(
        r"No OpenIDConnect provider found",
        "No OpenIDConnect provider found in your account for …",
        "The account has no IAM identity provider for the issuer of the token.",
        "Send the token to the identity pool, or create the identity provider in IAM. For a token "
        "from an identity pool, the role's trust policy must name the principal "
        "cognito-identity.amazonaws.com.",
        reason="invalid-identity-token",
    ),
    KnownError(
        r"ID Token provided is not a valid JWT|Issuer must be a valid URL",
        "The ID Token provided is not a valid JWT.",
        "AWS STS received a token that is not an ID token.",
        "Send AWS STS the token that GetOpenIdToken returned.",
        causes=("an access token, or a truncated token",),
        reason="invalid-identity-token",
    ),
    KnownError(
        r"Couldn't retrieve verification key",
        "Couldn't retrieve verification key from your identity provider, …",
        "AWS STS could not fetch the keys of the issuer.",
        "Make the issuer's /.well-known/openid-configuration and jwks_uri reachable from the "
        "internet.",
        reason="invalid-identity-token",
    ),
    _from_catalog(
        r"Token expired: current date/time", "expired-token", "Token expired: current date/time …"
    ),
    _from_catalog(
        r"Packed size of session tags|Serialized token too large",
        "packed-policy-too-large",
        "Serialized token too large for session",
    ),
)

_DEVELOPER_IDENTITIES = (
    _from_catalog(
        r"already registered with Cognito under a different identity",
        "developer-user-already-registered",
        "The provided developer user identifier is already registered with Cognito under a different "
        "identity ID.",
    ),
    KnownError(
        r"Access to this identity pool is forbidden",
        "Access to this identity pool is forbidden.",
        "The identity pool has no such developer user; identifiers are case-sensitive.",
        "Check the developer user identifier and the identity pool ID.",
    ),
)

_ADMINISTRATION = (
    KnownError(
        r"at '(\w+\.)*\w*arn' failed to satisfy|at '\w*arns?(\.\w+)*' failed to satisfy"
        r"|\barn: invalid prefix|malformed arn|\binvalid arn\b|(must be|is not) an? (valid )?ARN"
        r"|Invalid length for parameter \w*Arn\b|\bArnParse|is an invalid ARN|\bARN is invalid"
        r"|\bValidationError\b[^:]{0,100}: \S+ is invalid",
        "Value '…' at 'resourceArn' failed to satisfy constraint: …",
        "The request requires an ARN, but contains another value, such as an ID or a name.",
        "Pass the full ARN: arn:aws:iam::ACCOUNT:role/NAME for a role, "
        "arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/REGION:UUID for an identity pool.",
        causes=("an identity pool ID, a user pool ID or the name of a role instead of the ARN",),
        reason="validation",
    ),
    KnownError(
        r"is not a valid RoleMapping ProviderName",
        "(…) is not a valid RoleMapping ProviderName or is not a configured provider.",
        "The key of a role mapping does not name a login provider of the identity pool.",
        "For a user pool, use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID, without "
        "https://; for OpenID Connect and SAML, use the ARN of the provider.",
    ),
    KnownError(
        r"number of rules in the request exceeded",
        "The number of rules in the request exceeded 25.",
        "A role mapping can have at most 25 rules.",
        "Use fewer rules, or take the role from the token.",
    ),
    KnownError(
        r"Invalid Cognito Identity Provider",
        "Invalid Cognito Identity Provider",
        "The provider name of a user pool is malformed.",
        "Set ProviderName to cognito-idp.REGION.amazonaws.com/USER_POOL_ID, with a ClientId.",
    ),
    KnownError(
        r"Identity provider \S+ is not valid for account",
        "Identity provider … is not valid for account …",
        "The SAML provider is not in the identity pool's account.",
        "Create the provider in the identity pool's account.",
    ),
    KnownError(
        r"at 'developerProviderName' failed to satisfy",
        "Value '…' at 'developerProviderName' failed to satisfy constraint: …",
        "The name of a developer provider contains characters other than letters, digits and . _ "
        "-.",
        "Choose another name (console: User access; API: UpdateIdentityPool).",
        reason="validation",
    ),
    _from_catalog(
        r"Invalid identity pool configuration",
        "invalid-identity-pool-configuration",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    ),
    KnownError(
        r"CustomRoleArn is not",
        "CustomRoleArn is not supported with rule based role mappings.",
        "The identity pool does not accept a custom role for this identity.",
        role_steps.OMIT_CUSTOM_ROLE.for_command,
        reason="invalid-parameter",
    ),
    KnownError(
        r"\bConcurrentModificationException\b",
        "ConcurrentModificationException",
        "Two requests changed the identity pool at the same time.",
        "Try again.",
    ),
    _from_catalog(r"\bRate exceeded\b", "too-many-requests", "Rate exceeded"),
    _from_catalog(
        r"\bvalidation errors? detected\b", "validation", "1 validation error detected: …"
    ),
)

SERVICE_MESSAGES = (*_USE_OF_CREDENTIALS, *_STS, *_DEVELOPER_IDENTITIES, *_ADMINISTRATION)
