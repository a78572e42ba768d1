"""`Application`, an application that is registered with an issuer."""

from __future__ import annotations

from cognito_credentials._sign_in.issuers import parse_user_pool
from cognito_credentials._sign_in.sessions import SessionKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._sign_in.sessions import Session

__all__ = ["Application"]


class Application:
    """Issuer, client ID, client secret and endpoint of an application.

    The four values are resolved together and never replaced one at a time. Otherwise the client
    secret could be sent to another issuer, or a refresh token to another endpoint.

    Args:
        issuer: URL of the issuer.
        client_id: Client ID that the issuer assigned to the application.
        secret: Function that returns the client secret; None for an application without a secret.
        endpoint_url: URL of the user pool API; None for the default URL. Ignored if the issuer is
            not a user pool.
    """

    __slots__ = ("client_id", "endpoint_url", "issuer", "secret")

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        secret: Callable[[], str] | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self.issuer: str = issuer
        self.client_id: str = client_id
        self.secret: Callable[[], str] | None = secret
        self.endpoint_url: str | None = (endpoint_url or None) if parse_user_pool(issuer) else None

    def session_key(self, user: str = "") -> SessionKey:
        """Return the key of a local user's session with this application."""
        return SessionKey(self.issuer, self.client_id, user)

    def is_source_of(self, session: Session) -> bool:
        """Return True if the tokens of a session were issued to this application at this endpoint."""
        key = session.key
        return (
            key.issuer.rstrip("/") == self.issuer.rstrip("/")
            and key.client_id == self.client_id
            and session.endpoint_url in (None, self.endpoint_url or "")
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.client_id} at {self.issuer}>"
