"""Grants of users to applications, and the codes and tokens that represent them.

A grant is revoked together with all its tokens if the application revokes the refresh token, or if
a code or a refresh token is used twice, because an attacker may have stolen that code or token (RFC
6749, section 4.1.2; RFC 9700, section 4.14.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field

CODE_LIFETIME_SECONDS = 60.0
TOKEN_LIFETIME_SECONDS = 3600.0
REFRESH_LIFETIME_SECONDS = 30 * 86400.0
REQUEST_LIFETIME_SECONDS = 3600.0


@dataclass(eq=False, slots=True)
class Grant:
    """A sign-in of a user for an application.

    Attributes:
        client_id: The application.
        user: The name of the user.
        scopes: The scopes.
        auth_time: When the user signed in, in seconds since the epoch (UTC).
        nonce: The nonce in the authorization request.
        is_revoked: Whether all tokens are invalid.
    """

    client_id: str
    user: str
    scopes: tuple[str, ...]
    auth_time: float
    nonce: str | None = field(default=None, repr=False)
    is_revoked: bool = False


@dataclass(eq=False, slots=True)
class Code:
    """An authorization code, which can be used once."""

    grant: Grant
    redirect_uri: str
    challenge: str | None = field(repr=False)
    expires_at: float
    is_used: bool = False


@dataclass(eq=False, slots=True)
class RefreshToken:
    """A refresh token, which is replaced when it is used."""

    grant: Grant
    expires_at: float
    is_used: bool = False


@dataclass(eq=False, slots=True)
class AccessToken:
    """An access token for the user info endpoint."""

    grant: Grant
    expires_at: float


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid authorization request, for which the sign-in page is shown."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = field(repr=False)
    nonce: str | None = field(repr=False)
    challenge: str | None = field(repr=False)
    login_hint: str
    expires_at: float
