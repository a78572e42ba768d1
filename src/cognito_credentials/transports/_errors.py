"""Transport errors, whose messages do not depend on the HTTP library in use."""

from __future__ import annotations

from http import HTTPStatus

from cognito_credentials._core.error_catalog import next_steps
from cognito_credentials._core.hints import Hint
from cognito_credentials._core.http import MAX_BODY_BYTES
from cognito_credentials.errors import (
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    class HttpExchangeState(Protocol):
        """State of an HTTP exchange, from which the error is derived."""

        connect_timeout: float
        request_timeout: float
        is_connecting: bool
        received: int
        handled: BaseException | None

        def has_expired(self) -> bool: ...


__all__ = [
    "CHECK_PROXY",
    "body_too_large",
    "connect_timeout_error",
    "connection_closed",
    "connection_error",
    "exchange_error",
    "incomplete_response",
    "invalid_chunk_size",
    "invalid_response",
    "rejected_tunnel",
    "request_timeout_error",
    "response_too_large",
    "unreadable_response",
    "unsent_request",
]

CHECK_PROXY = (
    "Check the address of the proxy (proxies, HTTPS_PROXY, HTTP_PROXY). To connect to a host without "
    "the proxy, add the host to NO_PROXY."
)

# Classes of http.client, urllib3 and aiohttp. urllib3 wraps http.client errors.
CLOSED_CONNECTION = frozenset(
    ("http.client.RemoteDisconnected", "aiohttp.client_exceptions.ServerDisconnectedError")
)
INCOMPLETE_RESPONSE = frozenset(
    ("http.client.IncompleteRead", "aiohttp.client_exceptions.ClientPayloadError")
)
INVALID_RESPONSE = ("aiohttp.client_exceptions.ClientResponseError", "http.client.HTTPException")
LIBRARY_ERRORS = frozenset(
    (
        "aiohttp.client_exceptions.ClientError",
        "builtins.OSError",
        "urllib3.exceptions.HTTPError",
    )
)


def connect_timeout_error(destination: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"no connection to {destination} within {seconds:g} s",
        hint=Hint(
            "Check that no firewall blocks the connection, and set HTTPS_PROXY if the network "
            "requires a proxy. Raise connect_timeout if the network is slow.",
            for_command="Check that no firewall blocks the connection, and set HTTPS_PROXY if the "
            "network requires a proxy.",
        ),
    )


def request_timeout_error(destination: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"no complete response from {destination} within {seconds:g} s",
        hint=Hint(
            "Check the network, or raise request_timeout.",
            for_command="Check the network, and try again.",
        ),
    )


def exchange_error(
    destination: str, error: BaseException, exchange: HttpExchangeState
) -> TransportError | MalformedResponseError:
    """Return the error to raise for any exception in an exchange.

    Args:
        destination: Host and port, and the proxy if there is one; see `describe_destination`.
        error: The exception; its causes are examined as well.
        exchange: The exchange in which the exception was raised.
    """
    if isinstance(error, TimeoutError) or exchange.has_expired():
        if exchange.is_connecting:
            return connect_timeout_error(destination, exchange.connect_timeout)
        return request_timeout_error(destination, exchange.request_timeout)
    causes = _causes_by_class(error, exchange.handled)
    if causes.keys() & CLOSED_CONNECTION:
        return connection_closed(destination)
    if causes.keys() & INCOMPLETE_RESPONSE:
        return incomplete_response(destination)
    if cause := next((causes[name] for name in INVALID_RESPONSE if name in causes), None):
        return invalid_response(destination, cause)
    if causes.keys() & LIBRARY_ERRORS:
        return connection_error(destination, error, exchange.handled)
    if exchange.received:
        return unreadable_response(destination, error)
    return unsent_request(destination, error)


def body_too_large() -> MalformedResponseError:
    return MalformedResponseError(
        f"the response body exceeds {MAX_BODY_BYTES} bytes",
        hint=next_steps.CHECK_RESPONSE,
    )


def response_too_large(max_bytes: int) -> MalformedResponseError:
    return MalformedResponseError(
        f"the response, including its headers, exceeds {max_bytes} bytes",
        hint=next_steps.CHECK_RESPONSE,
    )


def invalid_chunk_size() -> MalformedResponseError:
    return MalformedResponseError(
        "a chunk of the response has a negative size", hint=next_steps.CHECK_RESPONSE
    )


def unreadable_response(destination: str, error: BaseException) -> MalformedResponseError:
    return MalformedResponseError(
        f"the response from {destination} cannot be read ({type(error).__name__})",
        hint=next_steps.CHECK_RESPONSE,
    )


def unsent_request(destination: str, error: BaseException) -> TransportError:
    unsent = TransportError(
        f"the request to {destination} cannot be sent ({type(error).__name__})",
        hint=Hint(
            "Check user_agent_extra and the URLs of the endpoint and of the proxy.",
            for_command="Check the URLs of the endpoint and of the proxy.",
        ),
    )
    unsent.is_retryable = False  # The same request would fail again.
    return unsent


def rejected_tunnel(destination: str, status: int) -> TransportError:
    rejected = TransportError(
        f"cannot connect to {destination}: the proxy responded with status {status}",
        hint=_hint_for_proxy_status(status),
    )
    rejected.is_retryable = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return rejected


def _hint_for_proxy_status(status: int) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED):
        return next_steps.CHECK_PROXY_LOGIN
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return (
            f"The proxy could not reach the host. Try again. If the error persists: {CHECK_PROXY}"
        )
    return next_steps.ALLOW_HOST_IN_PROXY


