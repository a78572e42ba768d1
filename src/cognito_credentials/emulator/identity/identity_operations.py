"""The operations that return identity IDs, tokens and credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    identity_forbidden,
    identity_not_found,
    invalid_parameter,
    invalid_pool_configuration,
    logins_do_not_match,
    unauthenticated_access_disabled,
)
from cognito_credentials.emulator.identity.identities import (
    IdentityStore,
    LinkedLogin,
    PoolIdentity,
)
from cognito_credentials.emulator.identity.login_tokens import LoginTokenVerifier, VerifiedLogin
from cognito_credentials.emulator.identity.open_id_tokens import TAGS_CLAIM, OpenIdTokens
from cognito_credentials.emulator.identity.pools import IdentityPool, PoolStore
from cognito_credentials.emulator.identity.ports import RoleSessions
from cognito_credentials.emulator.identity.roles import choose_authenticated_role, choose_guest_role
from cognito_credentials.emulator.identity.wire import Operation, Output, Parameters

_SESSION_NAME = "CognitoIdentityCredentials"
_OPEN_ID_TOKEN_LIFETIME_SECONDS = 600
_DEVELOPER_TOKEN_LIFETIME_SECONDS = 900
_GUEST_AMR = ["unauthenticated"]


class IdentityOperations:
    """The operations that return identity IDs, tokens and credentials. Thread-safe."""

    def __init__(
        self,
        pools: PoolStore,
        identities: IdentityStore,
        *,
        login_tokens: LoginTokenVerifier,
        open_id_tokens: OpenIdTokens,
        role_sessions: RoleSessions,
        credential_lifetime: float,
    ) -> None:
        self._pools = pools
        self._identities = identities
        self._login_tokens = login_tokens
        self._open_id_tokens = open_id_tokens
        self._role_sessions = role_sessions
        self._credential_lifetime = credential_lifetime

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by their names in AWS's service model."""
        return {
            "GetCredentialsForIdentity": self._get_credentials_for_identity,
            "GetId": self._get_id,
            "GetOpenIdToken": self._get_open_id_token,
            "GetOpenIdTokenForDeveloperIdentity": self._get_open_id_token_for_developer_identity,
        }

    def _get_id(self, parameters: Parameters) -> Output:
        pool = self._pools.get(parameters["IdentityPoolId"])
        logins: Mapping[str, str] = parameters.get("Logins", {})
        if logins:
            verified = self._login_tokens.verify_all(pool, logins)
            identity = self._identities.find_or_create(pool.id, _linked_logins(verified))
        elif pool.allows_guests:
            identity = self._identities.create_guest(pool.id)
        else:
            raise unauthenticated_access_disabled()
        return {"IdentityId": identity.id}

    def _get_open_id_token(self, parameters: Parameters) -> Output:
        identity, pool = self._get_identity_and_pool(parameters)
        if not pool.allows_basic_flow:
            raise invalid_parameter(
                "Basic (classic) flow is not enabled, please use enhanced flow."
            )
        if pool.role_mappings:
            raise invalid_parameter(
                "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
            )
        identity, verified = self._sign_in(identity, pool, parameters.get("Logins", {}))
        claims = self._make_claims(identity, pool, _amr(verified), _OPEN_ID_TOKEN_LIFETIME_SECONDS)
        return {"IdentityId": identity.id, "Token": self._open_id_tokens.sign(claims)}

    def _get_open_id_token_for_developer_identity(self, parameters: Parameters) -> Output:
        pool = self._pools.get(parameters["IdentityPoolId"])
        logins: dict[str, str] = dict(parameters["Logins"])
        provider = pool.developer_provider
        if provider is None or provider not in logins:
            raise invalid_parameter(
                "This identity pool does not support the specified developer provider"
            )
        user = logins.pop(provider)
        developer = LinkedLogin(provider, user, is_public=False)
        verified = self._login_tokens.verify_all(pool, logins)
        linked = _linked_logins(verified)
        identity_id: str | None = parameters.get("IdentityId")
        if identity_id is None:
            identity = self._identities.find_or_create(pool.id, [developer, *linked])
        elif self._identities.get(identity_id).pool_id != pool.id:
            raise identity_not_found(identity_id)
        else:
            identity = self._identities.sign_in_developer(identity_id, developer, linked)
        claims = self._make_claims(
            identity,
            pool,
            ["authenticated", provider, f"{provider}:{pool.id}:{user}", *_amr_entries(verified)],
            lifetime=parameters.get("TokenDuration", _DEVELOPER_TOKEN_LIFETIME_SECONDS),
            tags=_make_tags_claim(parameters.get("PrincipalTags", {})),
        )
        return {"IdentityId": identity.id, "Token": self._open_id_tokens.sign(claims)}

    def _get_credentials_for_identity(self, parameters: Parameters) -> Output:
        identity, pool = self._get_identity_and_pool(parameters)
        logins: dict[str, str] = dict(parameters.get("Logins", {}))
        custom_role_arn: str | None = parameters.get("CustomRoleArn")
        own_token = logins.pop(self._open_id_tokens.provider_name, None)
        if own_token is not None:
            own_claims = self._verify_own_token(own_token, identity)
            verified = self._login_tokens.verify_all(pool, logins)
            linked = [*identity.logins, *_linked_logins(verified)]
            identity = self._identities.sign_in(identity.id, linked)
            role = choose_authenticated_role(pool, (), custom_role_arn)
            amr = [*own_claims["amr"], *_amr_entries(verified)]
            tags = own_claims.get(TAGS_CLAIM)
        else:
            identity, verified = self._sign_in(identity, pool, logins)
            if verified:
                role = choose_authenticated_role(pool, verified, custom_role_arn)
            else:
                role = choose_guest_role(pool, custom_role_arn)
            amr, tags = _amr(verified), None
        claims = self._make_claims(identity, pool, amr, _OPEN_ID_TOKEN_LIFETIME_SECONDS, tags)
        return {"IdentityId": identity.id, "Credentials": self._assume_role(role, claims)}

    def _get_identity_and_pool(self, parameters: Parameters) -> tuple[PoolIdentity, IdentityPool]:
        identity = self._identities.get(parameters["IdentityId"])
        return identity, self._pools.get(identity.pool_id)

    def _sign_in(
        self, identity: PoolIdentity, pool: IdentityPool, logins: Mapping[str, str]
    ) -> tuple[PoolIdentity, list[VerifiedLogin]]:
        """Return the identity of the logins. Without logins, the identity must be a guest."""
        if logins:
            verified = self._login_tokens.verify_all(pool, logins)
            return self._identities.sign_in(identity.id, _linked_logins(verified)), verified
        if identity.logins or not identity.is_enabled:
            raise identity_forbidden(identity.id)
        if not pool.allows_guests:
            raise unauthenticated_access_disabled()
        return identity, []

    def _verify_own_token(self, token: str, identity: PoolIdentity) -> Mapping[str, Any]:
        """Return the claims of an OpenID token for this identity; reject a guest's token."""
        claims = self._open_id_tokens.verify(token)
        if claims["sub"] != identity.id or claims["amr"] == _GUEST_AMR:
            raise logins_do_not_match()
        return claims

    def _make_claims(
        self,
        identity: PoolIdentity,
        pool: IdentityPool,
        amr: Sequence[str],
        lifetime: float,
        tags: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self._open_id_tokens.make_claims(
            identity_id=identity.id,
            pool_id=pool.id,
            pool_arn=None if amr == _GUEST_AMR else pool.arn,
            amr=amr,
            lifetime=lifetime,
            tags=tags,
        )

    def _assume_role(self, role_arn: str, claims: Mapping[str, Any]) -> dict[str, Any]:
        is_guest = claims["amr"] == _GUEST_AMR
        try:
            session = self._role_sessions.assume_with_open_id_token(
                role_arn=role_arn,
                claims=claims,
                session_name=_SESSION_NAME,
                duration=self._credential_lifetime,
                session_policies=(GUEST_SESSION_POLICY,) if is_guest else (),
            )
        except AwsError as error:
            # The service hides the reason; callers only learn that the identity pool is
            # misconfigured.
            raise invalid_pool_configuration() from error
        return {
            "AccessKeyId": session.access_key_id,
            "Expiration": float(session.expiration),
            "SecretKey": session.secret_access_key,
            "SessionToken": session.session_token,
        }


def _linked_logins(logins: Sequence[VerifiedLogin]) -> list[LinkedLogin]:
    return [login.linked_login for login in logins]


def _amr(logins: Sequence[VerifiedLogin]) -> list[str]:
    return ["authenticated", *_amr_entries(logins)] if logins else _GUEST_AMR


def _amr_entries(logins: Sequence[VerifiedLogin]) -> list[str]:
    return [entry for login in logins for entry in login.amr]


def _make_tags_claim(principal_tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the claim for session tags, which contains a list with one value for each key."""
    if not principal_tags:
        return None
    return {"principal_tags": {key: [value] for key, value in principal_tags.items()}}
