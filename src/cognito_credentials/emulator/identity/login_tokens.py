"""Verification of login tokens against the configuration of an identity pool.

User pools, Google, Apple and OIDC providers issue JSON Web Tokens, which are verified with the keys
of the provider. Facebook, Amazon, Twitter and Digits issue opaque tokens; see `opaque_tokens`. SAML
providers issue signed XML documents; see `saml_assertions`.

The checks of a JSON Web Token are in this order: the format, whether an identity pool issued the
token (such tokens are rejected), the claims, the issuer, the audience, the signature and the
expiration. The order in which the service performs the last four checks is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cognito_credentials._core.loopback import is_loopback_url
from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    invalid_login_token,
    not_a_public_provider,
    not_authorized,
    unsupported_provider,
)
from cognito_credentials.emulator.identity.identity_records import LinkedLogin
from cognito_credentials.emulator.identity.opaque_tokens import (
    OPAQUE_TOKEN_PROVIDERS,
    OpaqueTokens,
)
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.ports import LoginProviders
from cognito_credentials.emulator.identity.signed_tokens import (
    SignedToken,
    check_expiry,
    has_key,
    parse_token,
    require_audiences,
    require_text_claim,
    require_time_claim,
    verify_signature,
)
from cognito_credentials.emulator.quoting import quote, quote_all


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLogin:
    """A login with a verified token.

    Attributes:
        provider: The login provider name.
        subject: The user at the login provider.
        mapping_key: The key of the login provider in `RoleMappings`.
        amr: The entries that identify the provider and the user in the `amr` claim.
        claims: The claims that role mapping rules may use. For a SAML login, the attributes of the
            assertion.
        saml_roles: The roles that a SAML provider offers.
    """

    provider: str
    subject: str
    mapping_key: str
    amr: tuple[str, str]
    claims: Mapping[str, Any] = field(repr=False)
    saml_roles: tuple[str, ...] = ()

    @property
    def linked_login(self) -> LinkedLogin:
        """The login without its claims, in the form that an identity stores."""
        return LinkedLogin(self.provider, self.subject)

    @property
    def tag_map_key(self) -> str:
        """The key of the login provider in the principal tag maps, without a client ID."""
        is_in_iam = self.mapping_key.startswith("arn:")
        return self.mapping_key if is_in_iam else self.provider


class _TrustedIssuer(NamedTuple):
    """Entry of an identity pool's configuration that accepts tokens of an issuer."""

    client_ids: Sequence[str]
    mapping_key: str
    amr_prefix: str
    checks_sign_out: bool = False
    # If True and a token contains `azp`, `azp` replaces `aud`.
    prefers_authorized_party: bool = False


