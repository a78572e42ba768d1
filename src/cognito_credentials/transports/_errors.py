"""Transport errors: one message for one failure, whichever HTTP library reports the failure."""

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

__all__ = [
    "CHECK_PROXY",
    "body_too_large",
    "connect_timeout_error",
    "connection_closed",
    "connection_error",
    "incomplete_response",
    "invalid_response",
    "request_timeout_error",
]

CHECK_PROXY = (
    "Check the address of the proxy (proxies, HTTPS_PROXY, HTTP_PROXY). To connect to a host without "
    "the proxy, add the host to NO_PROXY."
)


def connect_timeout_error(destination: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"no connection to {destination} within {seconds:g} s",
        hint=Hint(
            "Check that a firewall lets this machine connect, and set HTTPS_PROXY if the network "
            "requires a proxy. Raise connect_timeout if the network is slow.",
            for_command="Check that a firewall lets this machine connect, and set HTTPS_PROXY if the "
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


def body_too_large() -> MalformedResponseError:
    return MalformedResponseError(
        f"the response body exceeds {MAX_BODY_BYTES} bytes",
        hint=next_steps.CHECK_PROXY,
    )


def connection_closed(destination: str) -> TransportError:
    return TransportError(
        f"{destination} closed the connection without a response",
        hint="Try again; if the error persists, check any proxy between this machine and the host.",
    )


def incomplete_response(destination: str) -> TransportError:
    return TransportError(
        f"the response of {destination} is incomplete",
        hint="Try again; if the error persists, check any proxy between this machine and the host.",
    )


def invalid_response(destination: str, error: BaseException) -> TransportError:
    return TransportError(
        f"{destination} sent a response that is not HTTP ({type(error).__name__})",
        hint=Hint("Check the scheme and the port of {endpoint_url}."),
    )


def connection_error(destination: str, error: BaseException) -> TransportError:
    """Return the transport error for an exception of a socket, of TLS or of an HTTP library.

    Of the exception's texts, only those of the operating system and of OpenSSL are used. Others may
    contain a URL with a password.

    Args:
        destination: Host and port, and the proxy if there is one; see `describe_destination`.
        error: The exception; its causes are examined as well.
    """
    # Classes are compared by name, so that neither aiohttp nor urllib3 has to be imported.
    causes = {name: cause for cause in _causes(error) for name in _class_names(cause)}
    if cause := causes.get("ssl.SSLCertVerificationError"):
        return _untrusted_certificate(destination, getattr(cause, "verify_message", ""))
    uses_proxy = " through the proxy " in destination
    if cause := causes.get("socket.gaierror"):
        return _unresolved_host(destination, cause, uses_proxy=uses_proxy)
    if "builtins.ConnectionRefusedError" in causes:
        hint = Hint("No server listens there. Check {endpoint_url}, or start the emulator.")
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
        rejected = TransportError(
            f"cannot connect to {destination}: the proxy responded with status {status}",
            hint="Check the user name and password in the URL of the proxy.",
        )
        rejected.is_retryable = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return rejected
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
    return TransportError(
        f"the host name of {destination} cannot be resolved ({reason})",
        hint=Hint(
            "Check the network and DNS, and that the region in the ID or {endpoint_url} is correct."
        ),
    )


def _untrusted_certificate(destination: str, reason: str) -> TransportError:
    error = TransportError(
        f"the certificate of {destination} is not trusted ({reason or 'verification failed'})",
        hint=Hint(
            "If a proxy or your own endpoint uses a private certificate authority, set ca_bundle or "
            "AWS_CA_BUNDLE to the PEM file of that authority.",
            for_command="If a proxy or your own endpoint uses a private certificate authority, set "
            "AWS_CA_BUNDLE to the PEM file of that authority.",
        ),
    )
    error.is_retryable = False  # a retry meets the same certificate
    return error


def _tunnel_status(causes: Mapping[str, BaseException]) -> int:
    """Return the status with which a proxy rejected a tunnel, or 0."""
    if error := causes.get("aiohttp.client_exceptions.ClientHttpProxyError"):
        return int(getattr(error, "status", 0))
    # http.client, which urllib3 uses, reports the status in the message only.
    text = str(causes.get("builtins.OSError", ""))
    digits = text.partition("Tunnel connection failed: ")[2][:3]
    return int(digits) if digits.isdecimal() else 0


def _class_names(error: BaseException) -> Iterator[str]:
    for kind in type(error).__mro__:
        yield f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all its causes.

    urllib3 stores a cause in `reason`, aiohttp in `os_error`.
    """
    seen: set[int] = set()
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
