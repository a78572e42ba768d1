"""The operations that return OpenID tokens and credentials of identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_forbidden,
    invalid_parameter,
    invalid_pool_configuration,
    logins_do_not_match,
    unauthenticated_access_disabled,
    unsupported_developer_provider,
)
from cognito_credentials.emulator.identity.identity_operations import (
    find_identity_and_pool,
    linked_logins,
)
from cognito_credentials.emulator.identity.identity_records import LinkedLogin, PoolIdentity
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.principal_tags import (
    make_tags_claim,
    map_principal_tags,
    read_tags_claim,
)
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.roles import choose_authenticated_role, choose_guest_role
from cognito_credentials.emulator.identity.wire import Output, Parameters
from cognito_credentials.emulator.quoting import quote

_SESSION_NAME = "CognitoIdentityCredentials"
_OPEN_ID_TOKEN_LIFETIME_SECONDS = 600
_DEVELOPER_TOKEN_LIFETIME_SECONDS = 900
_GUEST_AMR = ["unauthenticated"]


def get_open_id_token(region: Region, parameters: Parameters) -> Output:
    """Return an OpenID token for the basic flow."""
    identity, pool = find_identity_and_pool(region, parameters)
    if not pool.allows_basic_flow:
        raise invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow.")
    if pool.role_mappings:
        raise invalid_parameter(
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
        )
    logins: Mapping[str, str] = parameters.get("Logins", {})
    if any(name in pool.saml_provider_arns for name in logins):
        raise invalid_parameter(UnconfirmedText.SAML_IN_BASIC_FLOW)
    identity, verified = _sign_in(region, identity, pool, logins)
    claims = _make_claims(
        region,
        identity,
        pool,
        _amr(verified),
        _OPEN_ID_TOKEN_LIFETIME_SECONDS,
        map_principal_tags(pool, verified),
    )
    return {"IdentityId": identity.id, "Token": region.open_id_tokens.sign(claims)}


def get_open_id_token_for_developer_identity(region: Region, parameters: Parameters) -> Output:
    """Return an OpenID token for a developer user, whose identity is created if necessary."""
    pool = region.pools.get(parameters["IdentityPoolId"])
    logins: dict[str, str] = dict(parameters["Logins"])
    provider = pool.developer_provider
    if provider is None or provider not in logins:
        raise unsupported_developer_provider()
    user = logins.pop(provider)
    developer = LinkedLogin(provider, user, is_public=False)
    verified = region.login_tokens.verify_all(pool, logins)
    linked = linked_logins(verified)
    identity_id: str | None = parameters.get("IdentityId")
    if identity_id is None:
        identity = region.identities.find_or_create(pool.id, [developer, *linked])
    else:
        region.identities.get(identity_id, pool_id=pool.id)
        identity = region.identities.sign_in_developer(identity_id, developer, linked)
    claims = _make_claims(
        region,
        identity,
        pool,
        ["authenticated", provider, f"{provider}:{pool.id}:{user}", *_amr_entries(verified)],
        lifetime=parameters.get("TokenDuration", _DEVELOPER_TOKEN_LIFETIME_SECONDS),
        tags={**map_principal_tags(pool, verified), **parameters.get("PrincipalTags", {})},
    )
    return {"IdentityId": identity.id, "Token": region.open_id_tokens.sign(claims)}


def get_credentials_for_identity(region: Region, parameters: Parameters) -> Output:
    """Return credentials in the enhanced flow."""
    identity, pool = find_identity_and_pool(region, parameters)
    logins: dict[str, str] = dict(parameters.get("Logins", {}))
    custom_role_arn: str | None = parameters.get("CustomRoleArn")
    own_token = logins.pop(region.open_id_tokens.provider_name, None)
    if own_token is not None:
        own_claims = _verify_own_token(region, own_token, identity)
        verified = region.login_tokens.verify_all(pool, logins)
        linked = [*identity.logins, *linked_logins(verified)]
        identity = region.identities.sign_in(identity.id, linked)
        role = choose_authenticated_role(pool, (), custom_role_arn)
        amr = [*own_claims["amr"], *_amr_entries(verified)]
        tags = {**map_principal_tags(pool, verified), **read_tags_claim(own_claims)}
    else:
        identity, verified = _sign_in(region, identity, pool, logins)
        if verified:
            role = choose_authenticated_role(pool, verified, custom_role_arn)
        else:
            role = choose_guest_role(pool, custom_role_arn)
        amr, tags = _amr(verified), map_principal_tags(pool, verified)
    claims = _make_claims(region, identity, pool, amr, _OPEN_ID_TOKEN_LIFETIME_SECONDS, tags)
    return {"IdentityId": identity.id, "Credentials": _assume_role(region, role, claims)}


def _sign_in(
    region: Region, identity: PoolIdentity, pool: IdentityPool, logins: Mapping[str, str]
) -> tuple[PoolIdentity, list[VerifiedLogin]]:
    """Return the identity that the logins belong to; without logins, return a guest's identity."""
    if logins:
        verified = region.login_tokens.verify_all(pool, logins)
        return region.identities.sign_in(identity.id, linked_logins(verified)), verified
    if identity.logins or not identity.is_enabled:
        raise identity_forbidden(identity.id)
    if not pool.allows_guests:
        raise unauthenticated_access_disabled()
    return identity, []


def _verify_own_token(region: Region, token: str, identity: PoolIdentity) -> Mapping[str, Any]:
    """Return the claims of an OpenID token issued for this identity; reject a guest's token."""
    claims = region.open_id_tokens.verify(token)
    if claims["sub"] != identity.id or claims["amr"] == _GUEST_AMR:
        raise logins_do_not_match()
    return claims


def _make_claims(
    region: Region,
    identity: PoolIdentity,
    pool: IdentityPool,
    amr: Sequence[str],
    lifetime: float,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    return region.open_id_tokens.make_claims(
        identity_id=identity.id,
        pool_id=pool.id,
        pool_arn=None if amr == _GUEST_AMR else pool.arn,
        amr=amr,
        lifetime=lifetime,
        tags=make_tags_claim(tags),
    )


def _assume_role(region: Region, role_arn: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    is_guest = claims["amr"] == _GUEST_AMR
    try:
        session = region.role_sessions.assume_with_open_id_token(
            role_arn=role_arn,
            claims=claims,
            session_name=_SESSION_NAME,
            duration=region.credential_lifetime,
            session_policies=(GUEST_SESSION_POLICY,) if is_guest else (),
        )
    except AwsError as error:
        # The service does not reveal the reason: callers only learn that the identity pool is
        # misconfigured.
        raise invalid_pool_configuration().with_explanation(
            f"STS rejected the role {quote(role_arn)} with the message {quote(error.message)}.",
            *error.explanation,
        ) from error
    return {
        "AccessKeyId": session.access_key_id,
        "Expiration": _to_whole_seconds(session.expiration, region.credential_lifetime),
        "SecretKey": session.secret_access_key,
        "SessionToken": session.session_token,
    }


def _to_whole_seconds(expiration: float, lifetime: float) -> float:
    # The service returns whole seconds. A test may have chosen a lifetime shorter than that.
    return float(int(expiration)) if lifetime >= 1 else expiration


def _amr(logins: Sequence[VerifiedLogin]) -> list[str]:
    return ["authenticated", *_amr_entries(logins)] if logins else _GUEST_AMR


def _amr_entries(logins: Sequence[VerifiedLogin]) -> list[str]:
    return [entry for login in logins for entry in login.amr]
