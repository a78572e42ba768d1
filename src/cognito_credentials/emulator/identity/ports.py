"""Ports of the emulated service: its interfaces to STS and to login providers.

The service itself opens no socket, does not read the system clock and does not import moto. The
`moto` package implements these ports, and unit tests use fakes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """The credentials that STS returns for an assumed role.

    The repr does not show the secrets. `expiration` is in seconds since the epoch (UTC).
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
                claims contain principal tags, the trust policy must also allow `sts:TagSession`.
            session_name: The name of the session.
            duration: The lifetime of the session, in seconds.
            session_policies: IAM policy documents. An action must be allowed by the role and by one
                of these documents; without documents, by the role only.

        Raises:
            AwsError: If the trust policy does not allow the request, the role does not exist,
                `duration` exceeds the role's maximum session duration, or the principal tags exceed
                a limit. The error has the code and the message that STS returns.
        """
        ...


class LoginProviders(Protocol):
    """Access to data from login providers, and to their entries in IAM."""

    def find_key_set(self, issuer: str, *, refresh: bool = False) -> Mapping[str, Any] | None:
        """Return the JWKS of an issuer (a URL), or None if it is unavailable.

        If `refresh` is true, fetch the keys again, because the cached keys do not include the key
        of a token.
        """
        ...

    def find_replaced_issuers(self, issuer: str) -> Sequence[str]:
        """Return the URLs of the issuers for which an issuer is the substitute.

        For example, a local issuer can be the substitute for Google.
        """
        ...

    def get_oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        """Return the client IDs of an OIDC provider in IAM.

        Raises:
            KeyError: If IAM has no such provider.
        """
        ...

    def get_saml_metadata(self, provider_arn: str) -> str:
        """Return the metadata document of a SAML provider in IAM.

        Raises:
            KeyError: If IAM has no such provider.
        """
        ...

    def is_signed_out(self, issuer: str, subject: str, auth_time: float) -> bool:
        """Return True if a user was signed out, disabled or deleted after `auth_time`.

        The service calls this method for identity pools with `ServerSideTokenCheck`. `auth_time` is
        in seconds since the epoch (UTC).
        """
        ...
