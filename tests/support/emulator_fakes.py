"""The emulated identity service with fake ports, for tests without moto and sockets."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.ports import RoleSession
from cognito_credentials.emulator.identity.service import IdentityService
from cognito_credentials.emulator.json_values import parse_object
from cognito_credentials.emulator.messages import (
    RawRequest,
    ServiceRequest,
    Signature,
    WireProtocol,
)

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
    """Fake of `RoleSessions` that returns numbered keys for any role and records the calls."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    error: AwsError | None = None

    def assume_with_open_id_token(
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
        if self.error is not None:
            raise self.error
        return RoleSession(
            access_key_id=f"ASIA{len(self.calls):016}",
            secret_access_key="wJalrXUtnFEMI",
            session_token="IQoJb3JpZ2lu",
            expiration=claims["iat"] + duration,
            assumed_role_arn=role_arn.replace(":role/", ":assumed-role/") + "/" + session_name,
            assumed_role_id="AROA0000000000000000:" + session_name,
        )


@dataclass
class FakeLoginProviders:
    """Fake of `LoginProviders`; tests set its key sets, client IDs and sign-outs."""

    key_sets: dict[str, Any] = field(default_factory=dict)
    client_ids: dict[str, list[str]] = field(default_factory=lambda: {OIDC_ARN: ["web", "mobile"]})
    signed_out: set[tuple[str, str, float]] = field(default_factory=set)
    new_key_sets: dict[str, Any] = field(default_factory=dict)
    replaced: dict[str, list[str]] = field(default_factory=dict)
    saml_metadata: dict[str, str] = field(default_factory=dict)

    def find_key_set(self, issuer: str, *, refresh: bool = False) -> Mapping[str, Any] | None:
        if refresh:
            self.key_sets.update(self.new_key_sets)
        return self.key_sets.get(issuer)

    def find_replaced_issuers(self, issuer: str) -> Sequence[str]:
        return self.replaced.get(issuer, [])

    def get_oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        return self.client_ids[provider_arn]

    def get_saml_metadata(self, provider_arn: str) -> str:
        return self.saml_metadata[provider_arn]

    def is_signed_out(self, issuer: str, subject: str, auth_time: float) -> bool:
        return (issuer, subject, auth_time) in self.signed_out


@functools.cache
def issuer_key(name: str = "provider") -> RSAKey:
    """Return a login provider's signing key, cached because generating a key is slow."""
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
    """Return an ID token that a login provider signed."""
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


def make_service_request(
    operation: str, body: bytes, *, signed: bool = True, region: str = REGION
) -> ServiceRequest:
    """Return a request to Amazon Cognito Identity, in the form that `front` creates."""
    http = RawRequest("POST", "/", Headers(), body)
    json_body = parse_object(body) if body else {}
    signature = Signature(
        access_key_id="AKIAEXAMPLE",
        session_token=None,
        service="cognito-identity",
        region=region,
        expires_at=None,
        value="",
        signed_headers=(),
        scope="",
        date="",
        signed_request=http,
    )
    return ServiceRequest(
        service="cognito-identity",
        protocol=WireProtocol.JSON,
        operation=operation,
        region=region,
        is_public=not signed,
        http=http,
        parameters=json_body or {},
        has_json_body=json_body is not None,
        signature=signature if signed else None,
    )


class ServiceHarness:
    """An identity service with fake ports, and shortcuts for sending requests to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.explanation: tuple[str, ...] = ()
        self.role_sessions = FakeRoleSessions()
        self.login_providers = FakeLoginProviders()
        public = {"keys": [issuer_key().as_dict(private=False)]}
        for provider in (USER_POOL, OIDC, GOOGLE):
            self.login_providers.key_sets[f"https://{provider}"] = public
        self.service = IdentityService(
            account_id=options.pop("account_id", ACCOUNT),
            region=options.pop("region", REGION),
            clock=self.clock,
            role_sessions=self.role_sessions,
            login_providers=self.login_providers,
            **options,
        )

    def send(
        self, operation: str, body: bytes, *, signed: bool = True, region: str = REGION
    ) -> tuple[int, bytes]:
        request = make_service_request(operation, body, signed=signed, region=region)
        try:
            response = self.service.handle(request)
        except AwsError as error:
            self.explanation = error.explanation
            response = wire.error_response(error, now=self.clock.now())
        return response.status, response.body

    def call(self, operation: str, **parameters: Any) -> Any:
        """Call an operation that must succeed, and return its output."""
        status, body = self.send(operation, json.dumps(parameters).encode())
        assert status == 200, body
        return json.loads(body) if body else None

    def call_error(self, operation: str, **parameters: Any) -> tuple[str, str]:
        """Call an operation that must fail, and return its error code and message."""
        status, body = self.send(operation, json.dumps(parameters).encode())
        assert status == 400, body
        error = json.loads(body)
        assert list(error) == ["__type", "message"]
        return error["__type"], error["message"]

    def create_pool(
        self,
        *,
        guests: bool = True,
        roles: Mapping[str, str] | None = None,
        mappings: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> str:
        """Create an identity pool, by default with all kinds of login providers and both roles."""
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

    def create_bare_pool(self, **settings: Any) -> str:
        """Create an identity pool that allows guests and has no login providers and no roles."""
        pool_id: str = self.call(
            "CreateIdentityPool",
            IdentityPoolName="bare",
            AllowUnauthenticatedIdentities=True,
            **settings,
        )["IdentityPoolId"]
        return pool_id

    def get_developer_id(self, pool_id: str, user: str, **parameters: Any) -> str:
        """Return the identity ID for a developer user identifier."""
        identity_id: str = self.call(
            "GetOpenIdTokenForDeveloperIdentity",
            IdentityPoolId=pool_id,
            Logins={DEVELOPER: user},
            **parameters,
        )["IdentityId"]
        return identity_id

    def get_id(self, pool_id: str, logins: Mapping[str, str] | None = None) -> str:
        parameters = {"IdentityPoolId": pool_id, **({"Logins": logins} if logins else {})}
        identity_id: str = self.call("GetId", **parameters)["IdentityId"]
        return identity_id
