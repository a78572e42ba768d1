"""The endpoints for tokens: issuing, revocation (RFC 7009), and claims about the user."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Any

from cognito_credentials.emulator.issuer import id_tokens
from cognito_credentials.emulator.issuer.clients import Client
from cognito_credentials.emulator.issuer.errors import OAuthError
from cognito_credentials.emulator.issuer.grants import (
    REFRESH_LIFETIME_SECONDS,
    TOKEN_LIFETIME_SECONDS,
    AccessToken,
    Grant,
    RefreshToken,
)
from cognito_credentials.emulator.issuer.parameters import Parameters, require
from cognito_credentials.emulator.issuer.state import IssuerState

DEVICE_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def request_tokens(state: IssuerState, client: Client, parameters: Parameters) -> dict[str, Any]:
    """Return the tokens for a grant.

    Raises:
        OAuthError: If the grant is invalid.
    """
    grant_type = require(parameters, "grant_type")
    try:
        redeem = GRANT_TYPES[grant_type]
    except KeyError:
        raise OAuthError(
            "unsupported_grant_type", f"the grant types are {', '.join(GRANT_TYPES)}"
        ) from None
    return redeem(state, client, parameters)


def revoke(state: IssuerState, client: Client, parameters: Parameters) -> None:
    """Revoke a token. Revoking a refresh token ends the whole grant; an unknown token is ignored.

    Raises:
        OAuthError: If the token belongs to another client.
    """
    key = require(parameters, "token")
    refresh_token, access_token = state.refresh_tokens.get(key), state.access_tokens.get(key)
    token = refresh_token or access_token
    if token is None:
        return
    if token.grant.client_id != client.id:
        raise OAuthError("unauthorized_client", "the token was issued to another client")
    if refresh_token is not None:
        refresh_token.grant.is_revoked = True
    state.access_tokens.remove(key)


def get_user_info(state: IssuerState, authorization: str) -> dict[str, Any]:
    """Return the claims about the user of an access token (OpenID Connect Core 5.3).

    Raises:
        OAuthError: If the header contains no valid access token.
    """
    scheme, _, key = authorization.partition(" ")
    token = state.access_tokens.get(key.strip()) if scheme.lower() == "bearer" else None
    if token is None or token.grant.is_revoked or state.now() >= token.expires_at:
        raise OAuthError("invalid_token", "the access token is missing or unknown, or has expired")
    return state.users.make_claims(token.grant.user, token.grant.scopes)


def _redeem_code(state: IssuerState, client: Client, parameters: Parameters) -> dict[str, Any]:
    code = state.codes.get(require(parameters, "code"))
    if code is None or code.grant.client_id != client.id:
        raise _invalid_grant("the code is unknown")
    if code.is_used:
        code.grant.is_revoked = True
        raise _invalid_grant("the code was used before")
    code.is_used = True
    if state.now() >= code.expires_at:
        raise _invalid_grant("the code has expired")
    if parameters.get("redirect_uri") != code.redirect_uri:
        raise _invalid_grant("the redirect_uri differs from the one in the authorization request")
    _check_verifier(parameters.get("code_verifier"), code.challenge)
    return _issue_tokens(state, code.grant, nonce=code.grant.nonce)


def _check_verifier(verifier: str | None, challenge: str | None) -> None:
    if verifier is None and challenge is None:
        return
    if verifier is None:
        raise OAuthError("invalid_request", "the parameter code_verifier is missing")
    if challenge is None:
        raise _invalid_grant("the authorization request had no code_challenge")
    if not _VERIFIER.fullmatch(verifier):
        raise _invalid_grant("the code_verifier must consist of 43 to 128 letters, digits and -._~")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    if not hmac.compare_digest(digest.rstrip(b"="), challenge.encode()):
        raise _invalid_grant("the code_verifier does not match the code_challenge")


def _refresh(state: IssuerState, client: Client, parameters: Parameters) -> dict[str, Any]:
    token = state.refresh_tokens.get(require(parameters, "refresh_token"))
    if token is None or token.grant.client_id != client.id:
        raise _invalid_grant("the refresh token is unknown")
    grant = token.grant
    if grant.is_revoked or state.now() >= token.expires_at:
        raise _invalid_grant("the refresh token has expired or was revoked")
    if token.is_used:
        grant.is_revoked = True
        raise _invalid_grant("the refresh token has already been used, so the session was revoked")
    scopes = set(parameters.get("scope", " ".join(grant.scopes)).split(" "))
    if not scopes <= set(grant.scopes):
        raise OAuthError("invalid_scope", "the scope must not exceed the granted scope")
    token.is_used = True
    return _issue_tokens(state, grant)


def _poll(state: IssuerState, client: Client, parameters: Parameters) -> dict[str, Any]:
    key = require(parameters, "device_code")
    device = state.devices.get(key)
    if device is None or device.client_id != client.id:
        raise _invalid_grant("the device code is unknown")
    now = state.now()
    if now >= device.expires_at:
        raise OAuthError("expired_token", "the device code has expired")
    if device.is_polled_too_soon(now):
        raise OAuthError("slow_down", f"wait {device.interval:g} seconds between requests")
    if not device.is_decided:
        raise OAuthError("authorization_pending", "the user has not entered the code yet")
    state.devices.remove(key)
    if device.grant is None:
        raise OAuthError("access_denied", "the user denied access to the device")
    return _issue_tokens(state, device.grant)


def _issue_tokens(state: IssuerState, grant: Grant, nonce: str | None = None) -> dict[str, Any]:
    now = state.now()
    access_token = state.access_tokens.add(AccessToken(grant, now + TOKEN_LIFETIME_SECONDS))
    claims = {
        **state.users.make_claims(grant.user, grant.scopes),
        **id_tokens.time_claims(now, TOKEN_LIFETIME_SECONDS),
        "iss": state.url,
        "aud": grant.client_id,
        "auth_time": int(grant.auth_time),
        "at_hash": id_tokens.make_half_digest(access_token),
        "jti": secrets.token_urlsafe(16),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    tokens = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFETIME_SECONDS),
        "scope": " ".join(grant.scopes),
        "id_token": id_tokens.sign(claims),
    }
    if "offline_access" in grant.scopes:
        token = RefreshToken(grant, now + REFRESH_LIFETIME_SECONDS)
        tokens["refresh_token"] = state.refresh_tokens.add(token)
    return tokens


def _invalid_grant(description: str) -> OAuthError:
    return OAuthError("invalid_grant", description)


GRANT_TYPES = {
    "authorization_code": _redeem_code,
    "refresh_token": _refresh,
    DEVICE_GRANT_TYPE: _poll,
}
