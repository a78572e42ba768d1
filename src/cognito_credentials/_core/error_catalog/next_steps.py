"""What to do about each refusal, in words for somebody who reads a traceback.

Every function here takes the facts of a call and returns one or two sentences. What comes from a
token is quoted with `repr`, for whoever made the token chose its characters.
"""

from __future__ import annotations

from cognito_credentials._core.endpoints import get_developer_provider_name, get_region
from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_providers import (
    derive_provider_name,
    is_id_token_provider,
    is_user_pool,
)
from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cognito_credentials._core.call_context import CallContext

_LONGEST_QUOTE = 200


# --- logins -----------------------------------------------------------------------------------


def expired(facts: CallContext) -> str:
    logins = facts.logins
    ended = [(expiry, key) for key, claims in _id_tokens(facts) if (expiry := get_expiry(claims))]
    if logins is None or not ended:
        return "Sign in again, and give a callable that returns a fresh token in its place."
    key = min(ended)[1]
    if key in logins.refreshable_names:
        return (
            f"The supplier of {key!r} gave a token that is past its time: it must sign in again "
            "or use a refresh token. One with a parameter named refresh is told so by refresh=True."
        )
    return (
        f"The token in logins[{key!r}] is fixed. Sign in again, and give a callable that returns a "
        "fresh token in its place, such as FileToken or CommandToken."
    )


def wrong_issuer(facts: CallContext) -> str:
    for key, claims in _id_tokens(facts):
        issuer = claims.get("iss")
        if isinstance(issuer, str) and derive_provider_name(issuer) != key:
            right_key = derive_provider_name(issuer)
            return f"The issuer of this token is {shown(issuer)}: write {right_key!r}, not {key!r}."
    return "A login key is its issuer's address without https:// and without a slash at the end."


def signature(facts: CallContext) -> str:
    ends = [expiry for _, claims in _id_tokens(facts) if (expiry := get_expiry(claims))]
    old = (
        f" It names {iso_timestamp(min(ends))} as its end: issuers change their keys."
        if ends
        else ""
    )
    return (
        "The keys of a new user pool or issuer take a moment to be known. If it stays so, the "
        "token was changed on its way, or its issuer's published keys are not those it signs with "
        f"(only RSA is accepted).{old}"
    )


def not_a_jwt(facts: CallContext) -> str:
    keys = [
        key
        for key in _keys(facts)
        if is_id_token_provider(key) and facts.logins and facts.logins.get_claims(key) is None
    ]
    if _keys(facts) and not keys:
        return "Pass the ID token as it was issued: nothing before it (such as Bearer) or after it."
    named = f"The token under {', '.join(map(repr, keys))} is no JWT. " if keys else ""
    return (
        f"{named}Pass an ID token there, not an access token or a code; only graph.facebook.com, "
        "www.amazon.com, api.twitter.com and www.digits.com take other tokens."
    )


STATUS_ALONE = (
    "The service gives its reasons: something between here and it may have answered in its place. "
    "Check endpoint_url and any proxy."
)


NO_AUDIENCE = (
    "This is an access token. Pass the ID token (IdToken in a user pool's answer): only that "
    "one names the app client it was made for."
)


NO_CLAIM = "Pass an ID token as its issuer signed it: it needs iss, aud, sub and exp."


MADE_BY_A_POOL = (
    "An identity pool made this token for an identity id. Give both together, as "
    "logins=DeveloperIdentity(...): GetId is then not called."
)


SIGN_IN_AGAIN = "Sign in again: the user may have been signed out, disabled or deleted since."


def add(facts: CallContext) -> str:
    pool = facts.identity_pool_id or "the identity pool"
    what = providers(facts) or "the provider that issued the token, with its app client"
    return f"Add to the identity providers of {pool}: {what}."


