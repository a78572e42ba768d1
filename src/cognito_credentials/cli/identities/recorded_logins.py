"""A selection that notes what its logins give: what a token says of its user, and never the token."""

from __future__ import annotations

import functools

from cognito_credentials.cli.settings.resolution import Selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

__all__ = ["RecordingSelection"]


class RecordingSelection(Selection):
    """Asking a login again would run its command twice; so the tokens of the one fetch are noted."""

    def __init__(self, options: Namespace) -> None:
        super().__init__(options)
        self._tokens: dict[str, str] = {}

    def logins(self) -> dict[str, Callable[..., str]]:
        """Return the logins, each with the supplier of its token."""
        return {key: self._noting(key, supplier) for key, supplier in super().logins().items()}

    def recorded_logins(self) -> Iterator[tuple[str, str | None, float | None]]:
        """Give key, subject and expiry of each login that was asked; None for what its token lacks.

        The expiry is in seconds since 1970.
        """
        from cognito_credentials._core.jwt_claims import expiry_of
        from cognito_credentials._core.login_resolution import ResolvedLogins

        logins = ResolvedLogins(self._tokens)
        for key in logins.tokens:
            claims = logins.claims_of(key) or {}
            subject = claims.get("sub")
            yield key, subject if isinstance(subject, str) else None, expiry_of(claims)

    def _noting(self, key: str, supplier: Callable[..., str]) -> Callable[..., str]:
        # `wraps`, so that a supplier that takes `refresh` is still seen to take it.
        @functools.wraps(supplier, updated=())
        def noting(**options: bool) -> str:
            token = supplier(**options)
            self._tokens[key] = token.strip()
            return token

        return noting
