"""Interfaces between the emulated service and STS or the login providers.

The service itself is pure: it opens no socket, does not read the system clock and does not import
moto. The `moto` package implements these ports, and unit tests replace them by fakes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """The credentials of an assumed role, as STS returns them.

    The secrets stay out of the repr. `expiration` is in seconds since the epoch (UTC).
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float
    assumed_role_arn: str
    assumed_role_id: str


class RoleSessions(Protocol):
    """Assumes roles with the OpenID tokens of identity pools."""

    def assume_with_open_id_token(
        self,
        *,
        role_arn: str,
        claims: Mapping[str, Any],
        session_name: str,
        duration: float,
        session_policies: Sequence[Mapping[str, Any]] = (),
    ) -> RoleSession:
        """Evaluate the trust policy of the role and open a session.

        Args:
            role_arn: The ARN of the role.
            claims: The claims of the token. The trust policy sees `aud`, `amr` and `sub`. If the
                claims contain principal tags, it must allow `sts:TagSession` as well.
            session_name: The name of the session.
            duration: The lifetime of the session, in seconds.
            session_policies: IAM policy documents. The session may do what both the role and one
                of these documents allow; without documents, what the role allows.

        Raises:
            AwsError: If the trust policy does not allow the request, the role does not exist, or
                the role's maximum session duration is shorter. Code and message are those of STS.
        """
        ...


class LoginProviders(Protocol):
    """Facts that only a login provider, or its entry in IAM, knows."""

    def find_key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """Return the JWKS of an issuer (a URL), or None if it is unavailable."""
        ...

    def get_oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        """Return the client IDs of an OIDC provider in IAM.

        Raises:
            KeyError: If IAM has no such provider.
        """
        ...

    def is_signed_out(self, issuer: str, subject: str, auth_time: float) -> bool:
        """Return True if a user was signed out, disabled or deleted after `auth_time`.

        This is what `ServerSideTokenCheck` checks in the user pool. `auth_time` is in seconds since
        the epoch (UTC).
        """
        ...
