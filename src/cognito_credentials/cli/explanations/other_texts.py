"""Texts that this package does not meet itself, for `explain`.

Who sets a pool up meets them, who keeps developer-authenticated identities, and who uses the
credentials.
"""

from __future__ import annotations

from typing import NamedTuple

from cognito_credentials.cli.explanations.causes import CAUSES, MEANINGS, TRUST

__all__ = ["OTHERS", "Other"]


class Other(NamedTuple):
    """A text that this package does not meet itself; `pattern` is looked for in it.

    A pattern may name the group `action`. `reason` is of the nearest row, "" for none.
    """

    pattern: str
    meaning: str
    fix: str
    causes: tuple[str, ...] = ()
    reason: str = ""


_ACTION = r"(?P<action>[a-z0-9-]{2,40}:[A-Za-z0-9]{2,64})\b"
_CONSOLE = "Change the pool's settings (console: User access; API: UpdateIdentityPool)."

OTHERS = (
    # Who uses the credentials
    Other(
        rf"because no session policy allows the {_ACTION}",
        "A session policy stands between the role and this action.",
        "",  # said by what the action is
        causes=("a guest of the enhanced flow, which Amazon Cognito narrows",),
    ),
    Other(
        rf"because no identity-based policy allows the {_ACTION}",
        "The role's own policies do not allow this action.",
        "Add the action to a policy of the role that the identity has (cognito-credentials whoami "
        "shows it), for the resource that the message names.",
        causes=(
            "the pool's other role: guests and those who sign in have one each",
            "a resource whose ARN differs by a wildcard or by the identity id",
        ),
    ),
    Other(
        r"CognitoIdentityCredentials is not authorized to perform: (?!cognito-identity:|iam:Pass)",
        "The identity's credentials are good, but do not allow this action.",
        "Add the action to the role that the identity has.",
        causes=("a guest of the enhanced flow", "a role without the action or the resource"),
    ),
    Other(
        r"explicit deny in a resource control policy",
        "A policy of the AWS organization denies calls without credentials.",
        "Its administrator must exempt Amazon Cognito identity pools.",
        reason="access-denied",
    ),
    Other(
        r"is not authorized to perform: cognito-identity:",
        "The call is not public: it is signed, and the caller's own policies do not allow it.",
        "Call it with the credentials of somebody who administers the pool, not with those of the "
        "pool's identities.",
    ),
    Other(
        r"not authorized to perform: iam:PassRole|Access to Role '[^']*' is forbidden",
        "Who sets a pool's roles must be allowed to pass them.",
        "Allow iam:PassRole on the role to whoever calls SetIdentityPoolRoles.",
    ),
    Other(
        r"security token included in the request is expired|provided token has expired"
        r"|\bRequestExpired\b|Request has expired"
        # The code alone may be AWS STS's, of a token.
        r"|^(?!.*(Token expired:|AssumeRoleWithWebIdentity)).*\bExpiredToken(Exception)?\b",
        "Credentials were used that are over: they last an hour.",
        "Let the program get new ones: a profile with credential_process, or cognito-credentials "
        "exec or serve, in place of copied variables.",
        causes=("AWS_SESSION_TOKEN exported an hour ago",),
    ),
    Other(
        r"security token included in the request is invalid|\bInvalidClientTokenId\b"
        r"|\bUnrecognizedClientException\b|\bInvalidAccessKeyId\b|\bInvalidToken\b"
        r"|not able to validate the provided access credentials",
        "The key and the session token do not belong together, or there is no such key.",
        "Give all three: access key id, secret access key and session token, of one answer.",
        causes=("a session token that was left out", "keys of an emulator sent to AWS"),
    ),
    Other(
        r"Signature (expired|not yet current)|\bRequestTimeTooSkewed\b|\bInvalidSignatureException\b"
        r"|\bSignatureDoesNotMatch\b",
        "The request's signature is not the one that AWS computes.",
        "Set this machine's clock (cognito-credentials doctor compares it), and check the secret "
        "access key.",
        causes=("a clock that is more than five minutes off",),
    ),
    Other(
        r"Missing Authentication Token|\bMissingAuthenticationToken",
        "The call must be signed, and was not.",
        "Only GetId, GetOpenIdToken, GetCredentialsForIdentity and UnlinkIdentity are public: call "
        "others with an administrator's credentials.",
    ),
    Other(
        r"\bUnknownOperationException\b|\bSerializationException\b",
        "The service could not read the request.",
        "Check endpoint_url: this may be another service's, or something between has changed the "
        "request.",
    ),
    # AWS STS
    Other(
        r"No OpenIDConnect provider found",
        "The account has no IAM identity provider for the token's issuer.",
        "Send the token to the identity pool, or make the provider in IAM. For a pool's own token, "
        "the role's trust policy must name cognito-identity.amazonaws.com as principal.",
        reason="invalid-identity-token",
    ),
    Other(
        r"ID Token provided is not a valid JWT|Issuer must be a valid URL",
        "AWS STS got something that is no ID token.",
        "Send the token of GetOpenIdToken; the classes here do so by themselves.",
        causes=("an access token, or a token that was cut",),
        reason="invalid-identity-token",
    ),
    Other(
        r"Couldn't retrieve verification key",
        "AWS STS could not fetch the issuer's keys.",
        "The issuer's /.well-known/openid-configuration and its jwks_uri must answer from the "
        "internet.",
        reason="invalid-identity-token",
    ),
    Other(
        r"Token expired: current date/time",
        "The token was past its time when AWS STS got it.",
        "A pool's token lives ten minutes: get another one, and check the clock.",
        reason="expired-token",
    ),
    Other(
        r"Packed size of session tags|Serialized token too large",
        "The session's tags and policies together are too large.",
        "Map fewer or shorter claims to principal tags, or make the session policy shorter.",
        reason="packed-policy-too-large",
    ),
    # Developer-authenticated identities
    Other(
        r"does not support the specified developer provider",
        "The name in Logins is not the pool's developer provider.",
        "Write it as DeveloperProviderName of DescribeIdentityPool has it.",
    ),
    Other(
        r"already registered with Cognito under a different identity|"
        r"\bDeveloperUserAlreadyRegisteredException\b",
        "This developer user has another identity already.",
        "Leave IdentityId out to get that one, or join the two with MergeDeveloperIdentities.",
    ),
    Other(
        r"Access to this identity pool is forbidden",
        "The pool has no such developer user; identifiers are compared with their case.",
        "Check the identifier, and the pool's id.",
    ),
    # Who sets a pool up
    Other(
        r"is not a valid RoleMapping ProviderName",
        "A role mapping's key is not one of the pool's providers.",
        "For a user pool it is cognito-idp.REGION.amazonaws.com/POOL:CLIENT, without https://; for "
        "OpenID Connect and SAML the provider's ARN.",
    ),
    Other(
        r"number of rules in the request exceeded",
        "A role mapping takes 25 rules.",
        "Use fewer, or take the role from the token.",
    ),
    Other(
        r"Invalid Cognito Identity Provider",
        "A user pool's provider name has the wrong form.",
        "Write ProviderName as cognito-idp.REGION.amazonaws.com/POOL, with a ClientId.",
    ),
    Other(
        r"Identity provider \S+ is not valid for account",
        "A SAML provider must be in the pool's own account.",
        "Make the provider in this account.",
    ),
    Other(
        r"at 'developerProviderName' failed to satisfy",
        "A developer provider's name takes letters, digits and . _ - only.",
        _CONSOLE,
        reason="validation",
    ),
    Other(
        r"Invalid identity pool configuration",
        MEANINGS["invalid-identity-pool-configuration"][0],
        TRUST,
        causes=CAUSES["invalid-identity-pool-configuration"],
        reason="invalid-identity-pool-configuration",
    ),
    Other(
        r"CustomRoleArn",
        "The pool takes no CustomRoleArn here.",
        "Leave it out, or let the pool take the role from the token: it is for no guest, and not "
        "where rules choose.",
        reason="invalid-parameter",
    ),
    Other(
        r"\bConcurrentModificationException\b",
        "Two calls changed the pool at once.",
        "Try again.",
    ),
    Other(
        r"\bRate exceeded\b",
        MEANINGS["too-many-requests"][0],
        "Keep identity ids and credentials, or ask AWS for a higher quota.",
        reason="too-many-requests",
    ),
    Other(
        r"\bvalidation errors? detected\b",
        MEANINGS["validation"][0],
        MEANINGS["validation"][1],
        causes=CAUSES["validation"],
        reason="validation",
    ),
)
