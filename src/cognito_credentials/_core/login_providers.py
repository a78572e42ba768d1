"""Login provider names, by which Amazon Cognito identifies the issuers of login tokens.

The names come from the Cognito developer guide. The name of an OpenID Connect issuer, such as a
user pool, is the issuer's URL without the scheme and without a trailing slash. The claim `iss` of
Auth0's tokens ends with a slash; if the name also ends with a slash, the service responds "Issuer
doesn't match providerName".
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

# Providers whose tokens are not JWTs.
_OPAQUE_TOKEN_PROVIDERS = frozenset((FACEBOOK, AMAZON, TWITTER, DIGITS))


def derive_provider_name(issuer: str) -> str:
    """Return the login provider name of an issuer; Google's tokens may omit the scheme."""
    for scheme in ("https://", "http://"):
        if issuer.startswith(scheme):
            issuer = issuer.removeprefix(scheme)
            break
    return issuer.rstrip("/")


def is_user_pool(provider_name: str) -> bool:
    """Return True for the login provider name of a user pool."""
    return provider_name.startswith("cognito-idp.") and "/" in provider_name


def is_saml_provider(provider_name: str) -> bool:
    """Return True for the ARN of a SAML provider, whose login token is a SAML response."""
    return provider_name.startswith("arn:") and ":saml-provider/" in provider_name


def is_identity_pool_issuer(provider_name: str) -> bool:
    """Return True for the provider name of tokens that identity pools issue (in any partition)."""
    return provider_name.startswith("cognito-identity.")


def is_id_token_provider(provider_name: str) -> bool:
    """Return True if this provider's login tokens are ID tokens.

    An unknown name is treated as the host of an OpenID Connect issuer, which issues ID tokens.
    """
    return not (
        provider_name in _OPAQUE_TOKEN_PROVIDERS
        or provider_name.startswith("arn:")
        or is_identity_pool_issuer(provider_name)
    )
