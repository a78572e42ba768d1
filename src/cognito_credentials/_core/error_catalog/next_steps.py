"""Next steps for each error: constants, and functions of a `CallContext`.

A function is also called with an empty `CallContext`, for the general advice in the documentation
and in `cognito-credentials explain`.
"""

from __future__ import annotations

from cognito_credentials._core.error_catalog.codes import is_transient
from cognito_credentials._core.error_catalog.context_facts import (
    describe_providers,
    describe_tokens,
    earliest_expiry,
    id_token_claims,
    provider_names,
    quote_claim,
    quoted_provider_names,
    region_of_call,
)
from cognito_credentials._core.hints import Hint
from cognito_credentials._core.login_providers import (
    derive_provider_name,
    is_id_token_provider,
    is_saml_provider,
)
from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.call_context import CallContext


CHECK_SAML_PROVIDER = (
    "As the login provider name, use the ARN of the SAML provider in IAM; as the token, pass the "
    "identity provider's SAML response, encoded in base64. The identity pool must list the SAML "
    "provider."
)

# --- logins -----------------------------------------------------------------------------------


def replace_login_token(context: CallContext) -> Hint:
    """Return the hint for an expired login token."""
    expiry = earliest_expiry(context)
    if expiry is None or context.logins is None:
        return Hint(
            "Sign in again, and pass {fresh_token} instead of a fixed token.",
            for_command="Sign in again with `cognito-credentials login`, which refreshes the "
            "session automatically, or pass {fresh_token}.",
        )
    provider = expiry[1]
    return replace_token_of_provider(
        provider, is_supplied=provider in context.logins.refreshable_names
    )


def replace_token_of_provider(provider: str, *, is_supplied: bool) -> Hint:
    """Return the hint for the expired token of one login provider."""
    if is_supplied:
        return Hint(
            "Change the supplier for {provider!r}, which returned an expired token, to use a refresh "
            "token or to sign in again. A supplier that accepts a parameter named refresh is called "
            "with refresh=True.",
            for_command="Sign in again and update the --login source for {provider!r}, which "
            "provides an expired token, or use `cognito-credentials login`, which refreshes the "
            "session automatically.",
            provider=provider,
        )
    return Hint(
        "Sign in again, and pass {fresh_token} as logins[{provider!r}] instead of a fixed token.",
        for_command="Sign in again, and update the --login source for {provider!r} with the new "
        "token.",
        provider=provider,
    )


def use_issuer_as_provider(context: CallContext) -> str:
    """Return the hint for a token whose issuer does not match its login provider name."""
    if any(map(is_saml_provider, provider_names(context))):
        return CHECK_SAML_PROVIDER
    for provider, claims in id_token_claims(context):
        issuer = claims.get("iss")
        if isinstance(issuer, str) and derive_provider_name(issuer) != provider:
            return use_provider_name(quote_claim(derive_provider_name(issuer)))
    return (
        "As the login provider name, use the issuer's URL without https:// and without a trailing "
        "slash, for example accounts.google.com."
    )


def use_provider_name(quoted_name: str) -> Hint:
    """Return the hint with the correct login provider name, in quotation marks."""
    return Hint(
        "Use the login provider name {name}; login_from_id_token chooses it automatically.",
        for_command="Use the login provider name {name}.",
        name=quoted_name,
    )


def check_signature(context: CallContext) -> str:
    """Return the hint for a token whose signature the service could not verify."""
    expiry = earliest_expiry(context)
    age = (
        f" The token's expiration time is {iso_timestamp(expiry[0])}. Issuers rotate their keys, "
        "so the key for an old token may no longer be published."
        if expiry
        else ""
    )
    return (
        "If the user pool or issuer is new, try again in a minute. Otherwise check that the token is "
        "complete and unchanged, and that its issuer publishes the RSA key that signed it."
        f"{age}"
    )


def pass_a_jwt(context: CallContext) -> str:
    """Return the hint for a login token that the service cannot read."""
    opaque = [
        name
        for name in provider_names(context)
        if is_id_token_provider(name) and context.logins and context.logins.get_claims(name) is None
    ]
    if any(map(is_saml_provider, provider_names(context))):
        return CHECK_SAML_PROVIDER
    if provider_names(context) and not opaque:
        return "Pass the ID token exactly as it was issued, without a prefix such as Bearer."
    provider = f" for {', '.join(map(repr, opaque))}" if opaque else ""
    return (
        f"Pass an ID token{provider} instead of an access token or an authorization code; only "
        "graph.facebook.com, www.amazon.com, api.twitter.com, www.digits.com and SAML providers accept "
        "other tokens."
    )


