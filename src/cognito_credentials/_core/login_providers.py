"""Login keys: the names by which Amazon Cognito knows who signed a user in.

The keys are those of the Cognito developer guide. The key of an OpenID Connect issuer (a user pool
is one) is the issuer's address without scheme and closing slash: with the slash that Auth0 writes
in its `iss`, the service answers "Issuer doesn't match providerName".
"""

from __future__ import annotations

__all__ = [
    "AMAZON",
    "APPLE",
    "DIGITS",
    "FACEBOOK",
    "GOOGLE",
    "TWITTER",
    "derive_provider_name",
    "is_id_token_provider",
    "is_identity_pool_issuer",
    "is_user_pool",
]

FACEBOOK = "graph.facebook.com"
GOOGLE = "accounts.google.com"
AMAZON = "www.amazon.com"
APPLE = "appleid.apple.com"
TWITTER = "api.twitter.com"
DIGITS = "www.digits.com"

_OPAQUE = frozenset((FACEBOOK, AMAZON, TWITTER, DIGITS))


def derive_provider_name(issuer: str) -> str:
    """Return the login key of a token's `iss`; both of Google's spellings give one key."""
    for scheme in ("https://", "http://"):
        if issuer.startswith(scheme):
            issuer = issuer.removeprefix(scheme)
            break
    return issuer.rstrip("/")


def is_user_pool(key: str) -> bool:
    return key.startswith("cognito-idp.") and "/" in key


def is_identity_pool_issuer(key: str) -> bool:
    """Whether this is the key of tokens that identity pools themselves make, in any partition."""
    return key.startswith("cognito-identity.")


def is_id_token_provider(key: str) -> bool:
    """Whether a user's token under this key is an ID token; an unknown key is an issuer's host."""
    return not (key in _OPAQUE or key.startswith("arn:") or is_identity_pool_issuer(key))
