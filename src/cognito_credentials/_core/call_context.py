"""Facts about a call, such as IDs and logins; if the call fails, a hint can use these facts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.login_resolution import ResolvedLogins

__all__ = ["CallContext"]


class CallContext:
    """The IDs, logins and role of one call; an unknown value is None.

    `other_secrets` are secrets in the request other than login tokens.
    """

    __slots__ = ("identity_id", "identity_pool_id", "logins", "other_secrets", "role_arn")

    def __init__(
        self,
        *,
        identity_pool_id: str | None = None,
        identity_id: str | None = None,
        logins: ResolvedLogins | None = None,
        role_arn: str | None = None,
        other_secrets: tuple[str, ...] = (),
    ) -> None:
        self.identity_pool_id: str | None = identity_pool_id
        self.identity_id: str | None = identity_id
        self.logins: ResolvedLogins | None = logins
        self.role_arn: str | None = role_arn
        self.other_secrets: tuple[str, ...] = other_secrets

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets in the request; an error response may repeat them."""
        tokens = () if self.logins is None else self.logins.tokens.values()
        return (*tokens, *self.other_secrets)
