"""Clients of a Redis server: made with short patience, and their errors in plain words."""

from __future__ import annotations

from contextlib import contextmanager

from cognito_credentials.errors import (
    ConfigurationError,
    RequestTimeoutError,
    TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


SCHEMES = ("redis", "rediss", "unix")
NO_RIGHTS = ("NOPERM", "ACL failure in script", "The user executing the script")


def create_client(redis: Any, retry: Any, url: str, timeout: float, options: dict[str, Any]) -> Any:
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
        # Not every version of redis-py minds these.
        scheme, _, rest = url.partition("://")
        SCHEMES.index(scheme)
        if scheme != "unix":
            int(rest.partition("?")[0].partition("/")[2].strip("/") or 0)
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
    return check_client(client, is_awaited=hasattr(client, "__aenter__"))


def check_client(client: Any, *, is_awaited: bool, options: dict[str, Any] | None = None) -> Any:
    """Return a client, if it is one of this side and gives up in time.

    Raises:
        ConfigurationError: It is not.
    """
    source = getattr(client, "nodes_manager", None) or getattr(client, "connection_pool", None)
    if not hasattr(client, "eval") or source is None:
        raise ConfigurationError(
            f"url is of type {type(client).__name__}: it must be a Redis URL, or a client of redis-py"
        )
    if hasattr(client, "__aenter__") is not is_awaited:
        raise ConfigurationError(
            f"url is a client that is {'not awaited' if is_awaited else 'awaited'}",
            hint="RedisStore takes those of redis, AsyncRedisStore those of redis.asyncio.",
        )
    if options:
        raise ConfigurationError(
            f"{', '.join(sorted(options))}: options are for the client that the store makes",
            hint="Give them to the client that you make.",
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
def translate_errors() -> Generator[None]:
    """Turn what the operator must change into a `ConfigurationError`, and outages into ours.

    redis-py's texts of outages say why, mostly also where, and nothing of what was sent.
    """
    from redis.exceptions import (
        AuthenticationError,
        MovedError,
        NoPermissionError,
        ResponseError,
    )
    from redis.exceptions import (
        ConnectionError as NoConnectionError,
    )
    from redis.exceptions import (
        TimeoutError as TooSlowError,
    )

    try:
        yield
    except (AuthenticationError, ResponseError, NoConnectionError, TooSlowError) as error:
        text = str(error)
        # What a script may not do is said in a text alone, which Redis 7 has changed.
        if isinstance(error, NoPermissionError) or text.startswith(NO_RIGHTS):
            raise ConfigurationError(
                "url names a user who may not do what the store does",
                hint="Allow it GET, DEL, EVAL and, for its scripts, SET, GETRANGE and TIME, on the "
                "keys of `prefix`.",
            ) from None
        if isinstance(error, AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS")):
            raise ConfigurationError(
                "url has no password that the server takes",
                hint="Write it as redis://USER:PASSWORD@HOST:6379, with special characters as %XX.",
            ) from None
        if text.startswith("DB index"):
            raise ConfigurationError(
                "url names a database that the server does not have",
                hint="Its path is the number of one, mostly from 0 to 15: redis://HOST:6379/0.",
            ) from None
        if isinstance(error, MovedError):
            raise ConfigurationError(
                "url leads to one node of a cluster",
                hint="Give a RedisCluster client that has a socket_timeout in its place.",
            ) from None
        if isinstance(error, TooSlowError):
            raise RequestTimeoutError(f"the server does not answer in time: {text}") from error
        if isinstance(error, NoConnectionError):
            raise TransportError(f"the server cannot be reached: {text}") from error
        raise
