"""Clients of a Redis server: made with short patience, and their errors in plain words."""

from __future__ import annotations

from contextlib import contextmanager

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


SCHEMES = ("redis", "rediss", "unix")


def make_client(redis: Any, retry: Any, url: str, timeout: float, options: dict[str, Any]) -> Any:
    """Return a client of this URL; `redis` is the module `redis` or `redis.asyncio`.

    Raises:
        ConfigurationError: The URL is none, or an option is unknown.
    """
    from redis.backoff import NoBackoff

    options = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        # A server that does not answer is left alone; asking it again at once would add up.
        "retry": retry(NoBackoff(), 0),
        **options,
        "decode_responses": False,
    }
    try:
        SCHEMES.index(url.partition("://")[0])  # not every version of redis-py minds
        client = redis.from_url(url, **options)
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # connects to nothing yet
    except (ValueError, TypeError) as error:
        # The error may repeat the URL, and so a password.
        reason = "an option is unknown" if isinstance(error, TypeError) else "it is no Redis URL"
        raise ConfigurationError(
            f"url is of no use: {reason}",
            hint="It looks like redis://HOST:6379/0, rediss://USER:PASSWORD@HOST:6379 with TLS, or "
            "unix:///PATH.",
        ) from None
    return client


def check_client(client: Any) -> Any:
    """Return a client that the caller made, if it gives up in time."""
    source = getattr(client, "nodes_manager", None) or getattr(client, "connection_pool", None)
    if not hasattr(client, "eval") or source is None:
        raise ConfigurationError(
            f"url is of type {type(client).__name__}: it must be a Redis URL, or a client of redis-py"
        )
    settings = source.connection_kwargs
    if settings.get("socket_timeout") is None:
        raise ConfigurationError(
            "the client has no socket_timeout: a server that stalls would hold every caller",
            hint="Make the client with socket_timeout=1 and socket_connect_timeout=1.",
        )
    if settings.get("decode_responses"):
        raise ConfigurationError(
            "the client decodes responses, and sealed values are no text",
            hint="Make a client with decode_responses=False.",
        )
    return client


@contextmanager
def plain_errors() -> Generator[None]:
    """Turn what the operator must change into a `ConfigurationError`; an outage stays as it is."""
    from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

    try:
        yield
    except (AuthenticationError, NoPermissionError) as error:
        raise _refused(error) from None
    except ResponseError as error:
        if not str(error).startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
            raise
        raise _refused(error) from None


def _refused(error: Exception) -> ConfigurationError:
    if "NoPermission" in type(error).__name__ or str(error).startswith("NOPERM"):
        return ConfigurationError(
            "url names a user who may not do what the store does",
            hint="Allow it GET, DEL, EVAL and, for its scripts, SET, GETRANGE and TIME, on the "
            "keys of `prefix`.",
        )
    return ConfigurationError(
        "url has no password that the server takes",
        hint="Write it as redis://USER:PASSWORD@HOST:6379, with special characters as %XX.",
    )
