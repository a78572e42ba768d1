"""A session from the one before it: new tokens for its refresh token, or none any more."""

from __future__ import annotations

from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials._sign_in.user_pool import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = ["USER_POOL", "renewed", "revoked"]

USER_POOL = "user-pool"  # a session that came from a user pool's API, and is renewed there


def renewed(client: Client, session: Session) -> Session:
    """Return the session that follows; see `Client` for what it raises."""
    if session.method == USER_POOL:
        # The secret is proven for the name that the pool has, not for one that was typed.
        username = str((decode_claims(session.id_token) or {}).get("cognito:username"))
        tokens = Api(client).renew(session.refresh_token, username)
    else:
        tokens = client.tokens("refresh_token", refresh_token=session.refresh_token)
    return client.session(tokens, method=session.method, before=session)


def revoked(client: Client, session: Session) -> bool:
    """Let the issuer end what renews the session; False where it does not do that."""
    if not session.refresh_token:
        return False
    if session.method == USER_POOL:
        return Api(client).revoke(session.refresh_token)
    return client.revoke(session.refresh_token)
