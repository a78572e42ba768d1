"""Refresh and revocation of a session."""

from __future__ import annotations

from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials._sign_in.user_pool import UserPoolApi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = ["USER_POOL", "refresh_session", "revoke_session"]

USER_POOL = "user-pool"  # method of a session that the API of a user pool issued and refreshes


def refresh_session(client: Client, session: Session) -> Session:
    """Return a session with new tokens; see `Client` for the exceptions."""
    if session.method == USER_POOL:
        # The secret hash requires the user name in the pool, which may differ from the one typed.
        username = str((decode_claims(session.id_token) or {}).get("cognito:username"))
        tokens = UserPoolApi(client).refresh(session.refresh_token, username)
    else:
        tokens = client.request_tokens("refresh_token", refresh_token=session.refresh_token)
    return client.create_session(tokens, method=session.method, previous=session)


def revoke_session(client: Client, session: Session) -> bool:
    """Revoke the refresh token of a session; return False if that is not possible."""
    if not session.refresh_token:
        return False
    if session.method == USER_POOL:
        return UserPoolApi(client).revoke(session.refresh_token)
    return client.revoke(session.refresh_token)
