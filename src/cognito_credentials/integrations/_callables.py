"""Callables that supply credentials to libraries that have their own credentials cache.

Such a library calls the callable again shortly before the reported expiration. If the callable
reported the actual expiration, the library would continue to use a rejected token for up to an
hour, even after a call to `mark_rejected`. The callables therefore report an expiration in the near
future. Frequent calls cost little: a cache returns fresh credentials within a microsecond.

Libraries compare the expiration with the clock of this machine. The callables convert the
expiration from the clock of the service, so that a wrong clock neither delays nor repeats refreshes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._providers import sync_cache

__all__ = ["CredentialsCallable"]

# Seconds for which a callable returns the same object, so that only one call in many converts the
# credentials.
REUSE_SECONDS = 5.0


class CredentialsCallable:
    """Callable without parameters that returns valid credentials in the format of a library.

    Thread-safe. A callable with a `ProviderConfig` can be pickled, and is equal to a callable with
    an equal `ProviderConfig`.

    Args:
        provider: A sync provider, a cache, or one user's credentials.
        alternative: Name of the integration to use with async providers.
        now: Function that returns the time of this machine's clock, in seconds since 1970.

    Raises:
        ConfigurationError: If the provider is async, closed or of an unsupported type.
    """

    # Maximum time between the call and the reported expiration, in seconds. Longer than
    # REUSE_SECONDS. Subclasses override the attribute.
    max_reported_seconds: float = 60.0

    def __init__(
        self, provider: Any, *, alternative: str = "", now: Callable[[], float] = time.time
    ) -> None:
        self._provider = provider
        self._now = now
        self._cache = sync_cache(provider, alternative=alternative)
        self._get: Callable[[], Credentials] = self._cache.get
        # Threads replace this tuple as a whole, so they need no lock. It contains the credentials,
        # the time until which the converted credentials are reused (in seconds since 1970, on the
        # clock of this machine), and the converted credentials.
        self._last: tuple[Credentials | None, float, Any] = (None, 0.0, None)

    def __call__(self) -> Any:
        """Return valid credentials; wait if the cache has to fetch them.

        Raises:
            CognitoCredentialsError: If there are no valid credentials and the fetch failed.
        """
        credentials = self._get()
        last, reuse_until, value = self._last
        if last is credentials and self._now() < reuse_until:
            return value
        now = self._now()
        seconds = credentials.remaining.total_seconds()
        value = self._convert(credentials, now + min(seconds, self.max_reported_seconds))
        self._last = (credentials, now + min(seconds / 2, REUSE_SECONDS), value)
        return value

    def _convert(self, credentials: Credentials, expires_at: float) -> Any:
        """Return the credentials in the format of the library.

        Args:
            credentials: The credentials.
            expires_at: The expiration to report, in seconds since 1970 on this machine's clock.
        """
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        # The callable can be pickled only if its provider is a `ProviderConfig`.
        return type(self), (self._provider,)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CredentialsCallable):
            return NotImplemented
        return type(self) is type(other) and bool(self._provider == other._provider)

    def __hash__(self) -> int:
        return hash((type(self), self._provider))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._cache!r}>"
