"""Storage of the sessions of signed-in users, in the keychain or in files.

Each session has a file with its key and its location, because a keychain is slow and cannot list
its entries. The tokens are stored in the keychain or, if the user has agreed, in that file. Only
that user can read the file.
"""

from __future__ import annotations

import contextlib
import json
import os

from cognito_credentials._core import logs
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials._external_text import HiddenBytes, HiddenText, hide
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError
from cognito_credentials.stores.file import FileStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from cognito_credentials.ports import Clock

__all__ = ["FILE", "KEYCHAIN", "Session", "SessionKey", "Sessions"]

KEYCHAIN, FILE = "keychain", "file"
SERVICE = "cognito-credentials login"
FORMAT = 1
LOCK_TIMEOUT_SECONDS = 30.0
LOCK_POLL_INTERVAL_SECONDS = 0.05
TEXTS = ("refresh_token", "id_token", "method", "subject", "name")


class SessionKey:
    """Identifies a session by issuer, client ID and local user."""

    __slots__ = ("client_id", "issuer", "user")

    def __init__(self, issuer: str, client_id: str, user: str = "") -> None:
        self.issuer: str = issuer
        self.client_id: str = client_id
        self.user: str = user

    @property
    def store_key(self) -> str:
        """Key of the session in a store or a keychain."""
        return "session:" + json.dumps(
            [derive_provider_name(self.issuer), self.client_id, self.user]
        )

    @property
    def provider_name(self) -> str:
        """Login provider name of the session's ID token."""
        return derive_provider_name(self.issuer)

    @property
    def description(self) -> str:
        """Description of the session for messages: the issuer and, if set, the local user."""
        return f"{self.issuer} as {self.user}" if self.user else self.issuer


