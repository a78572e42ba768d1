"""The sessions of the people who signed in here: in the keychain, or in files that they agreed to.

Every session has a small file that says whose it is and where the rest is, since a keychain cannot
be listed and takes long to ask. The tokens are in the keychain, or in that file, which nobody but
this user can read.
"""

from __future__ import annotations

import contextlib
import json
import os

from cognito_credentials._core import logs
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError
from cognito_credentials.stores.file import DEFAULT_DIRECTORY, FileStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from cognito_credentials.ports import Clock

__all__ = ["FILE", "KEYCHAIN", "Session", "SessionKey", "Sessions"]

KEYCHAIN, FILE = "keychain", "file"
SERVICE = "cognito-credentials login"
FORMAT = 1
PATIENCE, PAUSE = 30.0, 0.05  # seconds to wait for another process's renewal, and between looks
TEXTS = ("refresh_token", "id_token", "method", "subject", "name")


class SessionKey:
    """Identifies a session by issuer, client ID and local user."""

    __slots__ = ("client_id", "issuer", "user")

    def __init__(self, issuer: str, client_id: str, user: str = "") -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.user = user

    @property
    def store_key(self) -> str:
        """Key of the session in a store."""
        return "session:" + json.dumps(
            [derive_provider_name(self.issuer), self.client_id, self.user]
        )

    @property
    def provider_name(self) -> str:
        """Login provider name of the session's ID token."""
        return derive_provider_name(self.issuer)

    @property
    def description(self) -> str:
        """Issuer and local user, for messages."""
        return f"{self.issuer} as {self.user}" if self.user else self.issuer


