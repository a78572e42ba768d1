"""What an error means and what usually causes it, for `explain`.

The texts of Amazon Cognito and AWS STS that this package meets are those of `refusals.py`, with the
fixes there; here is what they mean, by the error's `reason`. Below are the texts that only others
meet: who sets a pool up, and who uses the credentials.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CAUSES", "FIXES", "MEANINGS", "OTHERS", "Other"]

_SENT = "before-anything-is-sent"
_NO_ANSWER = "no-usable-answer"
_COGNITO = "amazon-cognito-refused"
_STS = "aws-sts-refused-basic-flow"
ELSEWHERE = "said-elsewhere"

# By reason: the section of docs/troubleshooting.md, the meaning, and the fix where no text has one.
MEANINGS = {
    "configuration": (
        _SENT,
        "An argument, an environment variable or a line of the AWS config file is wrong.",
        "The message names it, and where it came from. cognito-credentials doctor shows them all.",
    ),
    "credentials-unavailable": (
        _SENT,
        "Nothing is configured to try with.",
        "Configure a pool.",
    ),
    "login-token": (
        _SENT,
        "A login's token could not be had, or is nothing that can be sent.",
        "Run its command, or read its file, by hand: it must give the token alone.",
    ),
    "access-token-given": (
        _SENT,
        "An access token was given where an ID token is needed.",
        "Give the ID token (IdToken in a user pool's answer).",
    ),
    "issuer-mismatch": (
        _SENT,
        "The token was issued by another issuer than its login key says.",
        "Write the key that the message shows: the issuer's address without https://.",
    ),
    "not-a-jwt": (
        _SENT,
        "The login's provider issues JSON Web Tokens, and this is none.",
        "Give the ID token, not a code, a refresh token or an opaque access token.",
    ),
    "transport": (
        _NO_ANSWER,
        "No answer came: DNS, the connection, TLS or a proxy failed.",
        "cognito-credentials doctor says which of them.",
    ),
    "request-timeout": (
        _NO_ANSWER,
        "No answer came in time.",
        "Check the network and the proxy; cognito-credentials doctor tries each step.",
    ),
    "malformed-response": (
        _NO_ANSWER,
        "An answer came that is not the service's.",
        "Check endpoint_url, and what stands between here and the service.",
    ),
    "expired-on-arrival": (
        _NO_ANSWER,
        "The credentials that came were over, by the service's own clock.",
        "Something answered from a cache: check endpoint_url and any proxy.",
    ),
    "refresh-timeout": (
        _NO_ANSWER,
        "Another caller's fetch, which this one waited for, took longer than it may.",
        "A login's source or a store may hang: the message says which.",
    ),
    "login-token-expired": (_COGNITO, "The login's token is past its time.", ""),
    "login-token-rejected": (
        _COGNITO,
        "The login's token is not what its key promises.",
        "The message says which: issuer, form, missing claim or signature. Explain it whole.",
    ),
    "unsupported-login-provider": (
        _COGNITO,
        "The pool does not know the token's issuer, or not the app client it was made for.",
        "",
    ),
    "logins-mismatch": (
        _COGNITO,
        "The token is good, but is linked to another identity than the one that was asked for.",
        "",
    ),
    "identity-forbidden": (
        _COGNITO,
        "The identity belongs to somebody who signed in, and no login of theirs was sent.",
        "",
    ),
    "unauthenticated-access-disabled": (
        _COGNITO,
        "The pool gives nothing to guests, and no login was sent.",
        "",
    ),
    "role-denied": (_COGNITO, "The pool's role mapping gives this user no role.", ""),
    "not-authorized": (_COGNITO, "The service refuses.", "Read the message."),
    "invalid-parameter": (
        _COGNITO,
        "The service does not accept a parameter.",
        "Read the message.",
    ),
    "basic-flow-disabled": (_COGNITO, "The pool does not allow the basic (classic) flow.", ""),
    "identity-pool-not-found": (_COGNITO, "There is no such identity pool in this region.", ""),
    "identity-not-found": (_COGNITO, "There is no such identity any more.", ""),
    "resource-not-found": (_COGNITO, "There is no such thing in this region.", "Read the message."),
    "resource-conflict": (_COGNITO, "A login is linked to another identity already.", ""),
    "invalid-identity-pool-configuration": (
        _COGNITO,
        "The pool has no role for this caller, or the role does not trust the pool.",
        "",
    ),
    "limit-exceeded": (_COGNITO, "A limit of the AWS account is reached.", ""),
    "too-many-requests": (_COGNITO, "The account's quota of calls per second is used up.", ""),
    "external-service": (_COGNITO, "The login provider did not answer Amazon Cognito.", ""),
    "internal-error": (_COGNITO, "The service failed.", ""),
    "validation": (
        _COGNITO,
        "A value has not the form that the service asks for.",
        "The message names the member (as 'identityPoolId') and what it must be like.",
    ),
    "access-denied": (_STS, "A policy denies the call.", "Read the message."),
    "invalid-identity-token": (
        _STS,
        "AWS STS does not accept the token.",
        "The role's trust policy must name the pool's id as audience.",
    ),
    "expired-token": (_STS, "The token was past its time when STS got it.", ""),
    "packed-policy-too-large": (_STS, "Session policies and tags together are too large.", ""),
    "malformed-policy-document": (_STS, "A session policy is no policy document.", ""),
    "service-error": (
        _STS,
        "A service refused with a code that is not in the list.",
        "A status alone, such as 403, is more often a proxy's answer: check endpoint_url.",
    ),
}

# By the text in `refusals.py`, or by reason: what usually causes it.
CAUSES: dict[str, tuple[str, ...]] = {
    "login-token-expired": (
        "a token that was fetched once, and is sent again an hour later",
        "a device whose clock stopped while it slept, so that it trusts an old token",
    ),
    "Issuer doesn't match providerName": (
        "https:// or a closing slash in the login key",
        "a user pool's id of another region or stage",
    ),
    "Couldn't verify signed token": (
        "a user pool that was made a moment ago",
        "a token that was cut or changed on its way, or signed by a test issuer",
    ),
    "Not a valid OpenId Connect": (
        "an access token or a code in place of the ID token",
        "Bearer before the token, or a line break in it",
        "a made-up key such as 'Facebook' for graph.facebook.com",
    ),
    "Missing a required claim: aud": ("a user pool's access token in place of its ID token",),
    "Missing a required claim": ("a token that was not made for signing in",),
    "Can't pass in a Cognito token": (
        "the token of GetOpenIdTokenForDeveloperIdentity sent to GetId",
    ),
    "login-token-rejected": ("a user who was signed out, disabled or deleted",),
    "unsupported-login-provider": (
        "an app client (aud) that the identity pool does not list, such as the web client",
        "the wrong identity pool, or one whose providers were replaced by an update",
    ),
    "logins-mismatch": (
        "an identity id that was stored for another user of this device",
        "an identity id of another pool or stage",
    ),
    "identity-forbidden": (
        "a stored identity id, and a user who has signed out since",
        "a guest identity that was merged into a user's",
    ),
    "unauthenticated-access-disabled": (
        "credentials that were asked for before the user had signed in",
        "guest access that is off in the pool",
    ),
    "role-denied": (
        "a user in no group that has a role, where the mapping takes roles from the token",
        "rules of which none fits, with Deny as the answer for that",
    ),
    "flow is not enabled": ("a pool made in the console, which switches the flow off",),
    "with RoleMappings": ("a role mapping of any of the pool's providers, for guests too",),
    "identity-pool-not-found": (
        "the wrong region",
        "a pool that was deleted and made again: it has another id",
    ),
    "identity-not-found": ("a stored identity id whose identity or pool was deleted",),
    "resource-conflict": ("a second user of one provider on one identity",),
    "invalid-identity-pool-configuration": (
        "no role set for guests, or none for those who sign in",
        "a trust policy with the id of another pool, or for the other kind of identity",
        "claims mapped to tags, and a trust policy without sts:TagSession",
    ),
    "too-many-requests": (
        "GetId called each time in place of a stored identity id",
        "many processes or devices that start at once",
    ),
    "validation": (
        "a user pool's id, an ARN or an empty text in place of an identity pool's id",
        "an empty token: the user is not signed in",
    ),
    "access-denied": (
        "a trust policy with the id of another pool, or for the other kind of identity",
    ),
    "invalid-identity-token": ("a trust policy with the id of another pool",),
    "packed-policy-too-large": ("long claims mapped to principal tags",),
}


_TRUST = (
    "The role must exist in the pool's account. Its trust policy must allow Principal "
    '{"Federated": "cognito-identity.amazonaws.com"} the action sts:AssumeRoleWithWebIdentity (and '
    "sts:TagSession, where claims are mapped to tags), on the conditions that aud is the pool's id "
    "and amr authenticated, or for guests unauthenticated. cognito-credentials doctor prints it."
)

# By the text in `refusals.py`, or by reason: in place of a hint that is made of a call's facts.
FIXES = {
    "Incorrect token audience": _TRUST,
    "invalid-identity-pool-configuration": _TRUST,
    "logins-mismatch": "Check the pool's id, and whose identity id was stored: a provider for the "
    "pool finds the right one, one for an identity takes what it is given.",
    "resource-conflict": "Use the identity of that user, or unlink the login from it first.",
    "sts:AssumeRoleWithWebIdentity": _TRUST,
}


class Other:
    """A text that this package does not meet itself; `pattern` is looked for in it.

    A pattern may name the group `action`. `reason` is of the nearest row, "" for none.
    """

    __slots__ = ("causes", "fix", "meaning", "pattern", "reason")

    def __init__(
        self,
        pattern: str,
        meaning: str,
        fix: str,
        *,
        causes: Sequence[str] = (),
        reason: str = "",
    ) -> None:
        self.pattern = pattern
        self.meaning = meaning
        self.fix = fix
        self.causes = causes
        self.reason = reason


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
        r"(security token included in the request is expired|provided token has expired)"
        r"|\bRequestExpired\b",
        "Credentials were used that are over: they last an hour.",
        "Let the program get new ones: a profile with credential_process, or cognito-credentials "
        "exec or serve, in place of copied variables.",
        causes=("AWS_SESSION_TOKEN exported an hour ago",),
    ),
    Other(
        r"security token included in the request is invalid|\bInvalidClientTokenId\b"
        r"|\bUnrecognizedClientException\b",
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
        MEANINGS["too-many-requests"][1],
        "Keep identity ids and credentials, or ask AWS for a higher quota.",
        reason="too-many-requests",
    ),
    Other(
        r"\bvalidation errors? detected\b",
        MEANINGS["validation"][1],
        MEANINGS["validation"][2],
        causes=CAUSES["validation"],
        reason="validation",
    ),
)
