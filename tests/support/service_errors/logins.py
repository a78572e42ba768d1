"""Login tokens that the service rejects. Most of the requests call GetId.

GetCredentialsForIdentity, GetOpenIdToken, UnlinkIdentity and GetOpenIdTokenForDeveloperIdentity
verify login tokens in the same way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from saml_provider import saml_token
from service_texts import (
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    KEYLESS,
    OIDC,
    OWN,
    USER_POOL,
    make_token,
)

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.rows import (
    CODE_ONLY,
    CONFIRMED,
    DOCUMENTED,
    INFERRED,
    INVENTED,
    IP,
    NA,
    PUBLISHED,
    RC,
    UNVERIFIED,
    Evidence,
    Row,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from service_texts import TextsWorld

UNSUPPORTED = "Token is not from a supported provider of this identity pool."
NOT_A_TOKEN = "Invalid login token. Not a valid OpenId Connect identity token."
OWN_TOKEN = "Invalid login token. Can't pass in a Cognito token."
TWITTER = "api.twitter.com"

SIGNATURES = "aws-sdk-js#3408 (2016 to 2020); ministack has `Token signature invalid.`"


def login_row(
    title: str,
    key: str,
    token: Callable[[TextsWorld], str],
    message: str,
    evidence: Evidence,
    source: str = "",
) -> Row:
    return Row(
        title,
        "GetId",
        lambda world: {"IdentityPoolId": world.pool, "Logins": {key: token(world)}},
        NA,
        message,
        evidence,
        source,
    )


def saml_row(
    title: str,
    token: Callable[[], str],
    message: str,
    evidence: Evidence,
    source: str = "",
    *,
    is_configured: bool = True,
) -> Row:
    def make_request(world: TextsWorld) -> dict[str, Any]:
        pool = world.saml_pool if is_configured else world.pool
        return {"IdentityPoolId": pool, "Logins": {world.saml_arn: token()}}

    return Row(title, "GetId", make_request, NA, message, evidence, source)


def sign_out(world: TextsWorld) -> dict[str, Any]:
    users = world.account.user_pool()
    users.sign_up("ann")
    logins = users.logins("ann")
    world.account.client("cognito-idp").admin_user_global_sign_out(
        UserPoolId=users.id, Username="ann"
    )
    provider = {"ProviderName": users.provider, "ClientId": users.client_id}
    pool = world.account.pool(CognitoIdentityProviders=[{**provider, "ServerSideTokenCheck": True}])
    return {"IdentityPoolId": pool, "Logins": logins}


def delete_user(world: TextsWorld) -> dict[str, Any]:
    provider = {"ProviderName": USER_POOL, "ClientId": CLIENT, "ServerSideTokenCheck": True}
    pool = world.account.pool(CognitoIdentityProviders=[provider])
    # The emulator has neither this user nor the user pool, as if both had been deleted.
    return {"IdentityPoolId": pool, "Logins": world.logins()}


def second_google_user(world: TextsWorld) -> dict[str, Any]:
    first = {GOOGLE: make_token(GOOGLE, "first", "google-client")}
    other = {GOOGLE: make_token(GOOGLE, "second", "google-client")}
    identity = world.identity(logins=first | world.logins("first"))
    return {"IdentityId": identity, "Logins": world.logins("first") | other}


def stop_responding(token: str) -> None:
    raise TimeoutError


def unavailable_provider(world: TextsWorld) -> dict[str, Any]:
    world.service.set_token_verifier(TWITTER, stop_responding)
    pool = world.make_pool(SupportedLoginProviders={TWITTER: "key;secret"})
    return {"IdentityPoolId": pool, "Logins": {TWITTER: "token;secret"}}


LOGINS = [
    Row(
        "the pool has no providers",
        "GetId",
        lambda w: {"IdentityPoolId": w.bare_pool, "Logins": w.logins()},
        NA,
        "Identity pool - <IdentityPoolId> does not have identity providers configured.",
        CONFIRMED,
        PUBLISHED,
    ),
    login_row(
        "the application (`aud`) of the token is not configured",
        USER_POOL,
        lambda _: make_token(audience="another"),
        UNSUPPORTED,
        CONFIRMED,
        "amazon-cognito-identity-js#371",
    ),
    login_row(
        "the provider is not configured",
        "nobody.example.com",
        lambda _: make_token("nobody.example.com"),
        UNSUPPORTED,
        CONFIRMED,
        "amazon-cognito-identity-js#7",
    ),
    login_row(
        "the OpenID Connect provider in IAM does not list the application",
        OIDC,
        lambda _: make_token(OIDC, audience="another"),
        UNSUPPORTED,
        INFERRED,
    ),
    login_row(
        "the Facebook token belongs to another application",
        FACEBOOK,
        lambda _: "other-app",
        UNSUPPORTED,
        CONFIRMED,
        "amazon-cognito-identity-js#7",
    ),
    login_row(
        "the provider is not configured (Amazon)",
        "www.amazon.com",
        lambda _: "t",
        UNSUPPORTED,
        CONFIRMED,
        "amazon-cognito-identity-js#7",
    ),
    *(
        login_row(
            "the login provider name differs from the issuer (`iss`)",
            key,
            lambda _: make_token(),
            "Invalid login token. Issuer doesn't match providerName",
            CONFIRMED,
            "aws-sdk-android#222, amplify-flutter#3478",
        )
        for key in (f"https://{USER_POOL}", OIDC)
    ),
    login_row(
        "the token has expired",
        USER_POOL,
        lambda _: make_token(exp=1_000_000_000),
        "Invalid login token. Token expired: <now> >= 1000000000",
        CONFIRMED,
        PUBLISHED,
    ),
    login_row(
        "the key ID (`kid`) is unknown",
        USER_POOL,
        lambda _: make_token(key="k2"),
        UNVERIFIED,
        CONFIRMED,
        SIGNATURES,
    ),
    login_row(
        "the signature is wrong",
        USER_POOL,
        lambda _: make_token()[:-8] + "AAAAAAAA",
        UNVERIFIED,
        CONFIRMED,
        SIGNATURES,
    ),
    login_row(
        "the keys of the issuer are not available",
        KEYLESS,
        lambda _: make_token(KEYLESS, audience="web"),
        UNVERIFIED,
        INVENTED,
    ),
    login_row(
        "the provider is unknown, and the token is not a JWT",
        "Facebook",
        lambda _: "EAAB",
        NOT_A_TOKEN,
        CONFIRMED,
        "flutter_cognito_plugin#13",
    ),
    login_row(
        "the provider is a user pool, and the token is not a JWT",
        USER_POOL,
        lambda _: "opaque",
        NOT_A_TOKEN,
        CONFIRMED,
        "passport-google-oauth2#20",
    ),
    *(
        login_row(
            f"the token has no `{claim}`",
            USER_POOL,
            lambda _, claim=claim: make_token(without=[claim]),  # type: ignore[misc]
            f"Invalid login token. Missing a required claim: {claim}",
            CONFIRMED if claim == "aud" else INFERRED,
            "amazon-cognito-identity-js#7" if claim == "aud" else "",
        )
        for claim in ("aud", "iss", "sub", "exp")
    ),
    *(
        login_row(
            f"the token for `{key}` is an OpenID token of an identity pool",
            key,
            lambda w: w.developer("ann")["Token"],
            OWN_TOKEN,
            CONFIRMED,
            "aws-sdk-net#420",
        )
        for key in (OWN, USER_POOL, "nobody.example.com")
    ),
    Row(
        "the login provider is the developer provider",
        "GetId",
        lambda w: {"IdentityPoolId": w.pool, "Logins": {DEVELOPER: "ann"}},
        IP,
        "Please provide a valid public provider.",
        CONFIRMED,
        PUBLISHED,
    ),
    login_row(
        "Facebook rejects the token",
        FACEBOOK,
        lambda _: "unknown",
        UnconfirmedText.BAD_OPAQUE_TOKEN,
        INVENTED,
    ),
    Row(
        "Twitter does not respond",
        "GetId",
        unavailable_provider,
        "ExternalServiceException",
        UnconfirmedText.PROVIDER_NOT_RESPONDING.format(provider=TWITTER),
        DOCUMENTED,
        "API reference, GetId",
    ),
    saml_row(
        "the SAML assertion has expired",
        lambda: saml_token(now=1_000_000_000),
        "Invalid login token. Token expired: <milliseconds> >= 1000000300000",
        CONFIRMED,
        "amazon-cognito-identity-js#684",
    ),
    saml_row(
        "the SAML response is signed with another key",
        lambda: saml_token(now=time.time(), key="other"),
        UNVERIFIED,
        INFERRED,
    ),
    saml_row(
        "the SAML provider is not configured",
        lambda: saml_token(now=time.time()),
        UNSUPPORTED,
        INFERRED,
        is_configured=False,
    ),
    saml_row(
        "the token is not a SAML response",
        lambda: "opaque",
        UnconfirmedText.NOT_A_SAML_RESPONSE,
        INVENTED,
    ),
    Row(
        "the user signed out everywhere (`ServerSideTokenCheck`)",
        "GetId",
        sign_out,
        NA,
        UnconfirmedText.SIGNED_OUT,
        CODE_ONLY,
        "stackd",
    ),
    Row(
        "the user was deleted (`ServerSideTokenCheck`)",
        "GetId",
        delete_user,
        NA,
        UnconfirmedText.SIGNED_OUT,
        DOCUMENTED,
        "API reference, CognitoIdentityProvider",
    ),
    Row(
        "the identity already has another user of the provider",
        "GetCredentialsForIdentity",
        second_google_user,
        RC,
        UnconfirmedText.ALREADY_LINKED.format(identity_id="<IdentityId>", provider=GOOGLE),
        DOCUMENTED,
        "developer guide, Authentication flow",
    ),
]
