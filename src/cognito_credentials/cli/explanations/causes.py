"""What an error means and what usually causes it, for `explain`.

The texts of Amazon Cognito and AWS STS that this package meets are those of `refusals.py`, with the
fixes there; here is what they mean, by the error's `reason`.
"""

from __future__ import annotations

__all__ = ["CAUSES", "FIXES", "MEANINGS", "TRUST"]

# By reason: the meaning, and the fix where no text has one.
MEANINGS = {
    "configuration": (
        "An argument, an environment variable or a line of the AWS config file is wrong.",
        "The message names it, and where it came from. cognito-credentials doctor shows them all.",
    ),
    "credentials-unavailable": (
        "Nothing is configured to try with.",
        "Configure a pool.",
    ),
    "login-token": (
        "A login's token could not be had, or is nothing that can be sent.",
        "Run its command, or read its file, by hand: it must give the token alone.",
    ),
    "access-token-given": (
        "An access token was given where an ID token is needed.",
        "Give the ID token (IdToken in a user pool's answer).",
    ),
    "issuer-mismatch": (
        "The token was issued by another issuer than its login key says.",
        "Write the key that the message shows: the issuer's address without https://.",
    ),
    "not-a-jwt": (
        "The login's provider issues JSON Web Tokens, and this is none.",
        "Give the ID token, not a code, a refresh token or an opaque access token.",
    ),
    "transport": (
        "No answer came: DNS, the connection, TLS or a proxy failed.",
        "cognito-credentials doctor says which of them.",
    ),
    "request-timeout": (
        "No answer came in time.",
        "Check the network and the proxy; cognito-credentials doctor tries each step.",
    ),
    "malformed-response": (
        "An answer came that is not the service's.",
        "Check endpoint_url, and what stands between here and the service.",
    ),
    "expired-on-arrival": (
        "The credentials had expired before they could be used, by the service's own clock.",
        "Try again if this machine was suspended; otherwise check endpoint_url and any proxy.",
    ),
    "refresh-timeout": (
        "Another caller's fetch, which this one waited for, took longer than it may.",
        "A login's source or a store may hang: the message says which.",
    ),
    "login-token-expired": ("The login's token is past its time.", ""),
    "login-token-rejected": (
        "The login's token is not what its key promises.",
        "The message says which: issuer, form, missing claim or signature. Explain it whole.",
    ),
    "unsupported-login-provider": (
        "The pool does not know the token's issuer, or not the app client it was made for.",
        "",
    ),
    "logins-mismatch": (
        "The token is good, but is linked to another identity than the one that was asked for.",
        "",
    ),
    "identity-forbidden": (
        "The identity belongs to somebody who signed in, and no login of theirs was sent.",
        "",
    ),
    "unauthenticated-access-disabled": (
        "The pool gives nothing to guests, and no login was sent.",
        "",
    ),
    "role-denied": ("The pool's role mapping gives this user no role.", ""),
    "not-authorized": ("The service refuses.", "Read the message."),
    "invalid-parameter": (
        "The service does not accept a parameter.",
        "Read the message.",
    ),
    "basic-flow-disabled": ("The pool does not allow the basic (classic) flow.", ""),
    "identity-pool-not-found": ("There is no such identity pool in this region.", ""),
    "identity-not-found": ("There is no such identity any more.", ""),
    "resource-not-found": ("There is no such thing in this region.", "Read the message."),
    "resource-conflict": ("A login is linked to another identity already.", ""),
    "invalid-identity-pool-configuration": (
        "The pool has no role for this caller, or the role does not trust the pool.",
        "",
    ),
    "limit-exceeded": ("A limit of the AWS account is reached.", ""),
    "too-many-requests": ("The account's quota of calls per second is used up.", ""),
    "external-service": ("The login provider did not answer Amazon Cognito.", ""),
    "internal-error": ("The service failed.", ""),
    "validation": (
        "A value has not the form that the service asks for.",
        "The message names the member (as 'identityPoolId') and what it must be like.",
    ),
    "access-denied": ("A policy denies the call.", "Read the message."),
    "invalid-identity-token": (
        "AWS STS does not accept the token.",
        "The role's trust policy must name the pool's id as audience.",
    ),
    "expired-token": ("The token was past its time when STS got it.", ""),
    "packed-policy-too-large": ("Session policies and tags together are too large.", ""),
    "malformed-policy-document": ("A session policy is no policy document.", ""),
    "service-error": (
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


TRUST = (
    "The role must exist in the pool's account. Its trust policy must allow Principal "
    '{"Federated": "cognito-identity.amazonaws.com"} the action sts:AssumeRoleWithWebIdentity (and '
    "sts:TagSession, where claims are mapped to tags), on the conditions that aud is the pool's id "
    "and amr authenticated, or for guests unauthenticated. cognito-credentials doctor prints it."
)

# By the text in `refusals.py`, or by reason: in place of a hint that is made of a call's facts.
FIXES = {
    "Incorrect token audience": TRUST,
    "invalid-identity-pool-configuration": TRUST,
    "login-token-expired": "Sign in again, and give the new ID token, from where there is a fresh one "
    "each time; cognito-credentials login signs in and keeps the session by itself.",
    "logins-mismatch": "Check the pool's id, and whose identity id was stored: a provider for the "
    "pool finds the right one, one for an identity takes what it is given.",
    "resource-conflict": "Use the identity of that user, or unlink the login from it first.",
    "sts:AssumeRoleWithWebIdentity": TRUST,
}
