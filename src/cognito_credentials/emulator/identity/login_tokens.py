"""Verify the tokens of login providers, as the identity pool is configured to.

A login is a pair of provider name and token. User pools, Google, Apple and OIDC providers give
JSON Web Tokens, checked against the provider's keys; Facebook, Amazon, Twitter and Digits give
opaque ones, which the service asks the provider about and which the emulator looks up in what
the test registered. SAML providers may be configured, but assertions are not verified yet: a
SAML login is refused, and says so. The order in which a bad token's faults are looked for is
the service's as far as it is known: shape, own tokens, claims, then issuer, audience,
signature, expiry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cognito_credentials.emulator.identity.errors import (
    Invented,
    invalid_login_token,
    invalid_parameter,
    not_authorized,
    unsupported_provider,
)
from cognito_credentials.emulator.identity.identities import Link
from cognito_credentials.emulator.identity.signed_tokens import (
    audiences,
    check_expiry,
    numeric_claim,
    read,
    text_claim,
    verify_signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cognito_credentials.emulator.identity.pools import IdentityPool
    from cognito_credentials.emulator.identity.ports import EmulatorClock, LoginKeys
    from cognito_credentials.emulator.identity.signed_tokens import SignedToken

OPAQUE_PROVIDERS = frozenset(
    {"graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLogin:
    """Hold a login that was found to be true.

    ``mapping_key`` is the provider's key in RoleMappings, ``amr`` the provider's and the
    user's entries in the claim of that name. Only claims that role rules may use are kept.
    """

    provider: str
    subject: str
    mapping_key: str
    amr: tuple[str, str]
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def link(self) -> Link:
        """What the identity remembers of this login."""
        return Link(self.provider, self.subject)


class _OpaqueToken(NamedTuple):
    app_id: str
    user_id: str


class _Configured(NamedTuple):
    """One way in which a pool is configured to trust a provider's tokens."""

    client_ids: Sequence[str]
    mapping_key: str
    amr_prefix: str
    checks_sign_out: bool = False
    prefers_party: bool = False  # compares azp, where the token has one, instead of aud


class LoginTokens:
    """Verify logins against a pool. Thread-safe."""

    def __init__(self, *, clock: EmulatorClock, login_keys: LoginKeys) -> None:
        self._clock = clock
        self._login_keys = login_keys
        self._opaque: dict[tuple[str, str], _OpaqueToken] = {}

    def register_opaque_token(
        self, provider_key: str, token: str, app_id: str, user_id: str
    ) -> None:
        """Make ``token`` one that Facebook, Amazon, Twitter or Digits would vouch for."""
        if provider_key not in OPAQUE_PROVIDERS:
            raise ValueError(f"{provider_key} does not give opaque tokens")
        self._opaque[provider_key, token] = _OpaqueToken(app_id, user_id)

    def verify_all(self, pool: IdentityPool, logins: Mapping[str, str]) -> list[VerifiedLogin]:
        """Verify every login, in the order of the request.

        Raises ``ServiceFault`` for the first that is not good: one bad token fails the call.
        """
        if not pool.has_providers:
            raise not_authorized(
                f"Identity pool - {pool.id} does not have identity providers configured."
            )
        return [self._verify(pool, provider, token) for provider, token in logins.items()]

    def _verify(self, pool: IdentityPool, provider: str, token: str) -> VerifiedLogin:
        if provider == pool.developer_provider:
            raise invalid_parameter("Please provide a valid public provider.")
        if provider in OPAQUE_PROVIDERS:
            return self._verify_opaque(pool, provider, token)
        if ":saml-provider/" in provider:
            if provider not in pool.saml_provider_arns:
                raise unsupported_provider()
            raise not_authorized(Invented.SAML_NOT_VERIFIED)
        return self._verify_signed(pool, provider, read(token))

    def _verify_opaque(self, pool: IdentityPool, provider: str, token: str) -> VerifiedLogin:
        app_id = pool.social_providers.get(provider)
        if app_id is None:
            raise unsupported_provider()
        known = self._opaque.get((provider, token))
        if known is None:
            raise not_authorized(Invented.BAD_OPAQUE_TOKEN)
        if known.app_id != app_id:
            raise unsupported_provider()
        return VerifiedLogin(
            provider=provider,
            subject=known.user_id,
            mapping_key=provider,
            amr=(provider, f"{provider}:{app_id}:{known.user_id}"),
            claims={"iss": provider, "aud": app_id, "sub": known.user_id},
        )

    def _verify_signed(
        self, pool: IdentityPool, provider: str, token: SignedToken
    ) -> VerifiedLogin:
        if str(token.claims.get("iss")).startswith("https://cognito-identity."):
            raise invalid_login_token("Can't pass in a Cognito token.")
        # Auth0's `iss` ends in a slash; the key that works for it does not.
        issuer = text_claim(token, "iss").removeprefix("https://").rstrip("/")
        audiences(token)
        subject = text_claim(token, "sub")
        numeric_claim(token, "exp")
        if issuer != provider:
            raise invalid_login_token("Issuer doesn't match providerName")
        configured = self._configured(pool, provider, token)
        verify_signature(token, self._login_keys.key_set(f"https://{issuer}"))
        check_expiry(token, self._clock.now())
        if configured.checks_sign_out:
            self._check_signed_in(token, f"https://{issuer}", subject)
        return VerifiedLogin(
            provider=provider,
            subject=subject,
            mapping_key=configured.mapping_key,
            amr=(provider, f"{configured.amr_prefix}:{subject}"),
            claims=token.claims,
        )

    def _configured(self, pool: IdentityPool, provider: str, token: SignedToken) -> _Configured:
        """Return the configuration that trusts the token's audience; refuse where none does."""
        party = token.claims.get("azp")
        for configured in self._configurations(pool, provider):
            by_party = configured.prefers_party and isinstance(party, str)
            clients = (party,) if by_party else audiences(token)
            if any(client in configured.client_ids for client in clients):
                return configured
        raise unsupported_provider()

    def _configurations(self, pool: IdentityPool, provider: str) -> Iterator[_Configured]:
        for user_pool in pool.user_pools:
            if user_pool["ProviderName"] == provider:
                client_id = user_pool.get("ClientId", "")
                yield _Configured(
                    [client_id],
                    mapping_key=f"{provider}:{client_id}",
                    amr_prefix=f"{provider}:CognitoSignIn",
                    checks_sign_out=bool(user_pool.get("ServerSideTokenCheck")),
                )
        if provider in pool.social_providers:
            app_id = pool.social_providers[provider]
            yield _Configured([app_id], mapping_key=provider, amr_prefix=f"{provider}:{app_id}")
        for arn in pool.oidc_provider_arns:
            if arn.partition(":oidc-provider/")[2] == provider:
                client_ids = self._oidc_client_ids(arn)
                yield _Configured(client_ids, arn, f"{arn}:OIDC", prefers_party=True)

    def _oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        try:
            return self._login_keys.oidc_client_ids(provider_arn)
        except KeyError:
            return ()

    def _check_signed_in(self, token: SignedToken, issuer: str, subject: str) -> None:
        claim = "auth_time" if "auth_time" in token.claims else "iat"
        if self._login_keys.signed_out_since(issuer, subject, numeric_claim(token, claim)):
            raise not_authorized(Invented.SIGNED_OUT)
