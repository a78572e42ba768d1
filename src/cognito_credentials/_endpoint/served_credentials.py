"""Credentials that the endpoint returns without waiting and refreshes in the background.

botocore stops waiting for an endpoint after 2 seconds, and requests new credentials before every
AWS request once fewer than 15 minutes remain. The endpoint therefore returns valid credentials
without waiting, and a timer refreshes them when 17 minutes remain. If no valid credentials are
cached, a request waits only briefly, and the fetch continues in the background. The timer refreshes
only credentials that are cached; otherwise, it would repeat calls that Amazon Cognito rejects.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, TypeAlias

from cognito_credentials._core.identity_id_keys import GUEST
from cognito_credentials._endpoint.clock_warning import warn_about_clock
from cognito_credentials._sync.flight import Flights
from cognito_credentials.credentials import has_expired_locally
from cognito_credentials.policy import MIN_REMAINING_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, Self

    from cognito_credentials import Credentials

    class ServableCache(Protocol):
        """The methods of a `CredentialsCache` that the endpoint uses."""

        provider: Any

        def peek(self) -> Credentials | None: ...

        def get(self) -> Credentials: ...


__all__ = [
    "RefreshTimer",
    "ServedCredentials",
    "ServedIdentities",
    "ServedIdentity",
    "ServedUsers",
]

CREDENTIALS_PATH = "/credentials"
USERS_PATH = "/users/"
MAX_USERS = 100
# One minute more than the remaining time that `process` requires of stored credentials.
REFRESH_WINDOW_SECONDS = MIN_REMAINING_SECONDS + 60.0
# The interval is shorter than the additional minute, so that the credentials are refreshed before
# fewer than MIN_REMAINING_SECONDS remain.
REFRESH_CHECK_INTERVAL_SECONDS = 10.0
# With the default settings, no fetch takes this long. Requests have a shorter timeout, which is
# passed to `Flights.join`.
FLIGHT_TIMEOUT_SECONDS = 600.0

_FLIGHT_KEY = "credentials"
_USER_NAME = re.compile(r"[A-Za-z0-9._@+-]{1,128}", re.ASCII)


class ServedCredentials:
    """Credentials that the endpoint serves for one identity. Thread-safe.

    Args:
        cache: Cache of the credentials, or an object with the same methods.
        closes_provider: Whether `close` also closes the cache's provider.
        is_rejected: Function that returns True if a service has rejected the cached credentials.
    """

    def __init__(
        self,
        cache: ServableCache,
        *,
        closes_provider: bool = True,
        is_rejected: Callable[[], bool] = lambda: False,
    ) -> None:
        self.cache = cache
        self._closes_provider = closes_provider
        self._is_rejected = is_rejected
        self._flights = Flights(max_seconds=FLIGHT_TIMEOUT_SECONDS)
        self._has_warned = False

    def get(self, timeout_seconds: float) -> Credentials:
        """Return valid credentials; wait for a fetch until the timeout if the cache has to fetch them.

        Raises:
            RefreshTimeoutError: If the fetch exceeds the timeout; the fetch continues in the
                background.
            CognitoCredentialsError: If the fetch fails.
        """
        credentials = self.cache.peek()
        if credentials is None or self._is_rejected():
            credentials = self._flights.join(_FLIGHT_KEY, self.cache.get, timeout_seconds)
        else:
            self._refresh_if_due(credentials)
        if has_expired_locally(credentials) and not self._has_warned:
            self._has_warned = True
            warn_about_clock(credentials)
        return credentials

    def refresh(self) -> None:
        """Refresh the cached credentials in the background if they expire soon."""
        cached = self.cache.peek()
        if cached is not None:
            self._refresh_if_due(cached)

    def close(self) -> None:
        """Close the cache's provider, unless the provider belongs to the caller."""
        if self._closes_provider:
            self.cache.provider.close()

    def _refresh_if_due(self, cached: Credentials) -> None:
        if cached.remaining.total_seconds() < REFRESH_WINDOW_SECONDS:
            self._flights.start(_FLIGHT_KEY, self.cache.get)


class ServedIdentity:
    """A single identity, served at `/credentials`."""

    path = path_description = CREDENTIALS_PATH

    def __init__(self, served: ServedCredentials) -> None:
        self.served = served

    def find(self, path: str) -> ServedCredentials | None:
        """Return the credentials to serve at a path; None if the path is unknown."""
        return self.served if path == CREDENTIALS_PATH else None

    def all(self) -> list[ServedCredentials]:
        """Return the credentials of every identity that is served."""
        return [self.served]


class ServedUsers:
    """One guest identity for each user name, served at `/users/NAME`. Thread-safe.

    If there are more than `max_users` names, the least recently used name is evicted.
    """

    path: str = f"{USERS_PATH}NAME"
    path_description: str = f"{path}; replace NAME with the user's name, which must not be {GUEST}"

    def __init__(
        self, make_credentials: Callable[[str], ServedCredentials], max_users: int = MAX_USERS
    ) -> None:
        self._make_credentials = make_credentials
        self._max_users = max_users
        # Ordered from the least to the most recently used name.
        self._users: dict[str, ServedCredentials] = {}
        self._lock = threading.Lock()

    def find(self, path: str) -> ServedCredentials | None:
        """Return the credentials to serve at a path; None if the path contains no valid user name.

        A new user name gets an entry, without a fetch.
        """
        name = path.removeprefix(USERS_PATH)
        if path in (name, self.path) or name == GUEST or not _USER_NAME.fullmatch(name):
            return None
        with self._lock:
            served = self._users.pop(name, None) or self._make_credentials(name)
            self._users[name] = served
            evicted = next(iter(self._users)) if len(self._users) > self._max_users else None
            if evicted is not None:
                self._users.pop(evicted).close()
        return served

    def all(self) -> list[ServedCredentials]:
        """Return the credentials of every identity that is served."""
        with self._lock:
            return list(self._users.values())


ServedIdentities: TypeAlias = ServedIdentity | ServedUsers


class RefreshTimer:
    """Thread that refreshes the served credentials until the timer is closed."""

    def __init__(
        self,
        identities: ServedIdentities,
        interval_seconds: float = REFRESH_CHECK_INTERVAL_SECONDS,
    ) -> None:
        self._identities = identities
        self._interval_seconds = interval_seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cognito-serve-refresh", daemon=True)

    def _run(self) -> None:
        while not self._closing.wait(self._interval_seconds):
            for served in self._identities.all():
                served.refresh()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for served in self._identities.all():
            served.close()
