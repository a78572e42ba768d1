"""One text for one failure, whichever library met it."""

from __future__ import annotations

import socket

from cognito_credentials.errors import RequestTimeoutError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["connect_timed_out", "failure", "request_timed_out"]


def connect_timed_out(place: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"No connection to {place} within {seconds:g} s (connect_timeout).",
        hint="Check that this machine may reach it: a firewall, or a proxy that is not configured "
        "(HTTPS_PROXY).",
    )


def request_timed_out(place: str, seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"No complete answer from {place} within {seconds:g} s (request_timeout)."
    )


def failure(place: str, error: BaseException) -> TransportError:
    """Return what an error of a socket, of TLS or of an HTTP library means.

    `place` is the host and port that was called, or the proxy. Nothing of the error's own text is
    used but an operating system's or OpenSSL's word for it: the rest may hold a URL with a password.
    """
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return TransportError(
                f"The host of {place} cannot be resolved ({cause.strerror}).",
                hint="Check the network and DNS, and that region or endpoint_url is right.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return TransportError(
                f"{place} refused the connection.",
                hint="Nothing listens there: check endpoint_url, or start the emulator.",
            )
        # By name: nothing else needs the module ssl, which costs 10 ms.
        names = {c.__name__ for c in type(cause).__mro__}
        if "SSLCertVerificationError" in names:
            return _untrusted(place, getattr(cause, "verify_message", ""))
        if "SSLError" in names and not isinstance(cause, TimeoutError):
            return TransportError(
                f"TLS with {place} failed ({getattr(cause, 'reason', None) or 'no reason given'}).",
                hint="Check that the endpoint (or proxy) speaks https on this port, and "
                "client_cert if it asks for one.",
            )
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return TransportError(f"The connection to {place} failed ({cause.strerror}).")
    return TransportError(f"The connection to {place} failed ({type(error).__name__}).")


def _untrusted(place: str, reason: str) -> TransportError:
    error = TransportError(
        f"The certificate of {place} is not trusted ({reason or 'verification failed'}).",
        hint="If a company proxy or an endpoint of your own signs with its own authority, name "
        "that authority's PEM file: ca_bundle, or AWS_CA_BUNDLE.",
    )
    error.is_retryable = False  # it will not be another one in a second
    return error


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