def connection_closed(destination: str) -> TransportError:
    return TransportError(
        f"{destination} closed the connection without a response",
        hint="Try again; if the error persists, check any proxy between this machine and the host.",
    )


def incomplete_response(destination: str) -> TransportError:
    return TransportError(
        f"the response from {destination} is incomplete",
        hint="Try again; if the error persists, check any proxy between this machine and the host.",
    )


def invalid_response(destination: str, error: BaseException) -> TransportError:
    return TransportError(
        f"{destination} sent a response that is not HTTP ({type(error).__name__})",
        hint=Hint("Check the scheme and the port of {endpoint_url} and of any proxy."),
    )


def connection_error(
    destination: str, error: BaseException, handled: BaseException | None = None
) -> TransportError:
    """Return the transport error for an exception of a socket, of TLS or of an HTTP library.

    The message quotes only the operating system and OpenSSL, because other exceptions may contain a
    URL with a password.

    Args:
        destination: Host and port, and the proxy if there is one; see `describe_destination`.
        error: The exception; its causes are examined as well.
        handled: The exception that the caller was already handling, and that is therefore not a
            cause; None if there was none.
    """
    causes = _causes_by_class(error, handled)
    if cause := causes.get("ssl.SSLCertVerificationError"):
        return _untrusted_certificate(destination, getattr(cause, "verify_message", ""))
    uses_proxy = " through the proxy " in destination
    if cause := causes.get("socket.gaierror"):
        return _unresolved_host(destination, cause, uses_proxy=uses_proxy)
    if "builtins.ConnectionRefusedError" in causes:
        hint = Hint(
            "Check {endpoint_url}, or start the emulator. No server is listening at that address."
        )
        return TransportError(
            f"{destination} refused the connection", hint=CHECK_PROXY if uses_proxy else hint
        )
    if cause := causes.get("ssl.SSLError"):
        return TransportError(
            f"the TLS handshake with {destination} failed "
            f"({getattr(cause, 'reason', None) or 'no reason given'})",
            hint=Hint(
                "Check that the endpoint or the proxy accepts https on this port. If the server "
                "requires a client certificate, set {client_cert}."
            ),
        )
    if status := _tunnel_status(causes):
        return rejected_tunnel(destination, status)
    reason = getattr(causes.get("builtins.OSError"), "strerror", None) or type(error).__name__
    return TransportError(
        f"the connection to {destination} failed ({reason})",
        hint="Check the network and any proxy, and try again.",
    )


def _unresolved_host(destination: str, error: BaseException, *, uses_proxy: bool) -> TransportError:
    reason = getattr(error, "strerror", "")
    if uses_proxy:
        return TransportError(
            f"cannot connect to {destination}: the host name of the proxy cannot be resolved "
            f"({reason})",
            hint=CHECK_PROXY,
        )
    host = destination.partition(":")[0]
    return TransportError(
        f"the host name {host} cannot be resolved ({reason})",
        hint=Hint("Check the network and DNS, and that {host_setting} is correct."),
    )


def _untrusted_certificate(destination: str, reason: str) -> TransportError:
    error = TransportError(
        f"the certificate of {destination} is not trusted ({reason or 'verification failed'})",
        hint=_hint_for_certificate(reason),
    )
    error.is_retryable = False  # A retry would receive the same certificate.
    return error


def _hint_for_certificate(reason: str) -> str:
    """Return the hint for a certificate that OpenSSL rejected for this reason."""
    if reason in ("certificate is not yet valid", "certificate has expired"):
        return (
            "Check the date and the time of this machine. If they are correct, renew the certificate "
            "of the server or of the proxy."
        )
    if "mismatch, certificate is not valid for" in reason:
        return Hint(
            "Check {host_setting} and any proxy. If both are correct, use a certificate that lists the "
            "name of this host."
        )
    return Hint(
        "If a proxy or your own endpoint uses a private certificate authority, set ca_bundle or "
        "AWS_CA_BUNDLE to the PEM file of that authority.",
        for_command="If a proxy or your own endpoint uses a private certificate authority, set "
        "AWS_CA_BUNDLE to the PEM file of that authority.",
    )


def _tunnel_status(causes: Mapping[str, BaseException]) -> int:
    """Return the status with which a proxy rejected a tunnel, or 0."""
    # http.client, which urllib3 uses, reports the status only in the message.
    text = str(causes.get("builtins.OSError", ""))
    digits = text.partition("Tunnel connection failed: ")[2][:3]
    return int(digits) if digits.isdecimal() else 0


def _causes_by_class(
    error: BaseException, handled: BaseException | None
) -> dict[str, BaseException]:
    """Map the class names of the exception and its causes to the exceptions.

    The names include the names of base classes. Names are used so that neither aiohttp nor urllib3
    has to be imported.
    """
    return {name: cause for cause in _causes(error, handled) for name in _class_names(cause)}


def _class_names(error: BaseException) -> Iterator[str]:
    for kind in type(error).__mro__:
        yield f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and all its causes.

    An exception that is raised in an `except` block has the handled exception as its `__context__`.
    urllib3 stores a cause in `reason`, aiohttp in `os_error`.
    """
    seen = {id(handled)}
    pending: list[object] = [error]
    while pending:
        cause = pending.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += (
            getattr(cause, "reason", None),
            getattr(cause, "os_error", None),
            cause.__cause__,
            cause.__context__,
            *cause.args,
        )