def providers(facts: CallContext) -> str:
    """Describe what a pool must list for these logins; "" where there are none."""
    wanted = [_provider(key, claims) for key, claims in _id_tokens(facts)]
    wanted += [
        f"{key} with the id of the app that got the token"
        for key in _keys(facts)
        if not is_id_token_provider(key)
    ]
    return "; ".join(wanted)


def _provider(key: str, claims: Mapping[str, Any]) -> str:
    # An OpenID Connect provider's own client is in azp where there are several audiences.
    audience = claims.get("aud") if is_user_pool(key) else claims.get("azp") or claims.get("aud")
    issuer = claims.get("iss", key)
    return f"issuer {shown(issuer)} with client id (aud) {shown(audience)}"


# --- identities -------------------------------------------------------------------------------


def guests(facts: CallContext) -> str:
    pool = facts.identity_pool_id or "the pool"
    return (
        f"Give logins=..., or switch guest access on for {pool} (console: User access, Guest "
        "access; API: AllowUnauthenticatedIdentities)."
    )


def forbidden(facts: CallContext) -> str:
    if not _keys(facts):
        return (
            "This identity belongs to a user who signed in, or was merged into another one. Give "
            "that user's logins, or get a new guest identity from the pool."
        )
    return (
        "These logins do not open this identity: it was merged into another one, or belongs to "
        "another user. Let from_cognito_identity_pool find the identity of these logins."
    )


def mismatch(facts: CallContext) -> str:
    keys = ", ".join(map(repr, _keys(facts))) or "none"
    return (
        f"Identity {facts.identity_id or '(unknown)'} is linked to none of the logins given "
        f"({keys}). It is another user's, or of another pool than "
        f"{facts.identity_pool_id or 'the one where these logins are configured'}. Check the pool "
        "id, and whose identity id was stored; from_cognito_identity_pool finds the right one."
    )


def no_pool(facts: CallContext) -> str:
    return f"Check the id: the pool was deleted, or is not in {_region(facts)}."


def no_identity(facts: CallContext) -> str:
    return (
        f"The identity was deleted, or its pool was, or it is not in {_region(facts)}. "
        "from_cognito_identity_pool gets a new one by itself."
    )


def conflict(facts: CallContext) -> str:
    keys = ", ".join(map(repr, _keys(facts)))
    return (
        f"An identity has one user of each provider, and a user one identity: one of {keys} is "
        "linked elsewhere already. Use that user's own identity, or unlink the login first."
    )


# --- roles and flows --------------------------------------------------------------------------


def role_denied(facts: CallContext) -> str:
    roles: list[str] = []
    for _, claims in _id_tokens(facts):
        value = claims.get("cognito:roles")
        # An array in real tokens, a string with commas in the developer guide.
        names = value.split(",") if isinstance(value, str) else value
        roles += map(shown, _items(names))
    if facts.role_arn is not None:
        listed = f": {', '.join(roles)}" if roles else " (it names none)"
        return (
            f"custom_role_arn {facts.role_arn!r} must be one of the roles in the token's "
            f"cognito:roles{listed}. Where the pool chooses by rules, it takes no custom role."
        )
    if roles:
        return f"The pool could not choose. Pass custom_role_arn as one of: {', '.join(roles)}."
    return (
        "No rule of the pool's role mapping fits this user, and the token names no role. Put the "
        "user into a group with a role, add a rule, or let the mapping use the default role."
    )


BASIC_FLOW_OFF = (
    "Leave basic_flow out, or switch the flow on (console: Identity pool properties, Basic "
    "(classic) authentication; API: AllowClassicFlow)."
)


BASIC_FLOW_MAPPINGS = (
    "Leave basic_flow out, or remove the role mappings from all the pool's identity providers "
    "(console: User access, the provider, Role settings)."
)


PUBLIC_PROVIDER = (
    "The name of a developer provider is no login key here. Let your back end call "
    "GetOpenIdTokenForDeveloperIdentity, and give its answer as logins=DeveloperIdentity(...)."
)