class Session:
    """What an issuer gave: an ID token, when it ends (seconds since 1970), and what renews it.

    `method` is how it is renewed: "oauth" at the token endpoint, "user-pool" at the pool's API.
    `name` is what the user is called, `digests` are those of the latest tokens, by which the
    credentials in the store know them. `endpoint_url` is the user pool's endpoint that issued the
    tokens, "" for the default endpoint, None if the session does not record it. No repr shows a
    token.
    """

    __slots__ = ("digests", "endpoint_url", "expires_at", "key", *TEXTS)

    def __init__(
        self,
        key: SessionKey,
        *,
        id_token: str,
        refresh_token: str,
        expires_at: float,
        method: str,
        subject: str,
        name: str = "",
        digests: tuple[str, ...] = (),
        endpoint_url: str | None = None,
    ) -> None:
        self.key = key
        self.id_token = id_token
        self.refresh_token = refresh_token
        self.expires_at = expires_at
        self.method = method
        self.subject = subject
        self.name = name
        self.digests = digests
        self.endpoint_url = endpoint_url

    def members(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        members: dict[str, Any] = {name: getattr(self, name) for name in TEXTS}
        return {
            **members,
            "expires_at": self.expires_at,
            "digests": self.digests,
            "endpoint_url": self.endpoint_url,
        }

    @classmethod
    def of(cls, key: SessionKey, members: dict[str, Any]) -> Session:
        """Return what `members` gave; raises `LookupError`, `TypeError` or `ValueError`."""
        texts = {name: members[name] for name in TEXTS}
        if not all(isinstance(text, str) for text in texts.values()):
            raise TypeError
        endpoint_url = members.get("endpoint_url")
        if not isinstance(endpoint_url, str | None):
            raise TypeError
        return cls(
            key,
            expires_at=float(members["expires_at"]),
            digests=tuple(map(str, members["digests"])),
            endpoint_url=endpoint_url,
            **texts,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.key.issuer}>"


class Sessions:
    """Keep sessions. May be used by any number of threads and processes.

    Args:
        path: The folder; `sessions` in that of `FileStore` by default.
        backend: A `keyring` backend; by default the one that keyring finds.
        clock: Tells the time.

    Raises:
        ConfigurationError: A folder is not this user's alone.
    """

    def __init__(
        self, path: str | None = None, *, backend: Any = None, clock: Clock | None = None
    ) -> None:
        self._parent = os.path.abspath(os.path.expanduser(path or DEFAULT_DIRECTORY))
        FileStore(self._parent)  # which refuses a folder that others may enter
        self._files = FileStore(os.path.join(self._parent, "sessions"), clock=clock)
        self._backend = backend
        self._keychain: Any = None

    def find(self, key: SessionKey) -> Session | None:
        """Return a session, or None where nobody is signed in.

        Raises:
            ConfigurationError: It is in a keychain that does not open.
        """
        value = self._files.get(key.store_key)
        try:
            members = json.loads(value or b"null")
            if members is None or members["format"] != FORMAT:
                logs.debug("Session at %s: none in %s", key.issuer, self.path)
                return None
            logs.debug("Session at %s: in %s", key.issuer, self._shown(members["place"]))
            if members["place"] == KEYCHAIN:
                secret = self._ask_keychain("get", key.store_key)
                members["session"] = json.loads(secret or b"null")
            return Session.of(key, members["session"])
        except ConfigurationError:
            raise  # a ValueError, too: who is locked out is not signed out
        except (LookupError, TypeError, ValueError, RecursionError):
            return None  # another version's, or no session any more

    def place_of(self, key: SessionKey) -> str | None:
        """Return where a session is."""
        return self._places().get(key.store_key, (None, None))[1]

    def save(self, session: Session, place: str) -> None:
        """Keep a session, in place of what was there.

        Raises:
            ConfigurationError: The keychain does not take it.
            OSError: The file cannot be written.
        """
        key = session.key
        record: dict[str, Any] = {
            "format": FORMAT,
            "place": place,
            "issuer": key.issuer,
            "client_id": key.client_id,
            "user": key.user,
        }
        if place == KEYCHAIN:
            secret = json.dumps(session.members()).encode()
            self._ask_keychain("put", key.store_key, secret, expires_at=None)
        else:
            record["session"] = session.members()
            if self.place_of(key) == KEYCHAIN:
                with contextlib.suppress(ConfigurationError):  # which may be why it moves
                    self._ask_keychain("delete", key.store_key)
        self._make_folder()
        self._files.put(key.store_key, json.dumps(record).encode(), expires_at=None)
        logs.debug("Session at %s: stored in %s", key.issuer, self._shown(place))

    def remove(self, key: SessionKey) -> None:
        """Forget a session; where the keychain does not open, its file goes all the same."""
        place = self.place_of(key)
        self._files.delete(key.store_key)
        if place == KEYCHAIN:
            self._ask_keychain("delete", key.store_key)
        logs.debug("Session at %s: removed", key.issuer)

    def list_keys(self) -> list[SessionKey]:
        """Return the key of every session."""
        return [key for key, _ in self._places().values()]

    @contextlib.contextmanager
    def lock(self, key: SessionKey, clock: Clock) -> Generator[None]:
        """Be the only one, of all threads and processes, that replaces a session.

        Raises:
            RefreshTimeoutError: Another has held it for half a minute.
        """
        self._make_folder()
        began = clock.monotonic()
        with logs.Wait(f"another process, which is renewing the session at {key.issuer}"):
            while (lease := self._files.lock(key.store_key, PATIENCE)) is None:
                if clock.monotonic() >= began + PATIENCE:
                    raise RefreshTimeoutError(
                        f"another process has been renewing the session at {key.issuer} "
                        f"for {PATIENCE:.0f} seconds",
                        hint="Try again.",
                    )
                clock.sleep(PAUSE)
        waited = clock.monotonic() - began
        logs.debug("The lock of the session at %s is ours after %.2f s", key.issuer, waited)
        try:
            yield
        finally:
            lease.release()

    def choose_place(self, wanted: str | None) -> str:
        """Return where a new session goes: as wanted, in the keychain, or in files as before.

        A keychain that is locked asks for its password now, and not when there is something to lose.

        Raises:
            ConfigurationError: There is no keychain that opens, and nobody has agreed to files.
        """
        if wanted == FILE:
            return FILE
        try:
            self._ask_keychain("get", "session:")
        except ConfigurationError:
            agreed = any(place == FILE for _, place in self._places().values())
            if wanted != KEYCHAIN and agreed:
                return FILE
            raise
        return KEYCHAIN

    @property
    def path(self) -> str:
        """The folder of the files."""
        return self._files.path

    def _shown(self, place: object) -> str:
        """Return what the log calls a place."""
        return "the keychain" if place == KEYCHAIN else self.path

    def _places(self) -> dict[str, tuple[SessionKey, str]]:
        found: dict[str, tuple[SessionKey, str]] = {}
        for store_key in self._files.list_keys():
            with contextlib.suppress(LookupError, TypeError, ValueError):
                record = json.loads(self._files.get(store_key) or b"null")
                key = SessionKey(record["issuer"], record["client_id"], record["user"])
                if key.store_key == store_key:
                    found[store_key] = (key, record["place"])
        return found

    def _make_folder(self) -> None:
        # FileStore would make the folder above its own for everybody to enter.
        with contextlib.suppress(FileExistsError):
            os.makedirs(os.path.dirname(self._parent), exist_ok=True)
            os.mkdir(self._parent, 0o700)

    def _ask_keychain(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        from cognito_credentials.stores.keyring import KeyringStore

        kind = ""
        if self._keychain is None:
            self._make_folder()
            self._keychain = KeyringStore(SERVICE, lock_path=self._parent, backend=self._backend)
        try:
            with logs.Wait("the keychain, which may ask for its password"):
                return getattr(self._keychain, method)(*arguments, **keywords)
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            kind = type(error).__name__
        # Not in the `except`: a backend's error may hold what it was given.
        raise ConfigurationError(
            f"the keychain does not work: {kind}",
            hint="Unlock it, or sign in again with --store file.",
        )
