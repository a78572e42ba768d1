"""The enhanced flow: GetCredentialsForIdentity returns credentials for a role of the pool."""

from __future__ import annotations

from cognito_credentials._core import ops
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import IssuedCredentials
    from cognito_credentials._core.service_client import ServiceClient


class EnhancedCredentialSource:
    """Credential source for the enhanced flow, which consists of a single call.

    `custom_role_arn` selects one of the roles in the user's token.
    """

    credential_lifetime = 3600.0

    def __init__(self, url: str, custom_role_arn: str | Callable[..., Any] | None) -> None:
        self.url = url
        self.custom_role_arn = custom_role_arn

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return the values that determine the role and the endpoint, serializable as JSON."""
        role_arn = yield from self._resolve_role_arn(logins)
        return {"url": self.url} if role_arn is None else {"url": self.url, "role": role_arn}

    def fetch(
        self, client: ServiceClient, identity_id: str, logins: ResolvedLogins, context: CallContext
    ) -> Flow[IssuedCredentials]:
        """Call GetCredentialsForIdentity."""
        # Imported here, because a process that finds credentials in a store sends no request.
        from cognito_credentials._core import wire_cognito
        from cognito_credentials._core.responses import (
            parse_cognito_credentials,
            read_identity_id,
        )

        members: dict[str, Any] = {"IdentityId": identity_id}
        if logins.tokens:
            members["Logins"] = logins.tokens
        role_arn = yield from self._resolve_role_arn(logins)
        if role_arn is not None:
            members["CustomRoleArn"] = context.role_arn = role_arn
        result = yield from client.call(
            wire_cognito, self.url, "GetCredentialsForIdentity", members, context
        )
        return parse_cognito_credentials(result, read_identity_id(result, default=identity_id))

    def _resolve_role_arn(self, logins: ResolvedLogins) -> Flow[str | None]:
        role_arn = self.custom_role_arn
        if role_arn is None or isinstance(role_arn, str):
            return role_arn
        role_arn = yield from ops.call(role_arn, logins.claims or {})
        if role_arn is not None and not is_role_arn(role_arn):
            raise ConfigurationError(
                "custom_role_arn must return the ARN of a role, or None to let the identity pool "
                f"choose, not {format_value(role_arn)}",
                hint="Return an ARN such as arn:aws:iam::123456789012:role/NAME.",
            )
        return role_arn  # type: ignore[no-any-return]


def is_role_arn(value: object) -> bool:
    """Return True if a value is the ARN of a role."""
    # Imported here, because only callers who pass a role need this module.
    from cognito_credentials._core.basic import ROLE_ARN

    return isinstance(value, str) and ROLE_ARN.fullmatch(value) is not None
