"""Supplier of the ID token of a stored session."""

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

# ID tokens from a user pool may be valid for only five minutes. If this value were much larger,
# every call would refresh such a token.
MIN_REMAINING_SECONDS = 120.0


class SessionToken:
    """Supplier of the ID token of a stored session.

    A call refreshes the session if its ID token expires within two minutes. Threads and processes
    that need a new token at the same time make one request and share the result. If an issuer
    rotates refresh tokens, the new refresh token is stored before the new ID token is returned. If
    the refresh fails temporarily, or for a reason that a new sign-in does not resolve, the session
    is retained, and its ID token is returned until the token expires.

    Args:
        key: Key of the session.
        sessions: Storage of the session.
        refresh: Function that refreshes a session and returns the new session.
        clock: Clock for checking the expiration of the ID token and for waiting.
        login_command: Command that signs the user in, for hints.

    Raises (when created):
        CredentialsUnavailableError: If no user is signed in.

    Raises (when called):
        LoginTokenError: If the session has ended, the user has signed out, or the issuer rejects
            the application.
        TransportError, MalformedResponseError: If a refresh fails temporarily, and the ID token has
            expired or was rejected.
        RefreshTimeoutError: If another process holds the lock on the session for 30 seconds.
        ConfigurationError: If the keychain cannot be used, or the client secret cannot be read.
    """

    def __init__(
        self,
        key: SessionKey,
        *,
        sessions: Sessions,
        refresh: Callable[[Session], Session],
        clock: Clock,
        login_command: str,
    ) -> None:
        self.session_key = key
        self._sessions = sessions
        self._refresh = refresh
        self._clock = clock
        self._hint = f"Sign in with: {login_command}"
        self._session: Session | None = sessions.find(key)
        if self._session is None:
            raise CredentialsUnavailableError(
                f"no user is signed in at {key.description}", hint=self._hint
            )

    def __call__(self, *, refresh: bool = False) -> str:
        known = self._session or self._load()
        if not refresh and self._is_fresh(known):
            return known.id_token
        with self._sessions.lock(self.session_key, self._clock):
            session = self._load()
            # If another process has refreshed the session in the meantime, use the new token.
            is_new = session.id_token != known.id_token
            if (is_new or not refresh) and self._is_fresh(session):
                self._session = session
                return session.id_token
            self._session = self._refresh_session(session, is_rejected=refresh and not is_new)
        return self._session.id_token

    def _refresh_session(self, session: Session, *, is_rejected: bool) -> Session:
        """Refresh and store a session, and return it.

        If the refresh fails temporarily, return the old session, unless its ID token has expired or
        was rejected.
        """
        remaining = session.expires_at - self._clock.now()
        is_usable = not is_rejected and remaining > 0
        if not session.refresh_token:
            if is_usable:
                return session
            raise self._session_error("the ID token has expired, and there is no refresh token")
        logs.debug(
            "Refreshing the session at %s; its ID token has %.0f s remaining",
            session.key.issuer,
            max(0.0, remaining),
        )
        try:
            refreshed = self._refresh(session)
        except (TransportError, MalformedResponseError, LoginTokenError) as error:
            # An IssuerError has the attribute `ends_session`, which is False if a new sign-in does
            # not help, for example if the client secret is wrong. `isinstance` would import the
            # class's module, which is otherwise imported only for requests.
            is_final = (
                isinstance(error, LoginTokenError)
                and not error.is_retryable
                and getattr(error, "ends_session", True)
            )
            if is_usable and not is_final:
                logs.debug(
                    "The refresh failed (%s); continuing with the ID token, which expires in %.0f s",
                    error.reason,
                    remaining,
                )
                return session
            if not is_final:
                raise
            reason = error.message
        else:
            # The user cannot have signed out in the meantime, because `logout` waits for the lock.
            location = self._sessions.location_of(self.session_key) or FILE
            self._sessions.save(refreshed, location)
            return refreshed
        raise self._session_error(reason)

    def _load(self) -> Session:
        session = self._sessions.find(self.session_key)
        if session is None:
            raise self._session_error("the user has signed out")
        return session

    def _session_error(self, reason: str) -> LoginTokenError:
        return LoginTokenError(
            f"the session at {self.session_key.issuer} has ended: {reason}",
            provider_name=self.session_key.provider_name,
            hint=self._hint,
        )

    def _is_fresh(self, session: Session) -> bool:
        return session.expires_at - self._clock.now() > MIN_REMAINING_SECONDS

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.session_key.issuer}>"