class Session:
    """Tokens of a signed-in user. The repr shows no token.

    Args:
        key: Key of the session.
        id_token: ID token.
        refresh_token: Refresh token, or an empty string.
        expires_at: Expiration of the ID token, in seconds since the Unix epoch.
        method: How the session is refreshed: "oauth" (token endpoint) or "user-pool" (user pool
            API).
        subject: Subject (`sub`) of the ID token.
        name: Display name of the user.
        digests: Digests of the latest ID tokens, by which `logout` finds the credentials of this
            session in a store.
        endpoint_url: Endpoint of the user pool that issued the tokens; an empty string for the default
            endpoint; None if the record was written by a version that did not store it.
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
        self.id_token: str = HiddenText(id_token)
        self.refresh_token: str = HiddenText(refresh_token)
        self.expires_at = expires_at
        self.method = method
        self.subject = subject
        self.name = name
        self.digests = digests
        self.endpoint_url = endpoint_url

    def members(self) -> dict[str, Any]:
        """Return the members of the JSON object that represents the session."""
        members: dict[str, Any] = {name: getattr(self, name) for name in TEXTS}
        return {
            **members,
            "expires_at": self.expires_at,
            "digests": self.digests,
            "endpoint_url": self.endpoint_url,
        }

    @classmethod
    def from_members(cls, key: SessionKey, members: dict[str, Any]) -> Session:
        """Return the session that a JSON object represents; see `members`.

        Raises:
            LookupError, TypeError, ValueError, OverflowError: If a member is missing or invalid.
        """
        members = hide(members)
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
    """Storage of sessions. Safe for concurrent threads and processes.

    Args:
        path: Directory; by default `sessions` in the directory of `FileStore`.
        backend: A `keyring` backend; by default the backend that keyring selects.
        clock: Clock for the file store.

    Raises:
        ConfigurationError: If other users can access the directory or its parent directory, or if
            there is no home directory.
    """

    def __init__(
        self, path: str | None = None, *, backend: Any = None, clock: Clock | None = None
    ) -> None:
        # `FileStore` raises an error if other users can access the directory, or if there is no
        # home directory.
        self._parent = FileStore(path or None).path
        # A session, like an identity ID, has no expiration in the store, and must not be evicted.
        self._files = FileStore(
            os.path.join(self._parent, "sessions"), evict_identity_ids=False, clock=clock
        )
        self._backend = backend
        self._keychain: Any = None

    @property
    def path(self) -> str:
        """Directory of the session files."""
        return self._files.path

    def find(self, key: SessionKey) -> Session | None:
        """Return the session with this key, or None if no user is signed in.

        Raises:
            ConfigurationError: If the session is in a keychain that cannot be unlocked.
        """
        value = self._files.get(key.store_key)
        try:
            members = json.loads(value or b"null")
            if members is None or members["format"] != FORMAT:
                logs.debug("Session at %s: not found in %s", key.issuer, self.path)
                return None
            location = members["place"]
            logs.debug("Session at %s: found in %s", key.issuer, self._describe(location))
            if location == KEYCHAIN:
                secret = self._call_keychain("get", key.store_key)
                members["session"] = hide(json.loads(secret or b"null"))
            return Session.from_members(key, members["session"])
        except ConfigurationError:
            # The keychain is locked, which does not mean that the session is missing.
            # ConfigurationError is a subclass of ValueError, so the handler below would return
            # None.
            raise
        except (LookupError, TypeError, ValueError, OverflowError, RecursionError):
            return None  # The record is damaged, or another version wrote it.

    def location_of(self, key: SessionKey) -> str | None:
        """Return the location of a session, or None if there is no such session."""
        return self._locations().get(key.store_key, (None, None))[1]

    def save(self, session: Session, location: str) -> None:
        """Store a session and replace the previous one.

        Raises:
            ConfigurationError: If the keychain rejects the session.
            OSError: If the file cannot be written.
        """
        key = session.key
        record: dict[str, Any] = {
            "format": FORMAT,
            "place": location,
            "issuer": key.issuer,
            "client_id": key.client_id,
            "user": key.user,
        }
        if location == KEYCHAIN:
            secret = HiddenBytes(json.dumps(session.members()).encode())
            self._call_keychain("put", key.store_key, secret, expires_at=None)
        else:
            record["session"] = session.members()
            if self.location_of(key) == KEYCHAIN:
                # Errors are ignored, because the user may store the session in a file if the
                # keychain fails.
                with contextlib.suppress(ConfigurationError):
                    self._call_keychain("delete", key.store_key)
        self._create_directory()
        value = HiddenBytes(json.dumps(record).encode())
        self._files.put(key.store_key, value, expires_at=None)
        logs.debug("Session at %s: stored in %s", key.issuer, self._describe(location))

    def remove(self, key: SessionKey) -> None:
        """Remove a session if it exists.

        The session's file is removed even if the keychain cannot be unlocked.

        Raises:
            ConfigurationError: If the session is in a keychain that cannot be unlocked.
        """
        location = self.location_of(key)
        self._files.delete(key.store_key)
        if location == KEYCHAIN:
            self._call_keychain("delete", key.store_key)
        logs.debug("Session at %s: removed", key.issuer)

    def list_keys(self) -> list[SessionKey]:
        """Return the key of every session."""
        return [key for key, _ in self._locations().values()]

    @contextlib.contextmanager
    def lock(self, key: SessionKey, clock: Clock) -> Generator[None]:
        """Hold the lock on a session; without the lock, a session must not be replaced or removed.

        Raises:
            RefreshTimeoutError: If another process holds the lock for 30 seconds.
        """
        self._create_directory()
        started = clock.monotonic()
        with logs.Wait(f"another process, which is refreshing the session at {key.issuer}"):
            while (lease := self._files.lock(key.store_key, LOCK_TIMEOUT_SECONDS)) is None:
                if clock.monotonic() >= started + LOCK_TIMEOUT_SECONDS:
                    raise RefreshTimeoutError(
                        f"another process has been refreshing the session at {key.issuer} "
                        f"for {LOCK_TIMEOUT_SECONDS:.0f} seconds",
                        hint="Try again.",
                    )
                clock.sleep(LOCK_POLL_INTERVAL_SECONDS)
        waited = clock.monotonic() - started
        logs.debug("Session at %s: acquired the lock after %.2f s", key.issuer, waited)
        try:
            yield
        finally:
            lease.release()

    def choose_location(self, requested: str | None) -> str:
        """Return the location for a new session.

        The default location is the keychain of the system. If it is unavailable and another session
        is already stored in a file, the location is a file. If the keychain is locked, it asks for
        its password during this call, before the user signs in.

        Args:
            requested: The location that the user has chosen; None for the default.

        Raises:
            ConfigurationError: If the location would be the keychain, but the keychain is
                unavailable or, unless the user has chosen it, might store secrets without
                encryption.
        """
        if requested == FILE:
            return FILE
        try:
            if requested is None:
                self._require_system_keychain()
            self._call_keychain("get", "session:")
        except ConfigurationError:
            uses_files = any(location == FILE for _, location in self._locations().values())
            if requested != KEYCHAIN and uses_files:
                return FILE
            raise
        return KEYCHAIN

    def _require_system_keychain(self) -> None:
        if self._backend is None:
            from cognito_credentials.stores._keychains import find_keychain, require_system_keychain

            require_system_keychain(find_keychain())

    def _describe(self, location: object) -> str:
        return "the keychain" if location == KEYCHAIN else self.path

    def _locations(self) -> dict[str, tuple[SessionKey, str]]:
        found: dict[str, tuple[SessionKey, str]] = {}
        for store_key in self._files.list_keys():
            # Records of another version, or of another program, are ignored.
            with contextlib.suppress(LookupError, TypeError, ValueError, RecursionError):
                record = json.loads(self._files.get(store_key) or b"null")
                names = ("issuer", "client_id", "user", "place")
                issuer, client_id, user, place = texts = [record[name] for name in names]
                if not all(isinstance(text, str) for text in texts):
                    continue
                key = SessionKey(issuer, client_id, user)
                if key.store_key == store_key:
                    found[store_key] = (key, place)
        return found

    def _create_directory(self) -> None:
        # Create the parent directory here, because FileStore would create it with permissions that
        # let other users read it.
        with contextlib.suppress(FileExistsError):
            os.makedirs(os.path.dirname(self._parent), exist_ok=True)
            os.mkdir(self._parent, 0o700)

    def _call_keychain(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        from cognito_credentials.stores.keyring import KeyringStore

        kind = ""
        if self._keychain is None:
            self._create_directory()
            self._keychain = KeyringStore(SERVICE, lock_path=self._parent, backend=self._backend)
        try:
            with logs.Wait("the keychain, which may ask for its password"):
                return getattr(self._keychain, method)(*arguments, **keywords)
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - each backend raises its own exceptions
            kind = type(error).__name__
        # Raise this error outside the exception handler, because the backend's exception may
        # contain the secret.
        raise ConfigurationError(
            f"the keychain cannot be used: {kind}",
            hint="Unlock the keychain, or sign in again with --store file.",
        )
