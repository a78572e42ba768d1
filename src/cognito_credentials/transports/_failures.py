"""One text for one failure, whichever library met it."""

from __future__ import annotations

from http import HTTPStatus

from cognito_credentials._core.http import MAX_BODY_BYTES
from cognito_credentials.errors import (
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["body_too_large", "connect_timed_out", "failure", "request_timed_out"]


PROXIED = (
    "Check the proxy's address (proxies, HTTPS_PROXY, HTTP_PROXY); NO_PROXY lists hosts to reach "
    "without it."
)


def connect_timed_out(place: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"No connection to {place} within {seconds:g} s.",
        hint="Check that this machine may reach it: a firewall, or a proxy that is not configured "
        "(HTTPS_PROXY); connect_timeout gives it more time.",
    )


def request_timed_out(place: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"No complete answer from {place} within {seconds:g} s.",
        hint="Check the network, or give it more time (request_timeout).",
    )


def body_too_large() -> MalformedResponseError:
    return MalformedResponseError(
        f"The answer's body has more than {MAX_BODY_BYTES} bytes, which no answer of the service "
        "has.",
        hint="Something between here and the service answered in its place: check endpoint_url "
        "and any proxy.",
    )


def failure(place: str, error: BaseException) -> TransportError:
    """Return what an error of a socket, of TLS or of an HTTP library means.

    `place` is the host and port that was called, or the proxy. Nothing of the error's own text is
    used but an operating system's or OpenSSL's word for it: the rest may hold a URL with a password.
    """
    # By its class's name: aiohttp's and urllib3's are told apart without importing either.
    causes = {name: cause for cause in _causes(error) for name in _names(cause)}
    if cause := causes.get("ssl.SSLCertVerificationError"):
        return _untrusted(place, getattr(cause, "verify_message", ""))
    proxied = " through the proxy " in place
    if cause := causes.get("socket.gaierror"):
        unknown = f"cannot be resolved ({getattr(cause, 'strerror', '')})."
        if proxied:
            return TransportError(f"No way to {place}: the proxy's host {unknown}", hint=PROXIED)
        return TransportError(
            f"The host of {place} {unknown}",
            hint="Check the network and DNS, and that region or endpoint_url is right.",
        )
    if "builtins.ConnectionRefusedError" in causes:
        return TransportError(
            f"{place} refused the connection.",
            hint=PROXIED
            if proxied
            else "Nothing listens there: check endpoint_url, or start the emulator.",
        )
    if cause := causes.get("ssl.SSLError"):
        return TransportError(
            f"TLS with {place} failed ({getattr(cause, 'reason', None) or 'no reason given'}).",
            hint="Check that the endpoint (or proxy) speaks https on this port, and client_cert "
            "if it asks for one.",
        )
    if status := _refused_tunnel(causes):
        refused = TransportError(
            f"No way to {place}: the proxy answered {status}.",
            hint="Check the user name and password in the proxy's URL.",
        )
        refused.is_retryable = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return refused
    reason = getattr(causes.get("builtins.OSError"), "strerror", None) or type(error).__name__
    return TransportError(f"The connection to {place} failed ({reason}).")


def _untrusted(place: str, reason: str) -> TransportError:
    error = TransportError(
        f"The certificate of {place} is not trusted ({reason or 'verification failed'}).",
        hint="If a company proxy or an endpoint of your own signs with its own authority, name "
        "that authority's PEM file: ca_bundle, or AWS_CA_BUNDLE.",
    )
    error.is_retryable = False  # it will not be another one in a second
    return error


def _refused_tunnel(causes: Mapping[str, BaseException]) -> int:
    """Return the status by which a proxy refused a tunnel, or 0."""
    if error := causes.get("aiohttp.client_exceptions.ClientHttpProxyError"):
        return int(getattr(error, "status", 0))
    # http.client, below urllib3, has it in its text only.
    text = str(causes.get("builtins.OSError", ""))
    digits = text.partition("Tunnel connection failed: ")[2][:3]
    return int(digits) if digits.isdecimal() else 0


def _names(error: BaseException) -> Iterator[str]:
    for kind in type(error).__mro__:
        yield f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk to what is below: `reason` is urllib3's, `os_error` aiohttp's."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += (
            getattr(cause, "reason", None),
            getattr(cause, "os_error", None),
            cause.__cause__,
            cause.__context__,
            *cause.args,
        )