class LoginTokenVerifier:
    """Verifies login tokens for identity pools. Thread-safe."""

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        login_providers: LoginProviders,
        opaque_tokens: OpaqueTokens,
    ) -> None:
        self._clock = clock
        self._login_providers = login_providers
        self._opaque_tokens = opaque_tokens

    def verify_all(self, pool: IdentityPool, logins: Mapping[str, str]) -> list[VerifiedLogin]:
        """Verify every login, in the order of the request.

        Raises:
            AwsError: If the pool has no login providers, or a login is invalid. The first invalid
                login fails the whole request.
        """
        if not pool.has_providers:
            raise not_authorized(
                f"Identity pool - {pool.id} does not have identity providers configured."
            )
        return [self._verify(pool, provider, token) for provider, token in logins.items()]

    def list_client_ids(self, pool: IdentityPool, provider: str) -> list[str]:
        """Return the client IDs for which an identity pool accepts tokens of a login provider."""
        trusted = self._list_trusted_issuers(pool, provider)
        return [client_id for issuer in trusted for client_id in issuer.client_ids]

    def _verify(self, pool: IdentityPool, provider: str, token: str) -> VerifiedLogin:
        if provider == pool.developer_provider:
            raise not_a_public_provider()
        if provider in OPAQUE_TOKEN_PROVIDERS:
            return self._verify_opaque(pool, provider, token)
        if ":saml-provider/" in provider:
            return self._verify_saml(pool, provider, token)
        return self._verify_signed(pool, provider, parse_token(token))

    def _verify_opaque(self, pool: IdentityPool, provider: str, token: str) -> VerifiedLogin:
        app_id = pool.social_providers.get(provider)
        if app_id is None:
            raise _unlisted_provider(pool, provider)
        known = self._opaque_tokens.verify(provider, token)
        if known.app_id != app_id:
            raise unsupported_provider().with_explanation(
                f"The token is for the application {quote(known.app_id)}, and the identity pool"
                f" accepts {quote(app_id)} of the login provider {quote(provider)}."
            )
        return VerifiedLogin(
            provider=provider,
            subject=known.user_id,
            mapping_key=provider,
            amr=(provider, f"{provider}:{app_id}:{known.user_id}"),
            claims={"iss": provider, "aud": app_id, "sub": known.user_id},
        )

    def _verify_saml(self, pool: IdentityPool, provider: str, token: str) -> VerifiedLogin:
        # Imported here, so that the library for XML signatures is only loaded for the first SAML
        # response.
        from cognito_credentials.emulator.identity.saml_assertions import verify_response

        if provider not in pool.saml_provider_arns:
            raise _unlisted_provider(pool, provider)
        try:
            metadata = self._login_providers.get_saml_metadata(provider)
        except KeyError:
            reason = f"IAM has no SAML provider with the ARN {quote(provider)}."
            raise unsupported_provider().with_explanation(reason) from None
        assertion = verify_response(token, metadata, now=self._clock.now())
        return VerifiedLogin(
            provider=provider,
            subject=assertion.name_id,
            mapping_key=provider,
            amr=(provider, f"{provider}:SAML:{assertion.name_id}"),
            claims=assertion.attributes,
            saml_roles=tuple(assertion.list_roles(provider)),
        )

    def _verify_signed(
        self, pool: IdentityPool, provider: str, token: SignedToken
    ) -> VerifiedLogin:
        if str(token.claims.get("iss")).startswith("https://cognito-identity."):
            raise invalid_login_token("Can't pass in a Cognito token.")
        issuer = _to_url(require_text_claim(token, "iss"))
        require_audiences(token)
        subject = require_text_claim(token, "sub")
        require_time_claim(token, "exp")
        issuer = self._match_issuer(issuer, provider)
        trusted = self._find_trusted_issuer(pool, provider, token)
        self._verify_signature(token, issuer)
        check_expiry(token, self._clock.now())
        if trusted.checks_sign_out:
            self._check_signed_in(token, issuer, subject)
        return VerifiedLogin(
            provider=provider,
            subject=subject,
            mapping_key=trusted.mapping_key,
            amr=(provider, f"{trusted.amr_prefix}:{subject}"),
            claims=token.claims,
        )

    def _match_issuer(self, issuer: str, provider: str) -> str:
        """Return the URL that fits the provider: that of the issuer or of an issuer that it replaces.

        Raises:
            AwsError: If no URL fits the provider.
        """
        for url in (issuer, *self._login_providers.find_replaced_issuers(issuer)):
            if _to_provider_name(url) == provider:
                return url
        raise invalid_login_token("Issuer doesn't match providerName").with_explanation(
            f"The issuer in the token is {quote(issuer)} (iss), and the login provider name is"
            f" {quote(provider)}."
        )

    def _verify_signature(self, token: SignedToken, issuer: str) -> None:
        key_set = self._login_providers.find_key_set(issuer)
        if not has_key(token, key_set):
            # The issuer may have published new keys.
            key_set = self._login_providers.find_key_set(issuer, refresh=True)
        verify_signature(token, key_set)

    def _find_trusted_issuer(
        self, pool: IdentityPool, provider: str, token: SignedToken
    ) -> _TrustedIssuer:
        """Return the entry of the identity pool that accepts the token's audience."""
        party = token.claims.get("azp")
        clients: Sequence[object] = ()
        accepted: list[str] = []
        for trusted in self._list_trusted_issuers(pool, provider):
            uses_party = trusted.prefers_authorized_party and isinstance(party, str)
            clients = (party,) if uses_party else require_audiences(token)
            if any(client in trusted.client_ids for client in clients):
                return trusted
            accepted += trusted.client_ids
        if not clients:
            raise _unlisted_provider(pool, provider)
        raise unsupported_provider().with_explanation(
            f"The token is for the client {quote_all(clients)} (aud or azp), and the identity pool"
            f" accepts {quote_all(accepted)} of the login provider {quote(provider)}."
        )

    def _list_trusted_issuers(self, pool: IdentityPool, provider: str) -> Iterator[_TrustedIssuer]:
        for user_pool in pool.user_pools:
            if user_pool["ProviderName"] == provider:
                client_id = user_pool.get("ClientId", "")
                yield _TrustedIssuer(
                    [client_id],
                    mapping_key=f"{provider}:{client_id}",
                    amr_prefix=f"{provider}:CognitoSignIn",
                    checks_sign_out=bool(user_pool.get("ServerSideTokenCheck")),
                )
        if provider in pool.social_providers:
            app_id = pool.social_providers[provider]
            yield _TrustedIssuer([app_id], mapping_key=provider, amr_prefix=f"{provider}:{app_id}")
        for arn in pool.oidc_provider_arns:
            if arn.partition(":oidc-provider/")[2] == provider:
                client_ids = self._get_oidc_client_ids(arn)
                yield _TrustedIssuer(client_ids, arn, f"{arn}:OIDC", prefers_authorized_party=True)

    def _get_oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        try:
            return self._login_providers.get_oidc_client_ids(provider_arn)
        except KeyError:
            return ()

    def _check_signed_in(self, token: SignedToken, issuer: str, subject: str) -> None:
        claim = "auth_time" if "auth_time" in token.claims else "iat"
        auth_time = require_time_claim(token, claim)
        if self._login_providers.is_signed_out(issuer, subject, auth_time):
            raise not_authorized(UnconfirmedText.SIGNED_OUT).with_explanation(
                f"The user {quote(subject)} was signed out, disabled or deleted after"
                f" {iso_timestamp(auth_time)} ({claim}), and the identity pool has"
                " ServerSideTokenCheck."
            )


def _unlisted_provider(pool: IdentityPool, provider: str) -> AwsError:
    return unsupported_provider().with_explanation(
        f"The login provider name is {quote(provider)}, and the identity pool has"
        f" {quote_all(pool.public_providers)}."
    )


def _to_url(issuer: str) -> str:
    """Return the URL of an issuer. Google may omit the scheme, and Auth0 appends a slash."""
    return (issuer if "://" in issuer else f"https://{issuer}").rstrip("/")


def _to_provider_name(issuer: str) -> str:
    """Return the login provider name of an issuer. Only issuers on this machine may use http."""
    if issuer.startswith("http://") and is_loopback_url(issuer):
        return issuer.removeprefix("http://")
    return issuer.removeprefix("https://")
