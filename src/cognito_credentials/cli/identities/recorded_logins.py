"""Recorder of login tokens and their claims."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_resolution import ResolvedLogins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LoginRecorder", "RecordedLogin"]


class RecordedLogin(NamedTuple):
    """Claims of one login token; None for each claim that the token lacks."""

    provider_name: str
    subject: str | None
    expires_at: float | None  # In seconds since 1970 (UTC).


class LoginRecorder:
    """Recorder of the tokens that login suppliers return; `list_logins` returns the tokens' claims.

    Calling a supplier again to read the claims would run its login command a second time.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def wrap(self, suppliers: Mapping[str, Callable[..., str]]) -> dict[str, Callable[..., str]]:
        """Wrap suppliers, so that their tokens are recorded."""
        return {name: self._record(name, supplier) for name, supplier in suppliers.items()}

    def list_logins(self) -> list[RecordedLogin]:
        """Return the claims of every login token that has been recorded."""
        logins = ResolvedLogins(self._tokens)
        return [_read_claims(name, logins.get_claims(name) or {}) for name in logins.tokens]

    def _record(self, provider_name: str, supplier: Callable[..., str]) -> Callable[..., str]:
        # `wraps` preserves the signature, which shows whether the supplier accepts `refresh`.
        @functools.wraps(supplier, updated=())
        def record(**options: bool) -> str:
            token = supplier(**options)
            self._tokens[provider_name] = token.strip()
            return token

        return record


def _read_claims(provider_name: str, claims: Mapping[str, object]) -> RecordedLogin:
    subject = claims.get("sub")
    return RecordedLogin(
        provider_name, subject if isinstance(subject, str) else None, get_expiry(claims)
    )
