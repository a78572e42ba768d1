"""`StoreConfig`: description of a store, from which each process creates the store."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cognito_credentials._immutable import Immutable
from cognito_credentials._suppliers.tokens import EnvironmentToken, FileToken
from cognito_credentials._validation import (
    check_argument_names,
    check_integer,
    check_seconds,
    format_value,
)
from cognito_credentials.errors import ConfigurationError, LoginTokenError

if TYPE_CHECKING:
    from cognito_credentials.ports import Store

__all__ = ["StoreConfig"]

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
# If the name of a URL parameter contains one of these words, redis-py may read a secret from it.
SECRET_PARAMETERS = ("password", "credential", "username")

ENVIRONMENT_HINT = (
    "Pass the name of the environment variable or file that contains the value: "
    'EnvironmentToken("NAME") or FileToken("PATH"). A StoreConfig is sent to other processes, so it '
    "must not contain a secret."
)


class StoreConfig(Immutable):
    """Description of a store; each process creates the store from the description.

    Created by `file`, `keyring`, `memory` or `redis`. A store holds locks, connections or a key, and
    belongs to one process. A description contains only names and numbers, so a
    `ProviderConfig` that is sent to other processes can contain it: instances are immutable, hashable and
    picklable, and are equal if their arguments are equal. An instance contains no secret.
    """

    __module__ = "cognito_credentials.stores"

    __slots__ = ("_arguments", "_kind")

    if TYPE_CHECKING:
        _kind: str
        _arguments: tuple[tuple[str, Any], ...]

    def __init__(self) -> None:
        raise ConfigurationError(
            "StoreConfig must be created by one of its methods",
            hint="Call StoreConfig.file(), .keyring(), .memory() or .redis(...).",
        )

    @classmethod
    @check_argument_names
    def file(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        max_entries: int = 1_000,
        evict_identity_ids: bool = True,
    ) -> StoreConfig:
        """Describe a `FileStore`, which the processes of one user on one machine share.

        Args:
            path: Directory for the entries, `~/.aws/cognito-credentials` by default. Each process
                expands `~`. A relative path is relative to the current directory of the
                process that calls this method.
            max_entries: See `FileStore`.
            evict_identity_ids: See `FileStore`.

        Raises:
            ConfigurationError: If an argument is invalid.
        """
        if path is not None:
            text = _check_text("path", path, "the name of a directory")
            path = text if text.startswith("~") else os.path.abspath(text)
        check_integer("max_entries", max_entries)
        return _create(
            "file",
            path=path,
            max_entries=max_entries,
            evict_identity_ids=bool(evict_identity_ids),
        )

    @classmethod
    @check_argument_names
    def keyring(cls, service: str = "cognito-credentials") -> StoreConfig:
        """Describe a `KeyringStore`, which the processes of one user on one machine share.

        Args:
            service: See `KeyringStore`.

        Raises:
            ConfigurationError: If `service` is not a non-empty string.
        """
        return _create(
            "keyring", service=_check_text("service", service, "the name of an application")
        )

    @classmethod
    @check_argument_names
    def memory(cls, max_entries: int = 10_000) -> StoreConfig:
        """Describe a `MemoryStore`, which is not shared with other processes.

        Args:
            max_entries: See `MemoryStore`.

        Raises:
            ConfigurationError: If `max_entries` is not a positive integer.
        """
        return _create("memory", max_entries=check_integer("max_entries", max_entries))

    @classmethod
    @check_argument_names
    def redis(
        cls,
        url: str | EnvironmentToken | FileToken,
        *,
        sealing_key: EnvironmentToken | FileToken,
        prefix: str = "cognito-credentials",
        timeout: float = 1.0,
    ) -> StoreConfig:
        """Describe a `RedisStore`, which any number of hosts share.

        An async provider calls the store in threads.

        Args:
            url: A `redis://`, `rediss://` (TLS) or `unix://` URL without a user name and password, or
                the environment variable or file that contains a URL.
            sealing_key: The environment variable or file that contains the sealing key: 32 bytes in
                base64. Several keys are separated by white space; the first key encrypts, and all
                keys decrypt. To replace a key, see `RedisStore`.
            prefix: See `RedisStore`.
            timeout: See `RedisStore`.

        Raises:
            ConfigurationError: If an argument is invalid, or contains a secret.
        """
        if type(url) not in (EnvironmentToken, FileToken):
            _check_redis_url(url)
        if type(sealing_key) not in (EnvironmentToken, FileToken):
            raise ConfigurationError(
                "sealing_key must be an EnvironmentToken or a FileToken, not "
                f"{type(sealing_key).__name__}",
                hint=ENVIRONMENT_HINT,
            )
        from cognito_credentials.stores.redis import MAX_TIMEOUT_SECONDS

        check_seconds("timeout", timeout, above=0, at_most=MAX_TIMEOUT_SECONDS)
        return _create(
            "redis",
            url=url,
            sealing_key=sealing_key,
            prefix=_check_text("prefix", prefix, "a prefix for the names of the entries"),
            timeout=timeout,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._kind, dict(self._arguments))

    def __repr__(self) -> str:
        defaults = DEFAULTS[self._kind]
        arguments = [
            f"{name}={value!r}" for name, value in self._arguments if value != defaults.get(name)
        ]
        return f"StoreConfig.{self._kind}({', '.join(arguments)})"


CLASSES = {
    "file": "FileStore",
    "keyring": "KeyringStore",
    "memory": "MemoryStore",
    "redis": "RedisStore",
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "file": {"path": None, "max_entries": 1_000, "evict_identity_ids": True},
    "keyring": {"service": "cognito-credentials"},
    "memory": {"max_entries": 10_000},
    "redis": {"prefix": "cognito-credentials", "timeout": 1.0},
}


def create_store(config: StoreConfig) -> Store[Any]:
    """Create a store from its description. Other packages of this library call this function.

    Raises:
        ConfigurationError: If the store cannot be created in this process.
    """
    from cognito_credentials import stores

    kind, arguments = config._kind, dict(config._arguments)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if kind == "redis":
        arguments["sealing_key"] = [
            _decode_key(key) for key in _read("sealing_key", arguments["sealing_key"]).split()
        ]
        if not isinstance(arguments["url"], str):
            arguments["url"] = _read("url", arguments["url"])
    store: Store[Any] = getattr(stores, CLASSES[kind])(**arguments)
    return store


def _read(name: str, source: EnvironmentToken | FileToken) -> str:
    try:
        return source()
    except LoginTokenError as error:
        raise ConfigurationError(
            f"{name} of the store cannot be read: {error.message}", hint=error.hint
        ) from None


def _decode_key(text: str) -> bytes:
    from cognito_credentials.stores._sealing import KEY_BYTES

    with suppress(ValueError):
        key = base64.b64decode(text, validate=True)
        if len(key) == KEY_BYTES:
            return key
    raise ConfigurationError(
        f"sealing_key must be {KEY_BYTES} bytes in base64",
        hint="Create a key with base64.b64encode(secrets.token_bytes(32)).decode().",
    )


def _check_text(name: str, value: Any, meaning: str) -> str:
    text: Any = value.__fspath__() if hasattr(value, "__fspath__") else value
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigurationError(
            f"{name} must be a non-empty string, not {format_value(text)}",
            hint=f"Pass {meaning}, or omit {name}.",
        )
    return text


def _check_redis_url(url: Any) -> None:
    if not isinstance(url, str) or not url.lower().startswith(REDIS_SCHEMES):
        # The value is not shown, because it may contain a password.
        raise ConfigurationError(
            f"url must be a Redis URL, an EnvironmentToken or a FileToken, not {_describe(url)}",
            hint="Pass a URL such as redis://HOST:6379/0, rediss://HOST:6379 for TLS, or "
            'unix:///PATH, or EnvironmentToken("NAME") if the URL contains a password.',
        )
    address, _, query = url.partition("?")
    if "@" in address or any(word in query.lower() for word in SECRET_PARAMETERS):
        raise ConfigurationError(
            "url must not contain a user name or password", hint=ENVIRONMENT_HINT
        )


def _describe(url: object) -> str:
    return "a string of another form" if isinstance(url, str) else type(url).__name__


def _create(kind: str, **arguments: Any) -> StoreConfig:
    config = object.__new__(StoreConfig)
    config._set_attributes(_kind=kind, _arguments=tuple(arguments.items()))  # pyright: ignore[reportPrivateUsage]
    return config


def _restore(kind: str, arguments: dict[str, Any]) -> StoreConfig:
    """Create a description from a pickle."""
    create: Callable[..., StoreConfig] = getattr(StoreConfig, kind)
    return create(**arguments)
