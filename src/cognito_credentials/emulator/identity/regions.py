"""The state of Amazon Cognito Identity in one region, which the operations read and change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.login_tokens import LoginTokenVerifier
from cognito_credentials.emulator.identity.open_id_tokens import OpenIdTokens
from cognito_credentials.emulator.identity.pools import PoolStore
from cognito_credentials.emulator.identity.ports import RoleSessions
from cognito_credentials.emulator.identity.wire import Output, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The identity pools and identities of one region, and the services that operations need.

    Thread-safe.

    Attributes:
        pools: The identity pools.
        identities: The identities of the pools.
        login_tokens: Verifies login tokens.
        open_id_tokens: Issues and verifies OpenID tokens.
        role_sessions: Assumes the roles of identity pools.
        credential_lifetime: The lifetime of the enhanced flow's credentials, in seconds.
    """

    pools: PoolStore
    identities: IdentityStore
    login_tokens: LoginTokenVerifier
    open_id_tokens: OpenIdTokens
    role_sessions: RoleSessions
    credential_lifetime: float


Operation = Callable[[Region, Parameters], Output]
"""An operation. Takes validated parameters; returns the response or raises `AwsError`."""
