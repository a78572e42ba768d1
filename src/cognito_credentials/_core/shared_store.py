"""Wrapper for a shared store that tracks the store's failures."""

from __future__ import annotations

from cognito_credentials._core import logs, ops
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.ops import Flow

RETRY_INTERVAL_SECONDS = 10.0
# Delays before retries; only calls whose failure would give a guest a new identity are retried.
RETRY_DELAYS_SECONDS = (0.01, 0.02)
# `locate` skips the stack frames of these packages, which only call the store's methods.
_CALLERS = ("cognito_credentials", "asyncio", "concurrent", "threading")
# A call that took longer is retried only once: the store has probably stalled, but the machine may
# have been suspended during the call instead.
MAX_RETRIED_CALL_SECONDS = 0.25


class StoreUnavailableError(Exception):
    """The store failed in this call or shortly before it; the log contains the details."""


class SharedStore:
    """Wrapper through which a provider or broker uses a store.

    After a failure, the store is not called for `RETRY_INTERVAL_SECONDS`. Threads share the object
    without a lock, because its attributes are independent of each other.
    """

    def __init__(self, store: Any) -> None:
        self.store = store
        self.is_local: bool = getattr(store, "is_local", False)
        # True after credentials from the store have been returned; later failures of the store must
        # not raise errors in callers.
        self.has_served: bool = False
        self._failed_at = self._read_failed_at = float("-inf")
        # Methods are tracked separately, because `get` may work although `put` fails, for example
        # in a read-only directory.
        self._working_methods: set[str] = set()
        self._failing_methods: set[str] = set()
        self._logged: set[str] = set()

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Flow[Any]:
        """Call one of the store's methods, and return its result.

        Raises:
            StoreUnavailableError: If the method fails, or the store failed shortly before.
            ConfigurationError: If the method raised this error, unless the method has succeeded
                before or the store has already provided credentials.
        """
        name: str = getattr(function, "__name__", "")
        # Continue to read, because a read-only directory may contain the only copy of a guest's
        # identity ID.
        failed_at = self._read_failed_at if name == "get" else self._failed_at
        # The lower bound ensures that the pause is not extended if the clock was set back.
        if 0 <= (yield from ops.now()) - failed_at < RETRY_INTERVAL_SECONDS:
            raise StoreUnavailableError
        return (yield from self._try(function, arguments, keywords, is_logged=True))

    def call_with_retries(
        self, function: Callable[..., Any], *arguments: Any, **keywords: Any
    ) -> Flow[Any]:
        """Call a method like `call`, but with retries, and even if the store failed a moment ago.

        This method is used for a guest's identity ID, because a guest whose ID cannot be read gets
        a new identity.
        """
        is_read = getattr(function, "__name__", "") == "get"
        failed_at = self._read_failed_at if is_read else self._failed_at
        # If the store is known to be unavailable, an earlier call has logged the failure.
        is_logged = not 0 <= (yield from ops.now()) - failed_at < RETRY_INTERVAL_SECONDS
        was_slow = False
        for delay in (*RETRY_DELAYS_SECONDS, None):
            started_at = yield from ops.now()
            try:
                return (yield from self._try(function, arguments, keywords, is_logged=is_logged))
            except StoreUnavailableError:
                elapsed = (yield from ops.now()) - started_at
                if delay is None or was_slow:
                    raise
                was_slow = elapsed > MAX_RETRIED_CALL_SECONDS
                yield from ops.sleep(delay)
        raise AssertionError("unreachable")

    def _try(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        is_logged: bool,
    ) -> Flow[Any]:
        name: str = getattr(function, "__name__", "")
        try:
            operation = ops.acquire_lease if name == "lock" else ops.call
            result = yield from operation(function, *arguments, **keywords)
        except Exception as error:
            # A method that has succeeded before is configured correctly, so a `ConfigurationError`
            # is an outage: the password may have been changed, for example.
            is_in_use = self.has_served or name in self._working_methods
            if isinstance(error, ConfigurationError) and not is_in_use:
                raise
            self._failed_at = yield from ops.now()
            # If any method of a remote store fails, the server is probably unreachable.
            if name == "get" or not self.is_local:
                self._read_failed_at = self._failed_at
            if is_logged:
                self._warn_of_failure(name, error)
            raise StoreUnavailableError from error
        self._working_methods.add(name)
        self._failing_methods.discard(name)
        return result

    def lock(self, key: str, seconds: float) -> Flow[Any]:
        """Return a lease on a key, or None if another caller holds one.

        The driver releases the lease when the flow ends.

        Raises:
            StoreUnavailableError: If the store is unavailable.
            ConfigurationError: If the store returns an object that is not a lease.
        """
        lease = yield from self.call(self.store.lock, key, seconds)
        if lease is not None and not callable(getattr(lease, "release", None)):
            raise ConfigurationError(
                "the store's lock method must return None or an object with a release method, "
                f"not {type(lease).__name__}",
                hint="Return an object that implements cognito_credentials.ports.Lease.",
            )
        return lease

    def delete(self, key: str) -> Flow[None]:
        """Delete an entry; do nothing if the store is unavailable."""
        from contextlib import suppress

        with suppress(StoreUnavailableError):
            yield from self.call(self.store.delete, key)

    def warn_once(self, text: str, *arguments: object) -> None:
        """Log a warning, unless this object has already logged it."""
        if text not in self._logged:
            self._logged.add(text)
            logs.warning(text, *arguments)

    def _warn_of_failure(self, method: str, error: Exception) -> None:
        if method in self._failing_methods:
            return
        self._failing_methods.add(method)
        logs.warning(
            "Credential store unavailable (%s%s); continuing without it. Each process calls Cognito "
            "on its own, and a guest whose identity ID is not stored gets a new identity.%s",
            type(error).__name__,
            _describe(error),
            _notes(error),
        )

    def __repr__(self) -> str:
        """Return a name for logs; the repr of a user-defined store may contain a secret."""
        # A `ThreadedStore` wraps the actual store.
        store = getattr(self.store, "store", self.store)
        is_ours = type(store).__module__.startswith("cognito_credentials.")
        return repr(store) if is_ours else type(store).__qualname__


def _describe(error: Exception) -> str:
    """Return a description of an error for the log, without stored values.

    For an error of this package, this is the message; for a system error, the message with the file
    name. The message of any other error may contain a stored value, so the error's location is
    returned instead.
    """
    if isinstance(error, CognitoCredentialsError):
        return f": {error.message}"
    parts = (getattr(error, "strerror", None), getattr(error, "filename", None))
    text = ": ".join(str(part) for part in parts if part)
    if text and isinstance(error, OSError):
        return f": {text}"
    return locate(error)


def locate(error: Exception) -> str:
    """Return the file and line in the user's code at which an exception was raised, for the log."""
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _CALLERS:
            return f" in {frame.f_code.co_filename}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return ""


def _notes(error: Exception) -> str:
    """Return the hint of an error of this package, or the notes that a store added to an `OSError`."""
    if isinstance(error, CognitoCredentialsError):
        return f" {error.hint}" if error.hint else ""
    notes = getattr(error, "__notes__", ()) if isinstance(error, OSError) else ()
    return "".join(f" {note}" for note in notes)
