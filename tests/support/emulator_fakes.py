"""The identity service with fakes of its ports: nothing leaves the test."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from cognito_credentials.emulator.identity.ports import RoleRefused, RoleSession
from cognito_credentials.emulator.identity.service import IdentityService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT = "123456789012"
REGION = "eu-west-1"
NOW = 1_700_000_000.0
OWN = "cognito-identity.amazonaws.com"

USER_POOL = f"cognito-idp.{REGION}.amazonaws.com/{REGION}_AbCdEf123"
CLIENT = "3n4b5urk1ft4fl3mg5e62d9ado"
OIDC = "login.example.com/tenant"
OIDC_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}"
GOOGLE = "accounts.google.com"
FACEBOOK = "graph.facebook.com"
SAML_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
DEVELOPER = "login.example.app"

GUEST_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Guest"
USER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/User"
ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Admin"

PROVIDERS: dict[str, Any] = {
    "CognitoIdentityProviders": [{"ProviderName": USER_POOL, "ClientId": CLIENT}],
    "SupportedLoginProviders": {GOOGLE: "google-client", FACEBOOK: "fb-app"},
    "OpenIdConnectProviderARNs": [OIDC_ARN],
    "SamlProviderARNs": [SAML_ARN],
    "DeveloperProviderName": DEVELOPER,
}


class FakeClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time


@dataclass
class FakeRoleSessions:
    """Hand out numbered keys for any role, and remember what was asked for."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    refusal: RoleRefused | None = None

    def assume_with_pool_token(
        self,
        *,
        role_arn: str,
        claims: Mapping[str, Any],
        session_name: str,
        duration: float,
        session_policies: Sequence[Mapping[str, Any]] = (),
    ) -> RoleSession:
        self.calls.append(
            {
                "role_arn": role_arn,
                "claims": claims,
                "session_name": session_name,
                "duration": duration,
                "session_policies": session_policies,
            }
        )
        if self.refusal is not None:
            raise self.refusal
        return RoleSession(
            access_key_id=f"ASIA{len(self.calls):016}",
            secret_access_key="wJalrXUtnFEMI",
            session_token="IQoJb3JpZ2lu",
            expiration=claims["iat"] + duration,
            assumed_role_arn=role_arn.replace(":role/", ":assumed-role/") + "/" + session_name,
            assumed_role_id="AROA0000000000000000:" + session_name,
        )


@dataclass
class FakeLoginKeys:
    key_sets: dict[str, Any] = field(default_factory=dict)
    client_ids: dict[str, list[str]] = field(default_factory=lambda: {OIDC_ARN: ["web", "mobile"]})
    signed_out: set[tuple[str, str, float]] = field(default_factory=set)

    def key_set(self, issuer: str) -> Mapping[str, Any] | None:
        return self.key_sets.get(issuer)

    def oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        return self.client_ids[provider_arn]

    def signed_out_since(self, issuer: str, subject: str, auth_time: float) -> bool:
        return (issuer, subject, auth_time) in self.signed_out


@functools.cache
def issuer_key(name: str = "provider") -> RSAKey:
    """Make the key of a login provider; one for the whole run, because it takes long."""
    return RSAKey.generate_key(2048, {"kid": name})


def id_token(
    provider: str = USER_POOL,
    subject: str = "alice",
    audience: Any = CLIENT,
    *,
    alg: str = "RS256",
    key: RSAKey | None = None,
    header: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
    **claims: Any,
) -> str:
    """Sign an ID token as a login provider would."""
    key = key or issuer_key()
    payload = {
        "iss": f"https://{provider}",
        "sub": subject,
        "aud": audience,
        "iat": int(NOW),
        "exp": int(NOW) + 3600,
        **claims,
    }
    for name in without:
        del payload[name]
    registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode(
        {"alg": alg, "kid": key.kid, **(header or {})}, payload, key, registry=registry
    )


class World:
    """One service with its fakes, and short words for what tests do to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.roles = FakeRoleSessions()
        self.keys = FakeLoginKeys()
        public = {"keys": [issuer_key().as_dict(private=False)]}
        for provider in (USER_POOL, OIDC, GOOGLE):
            self.keys.key_sets[f"https://{provider}"] = public
        self.service = IdentityService(
            account_id=options.pop("account_id", ACCOUNT),
            region=options.pop("region", REGION),
            clock=self.clock,
            role_sessions=self.roles,
            login_keys=self.keys,
            **options,
        )

    def raw(self, operation: str, body: bytes, *, signed: bool = True) -> tuple[int, bytes]:
        status, _, answer = self.service.handle(operation, body, signed=signed)
        return status, answer

    def call(self, operation: str, **request: Any) -> Any:
        """Return what an operation answers when it succeeds."""
        status, answer = self.raw(operation, json.dumps(request).encode())
        assert status == 200, answer
        return json.loads(answer) if answer else None

    def refused(self, operation: str, **request: Any) -> tuple[str, str]:
        """Return the code and text of the refusal that an operation must answer with."""
        status, answer = self.raw(operation, json.dumps(request).encode())
        assert status == 400, answer
        error = json.loads(answer)
        assert list(error) == ["__type", "message"]
        return error["__type"], error["message"]

    def pool(
        self,
        *,
        guests: bool = True,
        roles: Mapping[str, str] | None = None,
        mappings: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> str:
        """Make a pool with every kind of provider and both roles, or with what is given."""
        pool_id: str = self.call(
            "CreateIdentityPool",
            IdentityPoolName="pool",
            AllowUnauthenticatedIdentities=guests,
            **{**PROVIDERS, **settings},
        )["IdentityPoolId"]
        if roles is None:
            roles = {"authenticated": USER_ROLE, "unauthenticated": GUEST_ROLE}
        self.call(
            "SetIdentityPoolRoles", IdentityPoolId=pool_id, Roles=roles, RoleMappings=mappings or {}
        )
        return pool_id

    def bare_pool(self, **settings: Any) -> str:
        """Make a pool that lets guests in and has nothing else."""
        pool_id: str = self.call(
            "CreateIdentityPool",
            IdentityPoolName="bare",
            AllowUnauthenticatedIdentities=True,
            **settings,
        )["IdentityPoolId"]
        return pool_id

    def get_id(self, pool_id: str, logins: Mapping[str, str] | None = None) -> str:
        request = {"IdentityPoolId": pool_id, **({"Logins": logins} if logins else {})}
        identity_id: str = self.call("GetId", **request)["IdentityId"]
        return identity_id
