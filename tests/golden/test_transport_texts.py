"""Wording of transport errors for the library and for the command."""

from __future__ import annotations

import socket
import ssl

from golden import assert_golden

from cognito_credentials._core.hints import Hint
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._proxies import select_proxy

DIRECT = "cognito-identity.us-east-1.amazonaws.com"
PROXIED = f"{DIRECT} through the proxy proxy.example:3128"


def untrusted(reason="self-signed certificate"):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = reason
    return error


def rejected_tunnel(status):
    return OSError(f"Tunnel connection failed: {status} Proxy Authentication Required")


def proxy_error(proxy):
    try:
        select_proxy("https://example.com", {"https": proxy})
    except ConfigurationError as error:
        return error
    raise AssertionError


def test_error_texts():
    errors = {
        "connect timeout": _errors.connect_timeout_error(DIRECT, 5.0),
        "request timeout": _errors.request_timeout_error(DIRECT, 0.5),
        "body above the size limit": _errors.body_too_large(),
        "response above the size limit": _errors.response_too_large(1024 * 1536),
        "negative chunk size": _errors.invalid_chunk_size(),
        "response that cannot be read": _errors.unreadable_response(DIRECT, ValueError("secret")),
        "request that cannot be sent": _errors.unsent_request(DIRECT, ValueError("secret")),
        "connection closed": _errors.connection_closed(DIRECT),
        "incomplete response": _errors.incomplete_response(DIRECT),
        "response that is not HTTP": _errors.invalid_response(DIRECT, ValueError("secret")),
        "unknown host": _errors.connection_error(DIRECT, socket.gaierror(-2, "Name not known")),
        "unknown proxy": _errors.connection_error(PROXIED, socket.gaierror(-2, "Name not known")),
        "refused connection": _errors.connection_error(DIRECT, ConnectionRefusedError(111, "x")),
        "refused by the proxy": _errors.connection_error(PROXIED, ConnectionRefusedError(111, "x")),
        "untrusted certificate": _errors.connection_error(DIRECT, untrusted()),
        "certificate from the future": _errors.connection_error(
            DIRECT, untrusted("certificate is not yet valid")
        ),
        "certificate for another host": _errors.connection_error(
            DIRECT, untrusted("Hostname mismatch, certificate is not valid for 'x'.")
        ),
        "TLS failure": _errors.connection_error(DIRECT, ssl.SSLError(1, "x")),
        "rejected tunnel": _errors.connection_error(PROXIED, rejected_tunnel(407)),
        "reset connection": _errors.connection_error(DIRECT, ConnectionResetError(104, "reset")),
        "unknown exception": _errors.connection_error(DIRECT, ValueError("secret")),
        "unsupported proxy scheme": proxy_error("socks5://user:secret@proxy"),
        "proxy without a port number": proxy_error("http://user:secret@proxy:port"),
    }
    blocks = []
    for title, error in errors.items():
        lines = [f"## {title}", f"{type(error).__name__} ({error.reason})", error.message]
        lines.append(f"Hint: {error.hint}")
        if isinstance(error.hint, Hint):
            lines.append(f"Next: {error.hint.for_command}")
        blocks.append("\n".join(lines))
    text = "\n\n".join(blocks) + "\n"
    assert "secret" not in text
    assert_golden("transport_errors", text)
