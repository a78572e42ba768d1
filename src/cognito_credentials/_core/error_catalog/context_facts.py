"""Facts about a call, taken from its `CallContext`: region, logins and claims of ID tokens.

The claims of a token are external text; `quote_claim` makes them printable and short.
"""

from __future__ import annotations

from cognito_credentials._core.endpoints import get_region
from cognito_credentials._core.jwt_claims import get_expiry, get_time
from cognito_credentials._core.login_providers import (
    is_id_token_provider,
    is_saml_provider,
    is_user_pool,
)
from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cognito_credentials._core.call_context import CallContext

__all__ = [
    "describe_providers",
    "describe_tokens",
    "earliest_expiry",
    "id_token_claims",
    "provider_names",
    "quote_claim",
    "quoted_provider_names",
    "region_of_call",
    "roles_in_tokens",
]

MAX_QUOTE_LENGTH = 200
MAX_QUOTED_ITEMS = 5


def provider_names(context: CallContext) -> tuple[str, ...]:
    """Return the login provider names of the call."""
    return () if context.logins is None else tuple(context.logins.tokens)


def quoted_provider_names(context: CallContext) -> str:
    """Return the login provider names of the call, quoted for a message."""
    return ", ".join(map(repr, provider_names(context)))


def id_token_claims(context: CallContext) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the provider name and the claims of each login token that is a JWT."""
    for name in provider_names(context):
        if context.logins is not None and is_id_token_provider(name):
            claims = context.logins.get_claims(name)
            if claims is not None:
                yield name, claims


def earliest_expiry(context: CallContext) -> tuple[float, str] | None:
    """Return the earliest expiry of an ID token (seconds since 1970) and its provider, or None."""
    expiries = [
        (expiry, name)
        for name, claims in id_token_claims(context)
        if (expiry := get_expiry(claims))
    ]
    return min(expiries, default=None)


def roles_in_tokens(context: CallContext) -> list[str]:
    """Return the role ARNs in the tokens' `cognito:roles` claims, quoted for a message."""
    roles: list[str] = []
    for _, claims in id_token_claims(context):
        value = claims.get("cognito:roles")
        # The claim is an array in real tokens, but a comma-separated string in the developer guide.
        roles += map(quote_claim, _items(value.split(",") if isinstance(value, str) else value))
    return roles


def describe_providers(context: CallContext) -> str:
    """Describe the providers that the identity pool must list for the logins; "" for a guest."""
    described = [_describe_issuer(name, claims) for name, claims in id_token_claims(context)]
    described += [
        f"SAML provider {name}"
        if is_saml_provider(name)
        else f"{name} with the ID of the app that obtained the token"
        for name in provider_names(context)
        if not is_id_token_provider(name)
    ]
    return "; ".join(described)


def describe_tokens(context: CallContext) -> str:
    """Describe the issuer, audience and times of each ID token; "" if there is no ID token."""
    return "; ".join(
        ", ".join([_describe_issuer(name, claims), *_describe_times(claims)])
        for name, claims in id_token_claims(context)
    )


def _describe_times(claims: Mapping[str, Any]) -> Iterator[str]:
    for name, text in (("iat", "issued at"), ("nbf", "valid from"), ("exp", "expires at")):
        seconds = get_time(claims, name)
        if seconds is not None:
            yield f"{text} {iso_timestamp(seconds)}"


def _describe_issuer(name: str, claims: Mapping[str, Any]) -> str:
    # If an ID token from an OpenID Connect provider contains the claim azp, the client ID is in
    # azp, not in aud.
    audience, party = quote_claim(claims.get("aud")), claims.get("azp")
    client = f"client ID (aud) {audience}"
    if party and not is_user_pool(name) and quote_claim(party) != audience:
        client = f"client ID (azp) {quote_claim(party)} for the audience (aud) {audience}"
    return f"issuer {quote_claim(claims.get('iss', name))} with {client}"


def region_of_call(context: CallContext, *, unknown: str = "this region") -> str:
    """Return the region of the identity pool or identity, or `unknown` if the call has no ID."""
    pool_or_identity_id = context.identity_pool_id or context.identity_id
    return unknown if pool_or_identity_id is None else get_region(pool_or_identity_id)


def quote_claim(value: Any) -> str:
    """Return a claim of any type as printable text that is short enough for a message."""
    if items := _items(value):
        return ", ".join(map(quote_claim, items[:MAX_QUOTED_ITEMS]))
    text = repr(value)
    return text if len(text) <= MAX_QUOTE_LENGTH else f"{text[:MAX_QUOTE_LENGTH]}…"


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
