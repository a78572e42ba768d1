"""What the emulated identity service asks of the world: a clock, STS, and others' keys.

The service half is pure. It never opens a socket, never reads the system clock and never
imports moto; whatever it needs from outside it asks through one of these three ports. The
moto half answers them in production, and the unit tests answer them with fakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class EmulatorClock(Protocol):
    """Tell the time that the whole emulator goes by."""

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch (UTC)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """Hold the credentials of one assumed role, as STS hands them out.

    ``expiration`` is in seconds since the Unix epoch. The secrets stay out of the repr.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float
    assumed_role_arn: str
    assumed_role_id: str


class RoleRefused(Exception):  # noqa: N818 - STS refuses; nothing went wrong
    """Say why STS would not let a token assume a role, with STS's own code and text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class RoleSessions(Protocol):
    """Assume roles with the claims of a token that the identity pool itself issued."""

    def assume_with_pool_token(
        self,
        *,
        role_arn: str,
        claims: Mapping[str, Any],
        session_name: str,
        duration: float,
        session_policies: Sequence[Mapping[str, Any]] = (),
    ) -> RoleSession:
        """Evaluate the role's trust policy against ``claims`` and open a session.

        The trust policy sees ``aud``, ``amr`` and ``sub``; where the claims carry principal
        tags it must allow ``sts:TagSession`` too. ``duration`` is in seconds. What the session
        may do is the role's permissions intersected with the union of ``session_policies``
        (IAM policy documents); with none, the role's permissions alone.

        Raises ``RoleRefused`` where the trust policy says no or the role does not exist.
        """
        ...


class LoginKeys(Protocol):
    """Answer what only a login provider, or IAM's record of it, knows."""

    def key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """Return the JWKS of ``issuer`` (a URL), or None where it cannot be had."""
        ...

    def oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        """Return the client ids of an IAM OIDC provider; raise ``KeyError`` where unknown."""
        ...

    def signed_out_since(self, issuer: str, subject: str, auth_time: float) -> bool:
        """Say whether a user pool's user was signed out, disabled or deleted after ``auth_time``.

        This is what ``ServerSideTokenCheck`` asks of the user pool. ``auth_time`` is in seconds
        since the Unix epoch.
        """
        ...
