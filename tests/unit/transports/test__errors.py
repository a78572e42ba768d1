from __future__ import annotations

import socket
import ssl

import pytest

from cognito_credentials.errors import RequestTimeoutError
from cognito_credentials.transports import _errors


class LibraryError(Exception):
    """An HTTP library's exception that wraps another exception."""


def wrapped(error: Exception, how: str) -> LibraryError:
    outer = LibraryError("http://me:hunter2@proxy:3128 failed")
    if how == "argument":
        outer.args = (outer.args[0], error)
    else:
        setattr(outer, how, error)
    return outer


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize("how", ["__cause__", "__context__", "reason", "os_error", "argument"])
@pytest.mark.parametrize(
    ("error", "reason", "hint", "is_retryable"),
    [
        (untrusted(), "self-signed certificate", "ca_bundle", False),
        (
            socket.gaierror(-2, "Name or service not known"),
            "Name or service not known",
            "DNS",
            True,
        ),
        (ConnectionRefusedError(111, "x"), "", "endpoint_url", True),
        (ssl.SSLError(1, "x"), "", "client_cert", True),
        (ConnectionResetError(104, "reset by peer"), "reset by peer", "", True),
    ],
)
def test_the_innermost_cause_determines_the_message(
    error: Exception, reason: str, hint: str, is_retryable: bool, how: str
):
    for raised in (error, wrapped(error, how), wrapped(wrapped(error, how), how)):
        found = _errors.connection_error("example.com", raised)
        assert reason in found.message
        assert "example.com" in found.message
        assert hint in found.hint
        assert found.is_retryable is is_retryable
        assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "unknown"), ConnectionRefusedError(111, "x")]
)
def test_errors_behind_a_proxy_name_no_proxy(error: Exception):
    found = _errors.connection_error("example.com through the proxy 127.0.0.1:9", error)
    assert "through the proxy 127.0.0.1:9" in found.message
    assert "NO_PROXY" in found.hint


def test_an_unknown_exception_is_named_by_its_class():
    found = _errors.connection_error("example.com", LibraryError("hunter2"))
    assert "LibraryError" in found.message
    assert "hunter2" not in str(found)


def test_a_cycle_of_causes_terminates():
    error = LibraryError()
    error.__context__ = ValueError()
    error.__context__.__cause__ = error
    assert "LibraryError" in str(_errors.connection_error("example.com", error))


def test_timeout_errors_name_their_setting():
    connection = _errors.connect_timeout_error("h", 0.5)
    assert "0.5 s" in connection.message
    assert "connect_timeout" in connection.hint
    response = _errors.request_timeout_error("h", 10.0)
    assert type(response) is RequestTimeoutError
    assert "10 s" in response.message
    assert "request_timeout" in response.hint
