"""Redis clients that have short timeouts and raise this package's errors."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager

from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)
from cognito_credentials.stores._redis_deadlines import async_deadline, deadline, with_deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any


URL_SCHEMES = ("redis", "rediss", "unix")
# Values of ssl_cert_reqs, in options and URLs, with which redis-py accepts any certificate.
UNVERIFIED_CERTIFICATES = ("none", 0)
PERMISSION_ERROR_PREFIXES = ("NOPERM", "ACL failure in script", "The user executing the script")
PASSWORD_ERROR_PREFIXES = ("NOAUTH", "WRONGPASS")
CHECK_SERVER = (
    "Check that the Redis server is running, that this machine can connect to the host and port in "
    "url, and that url starts with rediss:// if, and only if, the port uses TLS."
)
# Hints by the class of redis-py's error.
HINTS_FOR_REJECTED_COMMANDS = {
    "ReadOnlyError": "Pass the URL of the primary server instead of a replica.",
    "OutOfMemoryError": "Raise maxmemory on the Redis server, or delete other programs' entries.",
}
CHECK_COMMANDS = (
    "Check the log of the Redis server. The server must be Redis 6.2 or later, or Valkey."
)
CHECK_PROTOCOL = "Check that url leads to a Redis server, and that no proxy changes its responses."
# Further exceptions that redis-py's parser raises for malformed responses.
PARSER_ERRORS = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def create_client(redis: Any, retry: Any, url: str, timeout: float, options: dict[str, Any]) -> Any:
    """Return a client for a URL.

    Args:
        redis: The module `redis` or `redis.asyncio`.
        retry: The class `Retry` of that module.
        url: URL of the server.
        timeout: Seconds after which a call fails.
        options: Further options for the client.

    Raises:
        ConfigurationError: If the URL is invalid, or an option is unknown or not supported by the
            store.
    """
    from redis.backoff import NoBackoff

    options = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        # The store is not used for a while after a failure, so a retry would only add to the delay.
        "retry": retry(NoBackoff(), 0),
        **options,
        "decode_responses": False,
    }
    is_async = hasattr(redis.Redis, "__aenter__")
    try:
        # Check the URL here, because some versions of redis-py check neither the scheme nor the
        # database number.
        scheme, _, rest = url.partition("://")
        URL_SCHEMES.index(scheme)
        if scheme != "unix":
            int(rest.partition("?")[0].partition("/")[2].strip("/") or 0)
        client = redis.from_url(url, **options)
        pool = client.connection_pool
        if not is_async:
            pool.connection_class = with_deadline(pool.connection_class)
        if scheme == "rediss":
            _verify_host_names(pool.connection_kwargs)
        # This constructor checks the options; the connection is opened on first use.
        pool.connection_class(**pool.connection_kwargs)
    # The messages of these errors may contain the URL with its password, so they are not used.
    except TypeError:
        raise ConfigurationError(
            "url and options must contain only options that redis-py knows",
            hint="Check the query of the URL and the keyword arguments.",
        ) from None
    except ValueError:
        raise ConfigurationError(
            "url must be a valid Redis URL",
            hint="Use a URL such as redis://HOST:6379/0, rediss://USER:PASSWORD@HOST:6379 for TLS, or "
            "unix:///PATH.",
        ) from None
    return check_client(client, is_async=is_async)


def _verify_host_names(options: dict[str, Any]) -> None:
    """Make redis-py verify the server's host name, unless the caller has disabled verification.

    By default, only redis-py 6 and later verify host names, and only if they verify certificates.
    """
    if options.get("ssl_cert_reqs") not in UNVERIFIED_CERTIFICATES:
        options.setdefault("ssl_check_hostname", True)


def check_client(client: Any, *, is_async: bool, options: dict[str, Any] | None = None) -> Any:
    """Return a client after checking that the store can use it.

    Args:
        client: The client.
        is_async: Whether the client must come from `redis.asyncio`.
        options: Options that the caller passed in addition to the client; must be empty.

    Raises:
        ConfigurationError: If the client has the wrong type or an unsupported option, or if
            `options` is not empty.
    """
    source = getattr(client, "nodes_manager", None) or getattr(client, "connection_pool", None)
    if not hasattr(client, "eval") or source is None:
        raise ConfigurationError(
            f"url must be a Redis URL or a redis-py client, not {type(client).__name__}",
            hint="Pass a URL such as rediss://user:password@redis.example.com:6379.",
        )
    if hasattr(client, "__aenter__") is not is_async:
        raise ConfigurationError(
            f"url must be {'an async' if is_async else 'a sync'} client",
            hint="Pass clients of redis to RedisStore, and clients of redis.asyncio to "
            "AsyncRedisStore.",
        )
    if options:
        raise ConfigurationError(
            f"{', '.join(sorted(options))} must not be passed along with a client",
            hint="Pass these options when you create the client.",
        )
    settings = source.connection_kwargs
    if settings.get("socket_timeout") is None:
        raise ConfigurationError(
            "the client must have a socket_timeout, because a stalled server would block callers",
            hint="Create the client with socket_timeout=1 and socket_connect_timeout=1.",
        )
    if settings.get("decode_responses"):
        raise ConfigurationError(
            "the client must not decode responses, because encrypted values are not text",
            hint="Create the client with decode_responses=False.",
        )
    if _ignores_host_names(source):
        raise ConfigurationError(
            "the client must verify the host name of the server",
            hint="Create the client with ssl_check_hostname=True, or with redis-py 6 or later.",
        )
    return client


def _ignores_host_names(source: Any) -> bool:
    """Return True if TLS would accept another host's certificate without the caller's consent."""
    settings = source.connection_kwargs
    if (
        "ssl_check_hostname" in settings
        or "ssl_context" in settings
        or settings.get("ssl_cert_reqs") in UNVERIFIED_CERTIFICATES
    ):
        return False
    connection_class = settings.get("connection_class") or getattr(source, "connection_class", None)
    if not settings.get("ssl") and "SSL" not in getattr(connection_class, "__name__", ""):
        return False
    from redis.connection import SSLConnection

    return not SSLConnection().check_hostname


@contextmanager
def call(seconds: float | None = None) -> Generator[None]:
    """Raise this package's errors instead of redis-py's, and end the call after `seconds`."""
    with translate_errors(), deadline(seconds):
        yield


@asynccontextmanager
async def async_call(seconds: float) -> AsyncGenerator[None]:
    """Raise this package's errors instead of redis-py's, and end the call after `seconds`."""
    try:
        async with async_deadline(seconds):
            with translate_errors():
                yield
    except TimeoutError as error:
        raise RequestTimeoutError(
            "the Redis server did not respond in time", hint=CHECK_SERVER
        ) from error


def invalid_response(reason: object) -> MalformedResponseError:
    """Return the error for a response that Redis would not send."""
    return MalformedResponseError(
        f"the Redis server sent an invalid response ({reason})", hint=CHECK_PROTOCOL
    )


@contextmanager
def translate_errors() -> Generator[None]:
    """Raise this package's errors instead of redis-py's.

    An error that an operator has to fix becomes a `ConfigurationError`. An outage, or a command that
    the server rejects, becomes a `TransportError` with redis-py's message, which contains the reason
    and usually the address, but no data. A malformed response becomes a `MalformedResponseError`.
    All other errors, such as an event loop that was closed, are raised unchanged.
    """
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import DataError, InvalidResponse, ResponseError
    from redis.exceptions import TimeoutError as RedisTimeoutError

    try:
        yield
    except (CognitoCredentialsError, DataError):
        raise
    except (RedisTimeoutError, TimeoutError) as error:
        raise RequestTimeoutError(
            f"the Redis server did not respond in time: {error}", hint=CHECK_SERVER
        ) from error
    except (ResponseError, RedisConnectionError) as error:
        if (configuration_error := _configuration_error(error)) is not None:
            raise configuration_error from None
        if isinstance(error, ResponseError):
            raise _rejected_command(error) from error
        raise _unavailable(error) from error
    except OSError as error:
        raise _unavailable(error) from error
    except (InvalidResponse, *PARSER_ERRORS) as error:
        raise invalid_response(type(error).__name__) from error


def _unavailable(error: Exception) -> TransportError:
    return TransportError(f"the Redis server is unavailable: {error}", hint=CHECK_SERVER)


def _rejected_command(error: Exception) -> TransportError:
    return TransportError(
        f"the Redis server rejected a command: {error}",
        hint=HINTS_FOR_REJECTED_COMMANDS.get(type(error).__name__, CHECK_COMMANDS),
    )


def _configuration_error(error: Exception) -> ConfigurationError | None:
    """Return the `ConfigurationError` for an error that an operator has to fix, otherwise None."""
    from redis.exceptions import AuthenticationError, MovedError, NoPermissionError

    text = str(error)
    # Permission errors in scripts have no separate class, and Redis 7 changed their message.
    if isinstance(error, NoPermissionError) or text.startswith(PERMISSION_ERROR_PREFIXES):
        return ConfigurationError(
            "the Redis user in url is not permitted to run the store's commands",
            hint="Allow the user to run GET, DEL and EVAL and, in scripts, SET, GETRANGE, PTTL and "
            "TIME, on keys that begin with the prefix.",
        )
    if isinstance(error, AuthenticationError) or text.startswith(PASSWORD_ERROR_PREFIXES):
        return ConfigurationError(
            "the Redis server rejected the password in url, or url contains no password",
            hint="Check the user name and the password. Write the URL as "
            "redis://USER:PASSWORD@HOST:6379, and percent-encode special characters.",
        )
    if text.startswith("DB index"):
        return ConfigurationError(
            "the Redis server does not have the database in url",
            hint="Write the number of the database, usually 0 to 15, as the path of the URL: "
            "redis://HOST:6379/0.",
        )
    if isinstance(error, MovedError) or text.startswith("MOVED "):
        return ConfigurationError(
            "url leads to a single node of a Redis cluster",
            hint="Pass a RedisCluster client with a socket_timeout instead of the URL.",
        )
    return None
