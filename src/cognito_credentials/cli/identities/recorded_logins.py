"""Settings that record the claims of the login tokens that they supply."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli.settings.resolution import Selection

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

__all__ = ["RecordedLogin", "RecordingSelection"]


class RecordedLogin(NamedTuple):
    """Claims of one login token; None for a claim that the token does not have."""

    provider_name: str
    subject: str | None
    expires_at: float | None  # In seconds since 1970.


class RecordingSelection(Selection):
    """Settings whose login suppliers record their tokens.

    Calling a supplier a second time for its claims would run a login command twice.
    """

    def __init__(self, options: Namespace) -> None:
        super().__init__(options)
        self._tokens: dict[str, str] = {}

    def logins(self) -> dict[str, Callable[..., str]]:
        """Return the suppliers of the login tokens by login provider name."""
        return {name: self._record(name, supplier) for name, supplier in super().logins().items()}

    def recorded_logins(self) -> list[RecordedLogin]:
        """Return the claims of every login token that was supplied so far."""
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
