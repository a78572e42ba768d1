"""Names and values of entries on a Redis server, for the sync and the async store."""

from __future__ import annotations

from contextlib import contextmanager

from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import _redis_scripts as scripts
from cognito_credentials.stores._redis_clients import invalid_response
from cognito_credentials.stores._sealing import Seal, UnsealableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

MICROSECONDS = 1_000_000


class EntryFormat:
    """Names and sealed values of entries, and the arguments of the scripts."""

    def __init__(self, prefix: Any, sealing_key: bytes | Sequence[bytes]) -> None:
        if not isinstance(prefix, str) or not prefix or "{" in prefix or "}" in prefix:
            raise ConfigurationError(
                f"prefix must be a non-empty string without braces, not {format_value(prefix)}",
                hint="Pass a prefix such as game:, or omit prefix.",
            )
        self.prefix = prefix
        self._seal = Seal(sealing_key)
        self._reported: set[str] = set()
        self._max_wait = scripts.MIN_RESERVATION_SECONDS

    def get_name(self, key: str) -> str:
        """Return the name of a value on the server."""
        # In a cluster, the braces place a value and its lock on the same node, so that both use
        # that node's clock. The name is a digest, because the key may contain a user name. The
        # digest does not depend on the sealing key, because sealing keys may be replaced.
        return f"{self.prefix}:{{{sha256_hex(key)}}}"

    def get_lock_name(self, key: str) -> str:
        """Return the name of a lock on the server."""
        return f"{self.get_name(key)}:lock"

    def build_put_arguments(
        self, key: str, value: bytes, expires_at: float | None, fence: str
    ) -> tuple[Any, ...]:
        """Return the arguments of an EVAL command that stores a value."""
        name = self.get_name(key)
        expiry = "" if expires_at is None else str(max(1, int(expires_at * 1000)))
        return scripts.PUT, 1, name, self._seal.seal(name, value), fence, expiry

    def build_add_arguments(self, key: str, value: bytes) -> tuple[Any, ...]:
        """Return the arguments of an EVAL command that stores a value if there is none yet."""
        name = self.get_name(key)
        return scripts.ADD, 1, name, self._seal.seal(name, value)

    def build_reserve_arguments(
        self,
        name: str,
        interval: float,
        burst_seconds: float,
        max_wait: float,
    ) -> tuple[Any, ...]:
        """Return the arguments of an EVAL command that reserves a call; times are in seconds."""
        # A background refresh passes 0 as `max_wait`, but must respect the reservations of callers,
        # so the script also gets the longest wait so far.
        self._max_wait = max(self._max_wait, max_wait)
        times = (
            str(round(seconds * MICROSECONDS))
            for seconds in (interval, burst_seconds, max_wait, self._max_wait)
        )
        return scripts.RESERVE, 1, f"{self.get_name(name)}:pace", *times

    @staticmethod
    def read_value(reply: Any) -> bytes | None:
        """Return a sealed value from the reply to GET.

        Raises:
            MalformedResponseError: If the reply has the wrong type.
        """
        if not isinstance(reply, bytes | None):
            raise invalid_response(type(reply).__name__)
        return reply

    @staticmethod
    def read_fence(reply: Any) -> str | None:
        """Return the fence from the reply to `scripts.LOCK`; None if another owner holds the lock.

        Raises:
            MalformedResponseError: If the reply is not a fence.
        """
        if reply is None:
            return None
        if not isinstance(reply, bytes) or len(reply) != scripts.FENCE_BYTES or not reply.isdigit():
            raise invalid_response("not a fence")
        return reply.decode()

    @staticmethod
    def read_wait(reply: Any, max_wait: float) -> float | None:
        """Return the seconds to wait from the reply to `scripts.RESERVE`, or None.

        Raises:
            MalformedResponseError: If the reply is not a number, or the wait exceeds `max_wait`.
        """
        if not isinstance(reply, int) or reply > round(max_wait * MICROSECONDS):
            raise invalid_response("not a wait")
        return None if reply < 0 else reply / MICROSECONDS

    @contextmanager
    def ignore_wrong_types(self) -> Generator[None]:
        """Ignore the server's error about a value of another type, such as a list.

        Another program must have written the value; the next `put` replaces it.
        """
        from redis.exceptions import ResponseError

        try:
            yield
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            self._warn("it was not written by cognito-credentials")

    def open_value(self, key: str, stored: bytes | None) -> bytes | None:
        """Return the decrypted value of an entry; None if it is missing or cannot be decrypted."""
        if stored is None:
            return None
        try:
            return self._seal.open(self.get_name(key), stored[scripts.FENCE_BYTES :])
        except UnsealableError:
            self._warn(
                "it was encrypted with another sealing_key, or was changed. If you have rotated "
                "the keys, also pass the previous key in sealing_key"
            )
            return None

    def is_unreadable(self, key: str, stored: bytes | None) -> bool:
        """Return True if an entry exists but none of the sealing keys can decrypt it."""
        return stored is not None and self.open_value(key, stored) is None

    def _warn(self, reason: str) -> None:
        if reason not in self._reported:
            self._reported.add(reason)
            logs.warning("Ignoring an entry in the Redis store: %s.", reason)
