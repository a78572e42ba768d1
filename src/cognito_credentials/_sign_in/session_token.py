"""A supplier of the ID token of whoever signed in here; it renews the token by itself."""

from __future__ import annotations

from cognito_credentials._core import logs
from cognito_credentials._sign_in.sessions import FILE
from cognito_credentials.errors import (
    CredentialsUnavailableError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._sign_in.sessions import Session, SessionKey, Sessions
    from cognito_credentials.ports import Clock

__all__ = ["SessionToken"]

# A user pool's ID token may live for five minutes only: with more, each call would renew it.
MARGIN = 120.0


class SessionToken:
    """Give the ID token of a stored session, renewed when less than two minutes are left.

    Processes that need a new one together make one request; the others read what it brought. A
    refresh token that the issuer replaced is kept in the place of the old one before the new ID
    token is given away. Where the network fails, what is stored stays, and serves while it is good.

    Args:
        key: The session's.
        sessions: Where it is.
        renew: Returns the session that follows a session.
        clock: Tells the time, and waits.
        login_command: What the user has to run when the session is over.

    Raises (when made): CredentialsUnavailableError: Nobody is signed in.
    Raises (when called):
        LoginTokenError: The session is over, or gone.
        TransportError, MalformedResponseError, RefreshTimeoutError: It could not be renewed now.
    """

    def __init__(
        self,
        key: SessionKey,
        *,
        sessions: Sessions,
        renew: Callable[[Session], Session],
        clock: Clock,
        login_command: str,
    ) -> None:
        self.session_key = key
        self._sessions = sessions
        self._renew = renew
        self._clock = clock
        self._hint = f"Sign in with: {login_command}"
        self._session: Session | None = sessions.find(key)
        if self._session is None:
            raise CredentialsUnavailableError(
                f"nobody is signed in at {key.description}", hint=self._hint
            )

    def __call__(self, *, refresh: bool = False) -> str:
        seen = self._session or self._stored()
        if not refresh and self._is_fresh(seen):
            return seen.id_token
        with self._sessions.lock(self.session_key, self._clock):
            session = self._stored()
            # What another process fetched meanwhile is as fresh as what this one would fetch.
            is_new = session.id_token != seen.id_token
            if (is_new or not refresh) and self._is_fresh(session):
                self._session = session
                return session.id_token
            self._session = self._renewed(session, is_refused=refresh and not is_new)
        return self._session.id_token

    def _renewed(self, session: Session, *, is_refused: bool) -> Session:
        is_good = not is_refused and session.expires_at > self._clock.now()
        if not session.refresh_token:
            if is_good:
                return session
            raise self._over("it has ended, and the issuer gave nothing to renew it with")
        left = session.expires_at - self._clock.now()
        logs.debug(
            "Renewing the session at %s, %.0f s before its end", self.session_key.issuer, left
        )
        try:
            renewed = self._renew(session)
        except (TransportError, MalformedResponseError, LoginTokenError) as error:
            is_over = isinstance(error, LoginTokenError) and not error.is_retryable
            if is_good and not is_over:
                return session
            if not is_over:
                raise
            refused = error.message
        else:
            # It is there: who signs out waits for the lock that is held here.
            self._sessions.save(renewed, self._sessions.place_of(self.session_key) or FILE)
            return renewed
        raise self._over(refused)

    def _over(self, reason: str) -> LoginTokenError:
        return LoginTokenError(
            f"the session at {self.session_key.issuer} is over: {reason}",
            provider_name=self.session_key.provider_name,
            hint=self._hint,
        )

    def _stored(self) -> Session:
        session = self._sessions.find(self.session_key)
        if session is None:
            raise self._over("somebody has signed out")
        return session

    def _is_fresh(self, session: Session) -> bool:
        return session.expires_at - self._clock.now() > MARGIN

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.session_key.issuer}>"
