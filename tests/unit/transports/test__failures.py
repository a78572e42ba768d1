from __future__ import annotations

import socket
import ssl

import pytest

from cognito_credentials.errors import RequestTimeoutError
from cognito_credentials.transports import _failures


class LibraryError(Exception):
    """What an HTTP library raises for something below it."""


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
    ("error", "text", "hint", "is_retryable"),
    [
        (untrusted(), "is not trusted (self-signed certificate)", "ca_bundle", False),
        (socket.gaierror(-2, "Name or service not known"), "cannot be resolved (Name", "DNS", True),
        (ConnectionRefusedError(111, "x"), "example.com refused", "endpoint_url", True),
        (ssl.SSLError(1, "x"), "TLS with example.com failed", "client_cert", True),
        (ConnectionResetError(104, "reset by peer"), "failed (reset by peer)", "", True),
    ],
)
def test_the_innermost_cause_is_what_counts(
    error: Exception, text: str, hint: str, is_retryable: bool, how: str
):
    for met in (error, wrapped(error, how), wrapped(wrapped(error, how), how)):
        found = _failures.failure("example.com", met)
        assert text in str(found)
        assert hint in found.hint
        assert found.is_retryable is is_retryable
        assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (socket.gaierror(-2, "unknown"), "the proxy's host cannot be resolved (unknown)"),
        (ConnectionRefusedError(111, "x"), "the proxy 127.0.0.1:9 refused the connection"),
    ],
)
def test_behind_a_proxy_the_way_around_it_is_told(error: Exception, text: str):
    found = _failures.failure("example.com through the proxy 127.0.0.1:9", error)
    assert text in found.message
    assert "NO_PROXY" in found.hint


def test_what_nobody_knows_is_named_by_its_class():
    found = _failures.failure("example.com", LibraryError("hunter2"))
    assert str(found) == "The connection to example.com failed (LibraryError)."


def test_an_error_that_is_its_own_cause_ends():
    error = LibraryError()
    error.__context__ = ValueError()
    error.__context__.__cause__ = error
    assert "LibraryError" in str(_failures.failure("example.com", error))


def test_timeouts_name_their_setting():
    connection = _failures.connect_timed_out("h", 0.5)
    assert connection.message == "No connection to h within 0.5 s."
    assert "connect_timeout" in connection.hint
    answer = _failures.request_timed_out("h", 10.0)
    assert answer.message == "No complete answer from h within 10 s."
    assert "request_timeout" in answer.hint
    assert type(_failures.request_timed_out("h", 10.0)) is RequestTimeoutError
