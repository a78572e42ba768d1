"""The enhanced flow: GetCredentialsForIdentity, with the role that the pool chooses."""

from __future__ import annotations

from cognito_credentials._core import ops, wire_cognito
from cognito_credentials._core.identity_sources import read_identity_id
from cognito_credentials._core.responses import parse_cognito_credentials
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import Grant
    from cognito_credentials._core.service_client import ServiceClient


class EnhancedCredentialSource:
    """One call; `custom_role_arn` picks among the roles that the user's token names."""

    credential_lifetime = 3600.0

    def __init__(self, url: str, custom_role_arn: str | Callable[..., Any] | None) -> None:
        self.url = url
        self.custom_role_arn = custom_role_arn

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return what decides which role it is, and where."""
        return {"flow": "enhanced", "url": self.url, "role": (yield from self._role(logins))}

    def fetch(
        self, client: ServiceClient, identity_id: str, logins: ResolvedLogins, facts: CallContext
    ) -> Flow[Grant]:
        members: dict[str, Any] = {"IdentityId": identity_id}
        if logins.tokens:
            members["Logins"] = logins.tokens
        role = yield from self._role(logins)
        if role is not None:
            members["CustomRoleArn"] = facts.role_arn = role
        answer = yield from client.call(
            wire_cognito, self.url, "GetCredentialsForIdentity", members, facts
        )
        return parse_cognito_credentials(answer, read_identity_id(answer, default=identity_id))

    def _role(self, logins: ResolvedLogins) -> Flow[str | None]:
        role = self.custom_role_arn
        if role is None or isinstance(role, str):
            return role
        role = yield from ops.call(role, logins.claims or {})
        if role is not None and not isinstance(role, str):
            raise ConfigurationError(
                f"custom_role_arn returned {type(role).__name__}: it must return a role's ARN, "
                "or None to leave the choice to the pool"
            )
        return role