FOR_ACCESS_TOKENS = (
    "Pass the ID token (IdToken in the user pool's response) instead of an access token, which has "
    "no audience (aud)."
)

FOR_OPAQUE_TOKENS = (
    "Pass the ID token (IdToken in the user pool's response), not a refresh token, a session or an "
    "authorization code."
)

INCLUDE_ALL_CLAIMS = (
    "Pass the ID token exactly as its issuer signed it; it must contain the claims iss, aud, sub and "
    "exp."
)

USE_DEVELOPER_IDENTITY = Hint(
    "Pass the token together with the identity ID that was issued with it, as "
    "logins=DeveloperIdentity(...).",
    for_command="Pass the ID token from the provider that signed the user in. An identity pool issued "
    "this token for a developer-authenticated identity, which this command does not support.",
)


def check_token(context: CallContext) -> str:
    """Return the hint for a token that the service rejected without a specific reason."""
    tokens = describe_tokens(context)
    if not tokens:
        return (
            "Check that the identity pool lists the token's issuer and client ID (aud), and that "
            "the token has not expired. If both conditions are met, sign in again."
        )
    return (
        f"Compare the token with the login providers of the identity pool: {tokens}. If they match, "
        "sign in again."
    )


def add_client_id_to_pool(context: CallContext) -> str:
    """Return the hint for a token whose audience the identity pool does not accept."""
    return (
        f"{add_provider_to_pool(context)[:-1]}. An identity pool accepts only the client IDs that "
        "it lists for the issuer."
    )


def add_provider_to_pool(context: CallContext) -> str:
    """Return the hint for a token from a provider that the identity pool does not list."""
    providers = describe_providers(context) or (
        "the issuer of the token, with the app client (aud) that the token was issued for"
    )
    return f"Add this login provider to {context.identity_pool_id or 'the identity pool'}: {providers}."


# --- identities -------------------------------------------------------------------------------


def sign_in_or_enable_guests(context: CallContext) -> Hint:
    """Return the hint for a guest in a pool without guest access."""
    return Hint(
        "{sign_in}, or enable guest access for {pool} (console: User access, Guest access; API: "
        "AllowUnauthenticatedIdentities).",
        pool=context.identity_pool_id or "the identity pool",
    )


def use_own_identity(context: CallContext) -> Hint:
    """Return the hint for an identity that the logins of the call cannot use."""
    if not provider_names(context):
        return Hint(
            "Pass a login of the user who owns the identity ({logins}), or get a new guest identity "
            "({pool_provider}).",
            for_command="Sign in as the user who owns the identity (`cognito-credentials login` or "
            "{logins}), or get a new guest identity ({pool_provider}).",
        )
    return Hint(
        "Let the identity pool find the identity for these logins ({pool_provider}). The identity was "
        "merged into another identity, or belongs to another user."
    )


def check_identity_owner(context: CallContext) -> Hint:
    """Return the hint for logins that are not linked to the identity."""
    names, pool = quoted_provider_names(context), context.identity_pool_id
    return Hint(
        "Check the identity pool ID and the stored identity ID: {identity} is not linked to the "
        "logins of the request{names}, but belongs to another user or to {other_pool}. Or let the "
        "identity pool find the identity for these logins ({pool_provider}).",
        identity=f"identity {context.identity_id}" if context.identity_id else "the identity",
        names=f" ({names})" if names else "",
        other_pool=f"a pool other than {pool}" if pool else "another identity pool",
    )


def check_pool_id(context: CallContext) -> str:
    """Return the hint for an unknown identity pool."""
    return (
        f"Check the identity pool ID: the pool was deleted, or is not in {region_of_call(context)}."
    )


def get_new_identity(context: CallContext) -> Hint:
    """Return the hint for an unknown identity."""
    return Hint(
        "Let the identity pool assign a new identity ID ({pool_provider}). The identity or its "
        "identity pool was deleted, or is not in {region}.",
        region=region_of_call(context),
    )


