"""Credentials that an endpoint can hand out at once, and that are renewed behind its back.

botocore gives up on an endpoint after two seconds, and asks it again for each request as soon as
less than 15 minutes are left. So whatever is valid is handed out without a wait, a timer begins to
renew it with 17 minutes left, and who comes where nothing is valid waits for a moment only: the
fetch goes on without them. What nobody has is fetched when somebody asks for it, never by the
timer, which would ask a service that refuses again and again.
"""

from __future__ import annotations

import copy
import re
import threading

from cognito_credentials._sync.flight import Flights
from cognito_credentials.cli.commands.process import LEAST
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TypeAlias

    from cognito_credentials import Credentials, CredentialsCache
    from cognito_credentials.cli.settings.resolution import Selection

    ServedIdentities: TypeAlias = "ServedIdentity | ServedUsers"

__all__ = [
    "RenewalTimer",
    "ServedCredentials",
    "ServedIdentity",
    "ServedUsers",
    "build_served_identity",
    "build_served_users",
]

PATH = "/credentials"
USERS = "/users/"
MOST_USERS = 100
ADVISORY = LEAST + 60.0  # seconds left
SECONDS_BETWEEN_LOOKS = 10.0  # well below the minute between 17 and 16

FLIGHT = "credentials"
_NAME = re.compile(r"[A-Za-z0-9._@+-]{1,128}", re.ASCII)


class ServedCredentials:
    """One identity's credentials; for any number of threads."""

    def __init__(self, cache: CredentialsCache) -> None:
        self.cache = cache
        # Longer than any fetch: nobody but `run_apart`, which has its own time, waits here.
        self._flights = Flights(longest_wait=600.0)

    def get(self, seconds: float) -> Credentials:
        """Return credentials that are valid now, within so many seconds.

        Raises:
            RefreshTimeoutError: None came in time; the fetch goes on.
            CognitoCredentialsError: None could be fetched.
        """
        held = self.cache.peek()
        if held is None:
            return self._flights.run_apart(FLIGHT, self.cache.get, seconds)
        self._renew(held)
        return held

    def renew(self) -> None:
        """Begin to renew what is held, if it is time to."""
        held = self.cache.peek()
        if held is not None:
            self._renew(held)

    def close(self) -> None:
        """Forget the credentials, and close the connections."""
        self.cache.provider.close()

    def _renew(self, held: Credentials) -> None:
        if held.remaining.total_seconds() < ADVISORY:
            self._flights.start(FLIGHT, self.cache.get)


class ServedIdentity:
    """The one identity of an endpoint, at `/credentials`."""

    path = place = PATH

    def __init__(self, served: ServedCredentials) -> None:
        self.served = served

    def find(self, path: str) -> ServedCredentials | None:
        """Return whose credentials are at this path."""
        return self.served if path == PATH else None

    def all(self) -> list[ServedCredentials]:
        """Return everything that is kept."""
        return [self.served]


class ServedUsers:
    """An identity for each name, at `/users/NAME`; the least used are forgotten beyond `most`."""

    path = f"{USERS}NAME"
    place = f"{path}, with the user's own name in place of NAME"

    def __init__(self, make: Callable[[str], ServedCredentials], most: int = MOST_USERS) -> None:
        self._make = make
        self._most = most
        self._users: dict[str, ServedCredentials] = {}  # the most recently used last
        self._lock = threading.Lock()

    def find(self, path: str) -> ServedCredentials | None:
        """Return whose credentials are at this path, who may be new."""
        name = path.removeprefix(USERS)
        if path in (name, self.path) or not _NAME.fullmatch(name):
            return None
        with self._lock:
            kept = self._users.pop(name, None) or self._make(name)
            self._users[name] = kept
            forgotten = next(iter(self._users)) if len(self._users) > self._most else None
            if forgotten is not None:
                self._users.pop(forgotten).close()
        return kept

    def all(self) -> list[ServedCredentials]:
        """Return everything that is kept."""
        with self._lock:
            return list(self._users.values())


class RenewalTimer:
    """The timer: looks after everything that is kept, until it is closed."""

    def __init__(
        self, identities: ServedIdentities, seconds: float = SECONDS_BETWEEN_LOOKS
    ) -> None:
        self._identities = identities
        self._seconds = seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="cognito-renewal", daemon=True)

    def _work(self) -> None:
        while not self._closing.wait(self._seconds):
            for kept in self._identities.all():
                kept.renew()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for kept in self._identities.all():
            kept.close()


def build_served_identity(selection: Selection) -> ServedIdentity:
    """Return the identity that was selected."""
    return ServedIdentity(_kept(selection))


def build_served_users(selection: Selection) -> ServedUsers:
    """Return the guests of the pool that was selected.

    Raises:
        ConfigurationError: The selection is of one user, not of a pool's guests.
    """
    for name in ("identity_id", "user", "logins", "issuer"):
        if name in selection.values:
            raise ConfigurationError(
                f"{name} ({selection.sources[name]}) is one user's, and --per-user is for many",
                hint="--per-user gives each name in /users/NAME a guest of the pool: name the pool "
                "alone, or leave --per-user out.",
            )
    selection.provider().close()  # what is wrong with the selection is said now, not to each user

    def make(name: str) -> ServedCredentials:
        one = copy.copy(selection)
        one.values = selection.values | {"user": name}
        return _kept(one)

    return ServedUsers(make)


def _kept(selection: Selection) -> ServedCredentials:
    from cognito_credentials.stores import FileStore

    return ServedCredentials(selection.credentials(FileStore(), advisory=ADVISORY, mandatory=LEAST))