def parameter(facts: CallContext) -> str:
    if facts.role_arn is None:
        return ""
    return (
        "Leave custom_role_arn out, or let the pool take the role from the token (console: User "
        "access, the provider, Role settings). It is for no guest, and not where rules choose."
    )


def pool_roles(facts: CallContext) -> str:
    kind = "authenticated" if _keys(facts) else "unauthenticated (guest)"
    return f"The pool needs a role for {kind} identities that exists in its account. {trust(facts)}"


def trust(facts: CallContext) -> str:
    """Describe the trust policy that the developer guide asks for."""
    key, audience, amr = _trusted(facts)
    return (
        f"The trust policy of {facts.role_arn or 'that role'} must allow Principal "
        f'{{"Federated": "{key}"}} the actions sts:AssumeRoleWithWebIdentity and (where the pool '
        f'maps claims to tags) sts:TagSession, on the conditions StringEquals "{key}:aud": '
        f'"{audience}" and ForAnyValue:StringLike "{key}:amr": "{amr}".'
    )


def trust_policy(facts: CallContext) -> dict[str, Any]:
    """Return the same as a document for IAM."""
    key, audience, amr = _trusted(facts)
    actions = ["sts:AssumeRoleWithWebIdentity"]
    if _keys(facts):  # a guest has no claims that could become tags
        actions.append("sts:TagSession")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": key},
                "Action": actions,
                "Condition": {
                    "StringEquals": {f"{key}:aud": audience},
                    "ForAnyValue:StringLike": {f"{key}:amr": amr},
                },
            }
        ],
    }


def _trusted(facts: CallContext) -> tuple[str, str, str]:
    key = get_developer_provider_name(_region(facts, unknown="us-east-1"))
    audience = facts.identity_pool_id or "the identity pool id"
    return key, audience, "authenticated" if _keys(facts) else "unauthenticated"


# --- the services themselves, and STS ---------------------------------------------------------


TOO_MANY_REQUESTS = (
    "The account's quota for the region is used up. By default GetId has 25 calls a second, "
    "GetCredentialsForIdentity and GetOpenIdToken 200. Keep identity ids "
    "(cache=...) and credentials (provider.cached()), or ask for a higher quota."
)


LIMIT = "A limit of the AWS account is reached: see Service Quotas for Amazon Cognito."


def external(facts: CallContext) -> str:
    keys = ", ".join(map(repr, _keys(facts))) or "The login provider"
    return f"{keys} did not answer Amazon Cognito: try again later."


INTERNAL = "The service failed: try again later, and see the AWS health page."


def duration(facts: CallContext) -> str:
    role = facts.role_arn or "the role"
    return f"Raise the maximum session duration of {role}, or ask for fewer duration_seconds."


ORGANIZATION = (
    "A resource control policy of the AWS organization denies calls without credentials: its "
    "administrator must exempt Amazon Cognito identity pools."
)


STS_EXPIRED = "The pool's token lives ten minutes: the call to STS came too late. Try again."


PACKED_POLICY = "Make the session policy shorter, or map fewer or shorter claims to principal tags."


POLICY_DOCUMENT = (
    "Check the policy and policy_arns given to BasicFlow against the IAM policy grammar."
)


def region_disabled(facts: CallContext) -> str:
    return f"Switch STS on for {_region(facts)} in the account settings of IAM."


# --- helpers ----------------------------------------------------------------------------------


def _keys(facts: CallContext) -> tuple[str, ...]:
    return () if facts.logins is None else tuple(facts.logins.tokens)


def _id_tokens(facts: CallContext) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in _keys(facts):
        if facts.logins is not None and is_id_token_provider(key):
            claims = facts.logins.get_claims(key)
            if claims is not None:
                yield key, claims


def _region(facts: CallContext, *, unknown: str = "this region") -> str:
    known = facts.identity_pool_id or facts.identity_id
    return unknown if known is None else get_region(known)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def shown(value: Any) -> str:
    """Quote a claim: it may be of any type and any length."""
    if items := _items(value):
        return ", ".join(map(shown, items[:5]))
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
