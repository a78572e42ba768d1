"""Resources with which a request can cause each error of Amazon Cognito Identity.

The names of the pools describe the conditions under which errors occur. Resources are
created on first use, so running a single test is fast.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from emulated_account import Account
from joserfc import jwt
from joserfc.jwk import RSAKey
from saml_provider import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Texts0001"
CLIENT = "3n4b5urk1ft4fl3mg5e62d9ado"
OIDC = "texts.example.com"
KEYLESS = "127.0.0.1:9"  # No server listens here.
GOOGLE, FACEBOOK = "accounts.google.com", "graph.facebook.com"
OWN = "cognito-identity.amazonaws.com"
DEVELOPER = "login.texts.app"
ACCOUNT = "123456789012"
USER_POOL_MEMBER = {"ProviderName": USER_POOL, "ClientId": CLIENT}
MAPPING_KEY = f"{USER_POOL}:{CLIENT}"


@functools.cache
def make_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name}, auto_kid=False)


def make_token(
    provider: str = USER_POOL,
    subject: str = "alice",
    audience: str = CLIENT,
    *,
    key: str = "k1",
    without: Sequence[str] = (),
    **claims: Any,
) -> str:
    payload: dict[str, Any] = {
        "iss": f"https://{provider}",
        "aud": audience,
        "sub": subject,
        "exp": int(time.time()) + 600,
        "iat": int(time.time()),
        **claims,
    }
    for name in without:
        del payload[name]
    header = {"alg": "RS256", "kid": key}
    return jwt.encode(header, payload, make_key(key), algorithms=["RS256"])


class TextsWorld:
    """An account whose identity pools are set up for errors."""

    def __init__(self, account: Account) -> None:
        self.account = account
        emulator = account.emulator
        self.service = emulator.identity_service
        public = {"keys": [{**make_key("k1").as_dict(private=False), "kid": "k1"}]}
        for issuer in (USER_POOL, OIDC, GOOGLE):
            emulator.add_oidc_issuer(f"https://{issuer}", public)
        self.service.register_opaque_token(FACEBOOK, "facebook-token", "fb-app", "fb-user")
        self.service.register_opaque_token(FACEBOOK, "other-app", "another-app", "fb-user")
        iam = account.client("iam")
        self.oidc_arn, self.keyless_arn = (
            iam.create_open_id_connect_provider(
                Url=f"https://{host}", ClientIDList=["web"], ThumbprintList=["a" * 40]
            )["OpenIDConnectProviderArn"]
            for host in (OIDC, KEYLESS)
        )
        self.pools = account.client("cognito-identity")

    @functools.cached_property
    def pool(self) -> str:
        """A pool with all kinds of providers, guests, and both roles."""
        pool = self.make_pool()
        role = self.account.role(pool, trust=None)
        guest = self.account.role(pool, amr="unauthenticated")
        self.account.set_roles(pool, authenticated=role, unauthenticated=guest)
        return pool

    @functools.cached_property
    def bare_pool(self) -> str:
        """A pool that allows guests, without providers and roles."""
        return self.account.pool()

    @functools.cached_property
    def no_guests(self) -> str:
        return self.make_pool(AllowUnauthenticatedIdentities=False)

    @functools.cached_property
    def other_pool(self) -> str:
        """Another identity pool with the same login providers."""
        return self.make_pool()

    @functools.cached_property
    def saml_arn(self) -> str:
        """The ARN of a SAML provider, whose key is "idp"."""
        provider = self.account.client("iam").create_saml_provider(
            Name="texts", SAMLMetadataDocument=metadata()
        )
        return str(provider["SAMLProviderArn"])

    @functools.cached_property
    def saml_pool(self) -> str:
        """A pool with only a SAML provider."""
        return self.account.pool(SamlProviderARNs=[self.saml_arn])

    def make_pool(self, **settings: Any) -> str:
        return self.account.pool(
            **{
                "CognitoIdentityProviders": [USER_POOL_MEMBER],
                "SupportedLoginProviders": {GOOGLE: "google-client", FACEBOOK: "fb-app"},
                "OpenIdConnectProviderARNs": [self.oidc_arn, self.keyless_arn],
                "DeveloperProviderName": DEVELOPER,
                **settings,
            }
        )

    def make_mapped_pool(self, mapping: Mapping[str, Any], key: str = MAPPING_KEY) -> str:
        pool = self.make_pool()
        role = self.account.role(pool)
        self.pools.set_identity_pool_roles(
            IdentityPoolId=pool, Roles={"authenticated": role}, RoleMappings={key: mapping}
        )
        return pool

    def logins(self, subject: str = "alice", **claims: Any) -> dict[str, str]:
        return {USER_POOL: make_token(subject=subject, **claims)}

    def identity(self, pool: str | None = None, logins: Any = None) -> str:
        return self.account.identity(pool or self.pool, logins)

    def user(self, pool: str | None = None, subject: str = "alice") -> str:
        """Return the identity ID for a user's token."""
        return self.identity(pool, self.logins(subject))

    def disabled(self) -> str:
        """Return the identity ID of a guest that was merged into another identity."""
        self.user()
        guest = self.identity()
        self.account.credentials(guest, self.logins())
        return guest

    def developer(self, user: str, pool: str | None = None, **more: Any) -> dict[str, str]:
        """Return the identity ID and the token of a developer user."""
        output: dict[str, str] = self.pools.get_open_id_token_for_developer_identity(
            IdentityPoolId=pool or self.pool, Logins={DEVELOPER: user, **more}
        )
        return output

    def expired_own_token(self, identity_id: str) -> str:
        tokens = self.service.open_id_tokens
        claims = tokens.make_claims(
            identity_id=identity_id,
            pool_id=self.pool,
            pool_arn=None,
            amr=["authenticated"],
            lifetime=600,
        )
        return tokens.sign({**claims, "exp": 1_000_000_000})