def resolve_conflict(context: CallContext) -> str:
    """Return the hint for a login that is linked to another identity."""
    names = quoted_provider_names(context)
    return (
        f"Use the identity that the login{f' ({names})' if names else ''} is already linked to, or "
        "unlink the login first. In an identity pool, a login is linked to only one identity, and "
        "an identity is linked to at most one user of each login provider."
    )


# --- the services -----------------------------------------------------------------------------

REDUCE_REQUESTS = Hint(
    "Cache identity IDs (cache=...) and credentials (provider.cached()), or request a higher "
    "quota. Each operation has its own quota per account and region. The defaults are 25 GetId, "
    "200 GetCredentialsForIdentity and 200 GetOpenIdToken requests per second.",
    for_command="Try again in a moment, or request a higher quota for the AWS account.",
)

REQUEST_HIGHER_LIMIT = "Request a higher limit in Service Quotas for Amazon Cognito."


def retry_provider_later(context: CallContext) -> str:
    """Return the hint for a login provider that did not respond to the service."""
    provider = quoted_provider_names(context) or "The login provider"
    return f"Try again later. {provider} did not respond to Amazon Cognito."


RETRY_LATER = "Try again later; if the error persists, check the AWS Health Dashboard."


def shorten_duration(context: CallContext) -> Hint:
    """Return the hint for a session that would last longer than its role allows."""
    return Hint(
        "Raise the maximum session duration of {role}, or reduce {duration_seconds}.",
        role=context.role_arn or "the role",
    )


EXEMPT_IDENTITY_POOLS = (
    "Ask the administrator of the AWS organization to exempt Amazon Cognito identity pools from "
    "the resource control policy, which denies requests without credentials."
)

RETRY_STS = (
    "Try again. A token from an identity pool is valid for ten minutes, and this token reached AWS"
    " STS too late."
)

SHORTEN_POLICY = "Shorten the session policy, or map fewer or shorter claims to principal tags."

CORRECT_POLICY = Hint("Check {session_policy} against the IAM policy grammar.")


def activate_region(context: CallContext) -> str:
    """Return the hint for a region in which AWS STS is not activated for the account."""
    return f"In the account settings of IAM, activate AWS STS for {region_of_call(context)}."


CHECK_PROXY = Hint(
    "Check {endpoint_url} and any proxy. The response did not come from Amazon Cognito; a proxy may "
    "have intercepted the request."
)

CHECK_PROXY_TO_STS = Hint(
    "Check {sts_endpoint_url} and any proxy. The response did not come from AWS STS; a proxy may have "
    "intercepted the request."
)

CHECK_RESPONSE = Hint(
    "Check {endpoint_url} and any proxy. A proxy or another server may have responded instead of the "
    "service."
)

CHECK_PROXY_LOGIN = "Check the user name and password in the proxy URL."

ALLOW_HOST_IN_PROXY = (
    "Ask the operator of the proxy to allow connections to the host, or add the host to NO_PROXY "
    "to connect without the proxy."
)

RETRY_AND_CHECK_PROXY = Hint(
    "Try again. If the error persists, check {endpoint_url} and any proxy. The response has no "
    "error code, so a proxy or an emulator may have sent it. For example, if an identity pool does "
    "not exist, moto sends no error code, but `cognito-credentials emulator` sends one."
)


def check_status(http_status: int, operation_name: str) -> str:
    """Return the hint for an error response without an error code."""
    if http_status == 407:  # noqa: PLR2004 - this status means Proxy Authentication Required
        return CHECK_PROXY_LOGIN
    if is_transient("", http_status):
        return RETRY_AND_CHECK_PROXY
    return CHECK_PROXY_TO_STS if operation_name.startswith("Assume") else CHECK_PROXY


CHECK_PROXY_CACHE = Hint(
    "Check this machine's clock and {endpoint_url}. If a proxy is used, it may have returned a "
    "cached response."
)

CHECK_CLOCK_AND_PROXY = Hint(
    "Check this machine's clock, {endpoint_url} and any proxy. The clock is slow, or the response "
    "did not come from an AWS service."
)

RUN_DOCTOR = "Run `cognito-credentials doctor` with the same settings to find the cause."
