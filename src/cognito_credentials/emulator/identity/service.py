"""Amazon Cognito Identity in one object: a request in, the service's answer out.

Nothing here opens a socket. An operation is a method that takes the validated request and
returns the answer's members, or raises ``ServiceFault``. Tokens are verified and roles assumed
while no lock is held, so a port may call back; the stores change in one step each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.errors import (
    Invented,
    ServiceFault,
    identity_forbidden,
    identity_not_found,
    invalid_parameter,
    invalid_pool_configuration,
    logins_do_not_match,
    unauthenticated_access_off,
)
from cognito_credentials.emulator.identity.identities import Identities, Link
from cognito_credentials.emulator.identity.login_tokens import LoginTokens
from cognito_credentials.emulator.identity.pool_tokens import TAGS_CLAIM, PoolTokens
from cognito_credentials.emulator.identity.pools import Pools
from cognito_credentials.emulator.identity.ports import RoleRefused
from cognito_credentials.emulator.identity.roles import guest_role, signed_in_role
from cognito_credentials.emulator.identity.validation import needs_signature, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cognito_credentials.emulator.identity.identities import Identity
    from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
    from cognito_credentials.emulator.identity.pools import IdentityPool
    from cognito_credentials.emulator.identity.ports import EmulatorClock, LoginKeys, RoleSessions

Request: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any] | None

_SESSION_NAME = "CognitoIdentityCredentials"
_OPEN_ID_TOKEN_LIFETIME = 600
_DEVELOPER_TOKEN_LIFETIME = 900
_GUEST_AMR = ["unauthenticated"]


class IdentityService:
    """Answer the operations of Amazon Cognito Identity for one account and region.

    ``credential_lifetime`` is in seconds; the real service's is an hour. Thread-safe.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        clock: EmulatorClock,
        role_sessions: RoleSessions,
        login_keys: LoginKeys,
        credential_lifetime: float = 3600,
    ) -> None:
        self.pool_tokens = PoolTokens(region=region, clock=clock)
        self._clock = clock
        self._role_sessions = role_sessions
        self._credential_lifetime = credential_lifetime
        self._pools = Pools(account_id=account_id, region=region)
        self._identities = Identities(region=region)
        self._login_tokens = LoginTokens(clock=clock, login_keys=login_keys)
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "CreateIdentityPool": self._create_identity_pool,
            "DeleteIdentityPool": self._delete_identity_pool,
            "DescribeIdentityPool": self._describe_identity_pool,
            "GetCredentialsForIdentity": self._get_credentials_for_identity,
            "GetId": self._get_id,
            "GetIdentityPoolRoles": self._get_identity_pool_roles,
            "GetOpenIdToken": self._get_open_id_token,
            "GetOpenIdTokenForDeveloperIdentity": self._get_open_id_token_for_developer_identity,
            "SetIdentityPoolRoles": self._set_identity_pool_roles,
            "UpdateIdentityPool": self._update_identity_pool,
        }

    def handle(self, operation: str, body: bytes, *, signed: bool) -> wire.Response:
        """Answer one request; ``signed`` says whether it carried an Authorization header.

        Returns HTTP status, headers (Content-Length is the server's) and body, for refusals
        too; raises only where the emulator itself is at fault.
        """
        try:
            output = self._answer(operation, body, signed=signed)
        except ServiceFault as fault:
            return wire.failure(fault, now=self._clock.now())
        return wire.success(output, now=self._clock.now())

    def register_opaque_token(
        self, provider_key: str, token: str, app_id: str, user_id: str
    ) -> None:
        """Stand in for a provider whose access tokens only the provider can read.

        From now on ``token`` is one that Facebook, Amazon, Twitter or Digits (named by
        ``provider_key``, the key in Logins) gave to its user ``user_id`` for the application
        ``app_id``. Raises ``ValueError`` for any other provider.
        """
        self._login_tokens.register_opaque_token(provider_key, token, app_id, user_id)

    def _answer(self, operation: str, body: bytes, *, signed: bool) -> Answer:
        answer = self._operations.get(operation)
        if answer is None:
            message = Invented.UNKNOWN_OPERATION.format(operation=operation)
            raise ServiceFault("UnknownOperationException", message)
        request = wire.read_request(body)
        if needs_signature(operation) and not signed:
            raise ServiceFault(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        return answer(validated(operation, request))

    # Pools

    def _create_identity_pool(self, request: Request) -> Answer:
        return _describe(self._pools.create(request))

    def _update_identity_pool(self, request: Request) -> Answer:
        settings = {key: value for key, value in request.items() if key != "IdentityPoolId"}
        return _describe(self._pools.update(request["IdentityPoolId"], settings))

    def _describe_identity_pool(self, request: Request) -> Answer:
        return _describe(self._pools.get(request["IdentityPoolId"]))

    def _delete_identity_pool(self, request: Request) -> Answer:
        self._pools.delete(request["IdentityPoolId"])
        self._identities.forget_pool(request["IdentityPoolId"])
        return None

    def _set_identity_pool_roles(self, request: Request) -> Answer:
        self._pools.set_roles(
            request["IdentityPoolId"], request["Roles"], request.get("RoleMappings", {})
        )
        return None

    def _get_identity_pool_roles(self, request: Request) -> Answer:
        pool = self._pools.get(request["IdentityPoolId"])
        answer: dict[str, Any] = {"IdentityPoolId": pool.id}
        if pool.roles:
            answer["Roles"] = pool.roles
        if pool.role_mappings:
            answer["RoleMappings"] = pool.role_mappings
        return answer

    # Identities

    def _get_id(self, request: Request) -> Answer:
        pool = self._pools.get(request["IdentityPoolId"])
        logins: Mapping[str, str] = request.get("Logins", {})
        if logins:
            verified = self._login_tokens.verify_all(pool, logins)
            identity = self._identities.find_or_create(pool.id, _links(verified))
        elif pool.allows_guests:
            identity = self._identities.create_guest(pool.id)
        else:
            raise unauthenticated_access_off()
        return {"IdentityId": identity.id}

    def _get_open_id_token(self, request: Request) -> Answer:
        identity, pool = self._identity_and_pool(request)
        if not pool.allows_basic_flow:
            raise invalid_parameter(
                "Basic (classic) flow is not enabled, please use enhanced flow."
            )
        if pool.role_mappings:
            raise invalid_parameter(
                "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
            )
        identity, verified = self._sign_in(identity, pool, request.get("Logins", {}))
        claims = self._pool_claims(identity, pool, _amr(verified), _OPEN_ID_TOKEN_LIFETIME)
        return {"IdentityId": identity.id, "Token": self.pool_tokens.sign(claims)}

    def _get_open_id_token_for_developer_identity(self, request: Request) -> Answer:
        pool = self._pools.get(request["IdentityPoolId"])
        logins: dict[str, str] = dict(request["Logins"])
        provider = pool.developer_provider
        if provider is None or provider not in logins:
            raise invalid_parameter(
                "This identity pool does not support the specified developer provider"
            )
        user = logins.pop(provider)
        developer = Link(provider, user, public=False)
        verified = self._login_tokens.verify_all(pool, logins)
        links = _links(verified)
        identity_id: str | None = request.get("IdentityId")
        if identity_id is None:
            identity = self._identities.find_or_create(pool.id, [developer, *links])
        elif self._identities.get(identity_id).pool_id != pool.id:
            raise identity_not_found(identity_id)
        else:
            identity = self._identities.sign_in_developer(identity_id, developer, links)
        claims = self._pool_claims(
            identity,
            pool,
            ["authenticated", provider, f"{provider}:{pool.id}:{user}", *_entries(verified)],
            lifetime=request.get("TokenDuration", _DEVELOPER_TOKEN_LIFETIME),
            tags=_tags(request.get("PrincipalTags", {})),
        )
        return {"IdentityId": identity.id, "Token": self.pool_tokens.sign(claims)}

    def _get_credentials_for_identity(self, request: Request) -> Answer:
        identity, pool = self._identity_and_pool(request)
        logins: dict[str, str] = dict(request.get("Logins", {}))
        custom_role_arn: str | None = request.get("CustomRoleArn")
        own_token = logins.pop(self.pool_tokens.provider_name, None)
        if own_token is not None:
            own = self._verify_own_token(own_token, identity)
            verified = self._login_tokens.verify_all(pool, logins)
            links = [*identity.links, *_links(verified)]
            identity = self._identities.sign_in(identity.id, links)
            role = signed_in_role(pool, (), custom_role_arn)
            amr, tags = [*own["amr"], *_entries(verified)], own.get(TAGS_CLAIM)
        else:
            identity, verified = self._sign_in(identity, pool, logins)
            if verified:
                role = signed_in_role(pool, verified, custom_role_arn)
            else:
                role = guest_role(pool, custom_role_arn)
            amr, tags = _amr(verified), None
        claims = self._pool_claims(identity, pool, amr, _OPEN_ID_TOKEN_LIFETIME, tags)
        return {"IdentityId": identity.id, "Credentials": self._credentials(role, claims)}

    # The steps that operations share

    def _identity_and_pool(self, request: Request) -> tuple[Identity, IdentityPool]:
        identity = self._identities.get(request["IdentityId"])
        return identity, self._pools.get(identity.pool_id)

    def _sign_in(
        self, identity: Identity, pool: IdentityPool, logins: Mapping[str, str]
    ) -> tuple[Identity, list[VerifiedLogin]]:
        """Return the identity that these logins make of ``identity``; no logins, a guest."""
        if logins:
            verified = self._login_tokens.verify_all(pool, logins)
            return self._identities.sign_in(identity.id, _links(verified)), verified
        if identity.links or not identity.enabled:
            raise identity_forbidden(identity.id)
        if not pool.allows_guests:
            raise unauthenticated_access_off()
        return identity, []

    def _verify_own_token(self, token: str, identity: Identity) -> Mapping[str, Any]:
        """Return the claims of our token for this identity; a guest's proves nothing."""
        claims = self.pool_tokens.verify(token)
        if claims["sub"] != identity.id or claims["amr"] == _GUEST_AMR:
            raise logins_do_not_match()
        return claims

    def _pool_claims(
        self,
        identity: Identity,
        pool: IdentityPool,
        amr: Sequence[str],
        lifetime: float,
        tags: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self.pool_tokens.claims(
            identity_id=identity.id,
            pool_id=pool.id,
            pool_arn=None if amr == _GUEST_AMR else pool.arn,
            amr=amr,
            lifetime=lifetime,
            tags=tags,
        )

    def _credentials(self, role_arn: str, claims: Mapping[str, Any]) -> dict[str, Any]:
        guest = claims["amr"] == _GUEST_AMR
        try:
            session = self._role_sessions.assume_with_pool_token(
                role_arn=role_arn,
                claims=claims,
                session_name=_SESSION_NAME,
                duration=self._credential_lifetime,
                session_policies=(GUEST_SESSION_POLICY,) if guest else (),
            )
        except RoleRefused as refused:
            raise invalid_pool_configuration() from refused
        return {
            "AccessKeyId": session.access_key_id,
            "Expiration": float(session.expiration),
            "SecretKey": session.secret_access_key,
            "SessionToken": session.session_token,
        }


def _describe(pool: IdentityPool) -> Answer:
    return {"IdentityPoolId": pool.id, **pool.settings}


def _links(logins: Sequence[VerifiedLogin]) -> list[Link]:
    return [login.link for login in logins]


def _amr(logins: Sequence[VerifiedLogin]) -> list[str]:
    return ["authenticated", *_entries(logins)] if logins else _GUEST_AMR


def _entries(logins: Sequence[VerifiedLogin]) -> list[str]:
    return [entry for login in logins for entry in login.amr]


def _tags(principal_tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return session tags as the token's claim has them: a list of one for each key."""
    if not principal_tags:
        return None
    return {"principal_tags": {key: [value] for key, value in principal_tags.items()}}
