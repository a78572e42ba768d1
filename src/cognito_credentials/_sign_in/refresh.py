"""Refresh and revocation of a session."""

from __future__ import annotations

from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials._sign_in.user_pool import UserPoolApi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = ["USER_POOL", "refresh_session", "revoke_session"]

USER_POOL = "user-pool"  # The value of `Session.method` if the session uses the user pool API.


def refresh_session(client: Client, session: Session) -> Session:
    """Request new tokens with the refresh token of a session, and return the new session.

    Raises the exceptions of `Client`.
    """
    if session.method == USER_POOL:
        # The secret hash is computed from the user's name in the user pool, not from the email
        # address or other alias that the user may have typed.
        username = str((decode_claims(session.id_token) or {}).get("cognito:username"))
        tokens = UserPoolApi(client).refresh(session.refresh_token, username)
    else:
        tokens = client.request_tokens("refresh_token", refresh_token=session.refresh_token)
    return client.create_session(tokens, method=session.method, previous=session)


def revoke_session(client: Client, session: Session) -> bool:
    """Revoke the refresh token of a session.

    Returns False if the session has no refresh token, or if the issuer did not revoke the token.
    """
    if not session.refresh_token:
        return False
    if session.method == USER_POOL:
        return UserPoolApi(client).revoke(session.refresh_token)
    return client.revoke(session.refresh_token)
