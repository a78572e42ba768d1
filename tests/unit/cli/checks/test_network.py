from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from tls_authority import Authority, authority

from cognito_credentials import errors
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.cli.checks.network import check_clock, check_connection, check_response
from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.config import ClientConfig, ResolvedConfig, resolve

__all__ = ["authority"]


def config(**settings: Any) -> ResolvedConfig:
    return resolve(ClientConfig(**settings), region_of_id="us-east-1")


def connect(url: str, **settings: Any) -> tuple[bool, dict[str, CheckResult]]:
    results: list[CheckResult] = []
    is_open = check_connection(Report(results.append), url, config(**settings))
    return is_open, {result.check: result for result in results}


def outcomes(results: dict[str, CheckResult]) -> dict[str, str]:
    return {check: result.outcome for check, result in results.items()}


@pytest.fixture
def port() -> Iterator[int]:
    """Yield a port that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_open_connection_passes(port: int):
    is_open, results = connect(f"http://localhost:{port}")
    assert is_open
    assert outcomes(results) == {
        "proxy": "passed",
        "DNS": "passed",
        "connection": "passed",
        "TLS": "not checked",
    }
    assert "127.0.0.1" in results["DNS"].text


def test_a_host_name_without_an_address_fails():
    # A label of more than 63 characters is invalid, so no DNS query is sent.
    is_open, results = connect(f"https://{'a' * 64}.example")
    assert not is_open
    assert outcomes(results) == {
        "proxy": "passed",
        "DNS": "failed",
        "connection": "not checked",
        "TLS": "not checked",
    }
    assert results["DNS"].text


def test_the_connection_to_a_proxy_is_checked_and_its_password_not_reported(
    port: int, never_printed
):
    password = never_printed("proxy-password-9")
    proxies = {"https": f"http://user:{password}@127.0.0.1:{port}", "no": "localhost"}
    url = "https://cognito-identity.us-east-1.amazonaws.com"
    is_open, results = connect(url, proxies=proxies)
    assert is_open
    assert password not in results["proxy"].text
    assert f"127.0.0.1:{port}  (argument)" in results["proxy"].text
    assert f"port {port}" in results["connection"].text
    assert results["TLS"].outcome == "not checked"
    assert "proxy" in results["TLS"].text


def test_a_host_in_no_proxy_is_reported(port: int):
    proxies = {"http": "http://127.0.0.1:1", "no": "localhost"}
    is_open, results = connect(f"http://localhost:{port}", proxies=proxies)
    assert is_open
    assert results["proxy"].outcome == "passed"
    assert "127.0.0.1:1" not in results["proxy"].text


def test_a_resolver_that_does_not_respond_fails_after_the_connect_timeout(
    monkeypatch: pytest.MonkeyPatch,
):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(5) or [])
    is_open, results = connect("https://stalled.example", connect_timeout=0.1)
    release.set()
    assert not is_open
    assert results["DNS"].outcome == "failed"
    assert "0.1 s" in results["DNS"].text
    assert results["connection"].outcome == results["TLS"].outcome == "not checked"


def test_a_tls_handshake_that_stalls_fails_after_the_request_timeout(port: int):
    is_open, results = connect(f"https://127.0.0.1:{port}", request_timeout=0.1)
    assert not is_open
    assert results["connection"].outcome == "passed"
    assert results["TLS"].outcome == "failed"
    assert "0.1 s" in results["TLS"].text


@pytest.fixture
def tls_port(authority: Authority) -> Iterator[int]:
    """Yield a port that accepts a single TLS connection."""

    def accept() -> None:
        with suppress(OSError), server.accept()[0] as connection:
            authority.context().wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_trusted_certificate_passes(tls_port: int, authority: Authority):
    is_open, results = connect(f"https://localhost:{tls_port}", ca_bundle=authority.ca)
    assert is_open
    assert results["TLS"].outcome == "passed"
    assert results["TLS"].text.startswith("TLSv")


def test_an_untrusted_certificate_fails(tls_port: int):
    is_open, results = connect(f"https://localhost:{tls_port}")
    assert not is_open
    assert results["TLS"].outcome == "failed"
    assert "AWS_CA_BUNDLE" in results["TLS"].fix


def test_a_missing_ca_bundle_fails(port: int):
    is_open, results = connect(f"https://127.0.0.1:{port}", ca_bundle="missing.pem")
    assert not is_open
    assert results["TLS"].outcome == "failed"
    assert "missing.pem" in results["TLS"].text


def respond(error: Exception | None) -> tuple[bool, CheckResult]:
    """Run `check_response` with a call that raises `error`, or succeeds if `error` is None."""

    def run(flow: Any) -> None:
        flow.close()
        if error is not None:
            raise error

    results: list[CheckResult] = []
    client = ServiceClient(max_attempts=1, user_agent="test")
    is_service = check_response(Report(results.append), run, client, config())
    (result,) = results
    return is_service, result


def service_error(code: str, status: int = 400) -> errors.ServiceError:
    return errors.ServiceError("no", operation_name="GetId", code=code, http_status=status)


@pytest.mark.parametrize("code", ["ValidationException", "TooManyRequestsException"])
def test_an_error_code_of_the_service_is_a_response_of_the_service(code: str):
    is_service, result = respond(service_error(code))
    assert (is_service, result.outcome) == (True, "passed")


@pytest.mark.parametrize(
    "error",
    [
        service_error("403"),
        service_error("503", 503),
        errors.TransportError("cut"),
        errors.MalformedResponseError("?"),
        None,
    ],
)
def test_any_other_response_fails(error: Exception | None):
    is_service, result = respond(error)
    assert (is_service, result.outcome) == (False, "failed")
    assert result.fix


def test_the_response_of_moto_is_no_failure():
    is_service, result = respond(service_error("500", 500))
    assert (is_service, result.outcome) == (True, "not checked")
    assert "moto" in result.text


def test_a_clock_that_an_emulator_has_advanced_is_not_blamed_on_this_machine():
    results: list[CheckResult] = []
    check_clock(Report(results.append), 3600.0, "http://127.0.0.1:4599")
    assert "emulator" in results[0].fix


@pytest.mark.parametrize(
    ("skew", "outcome", "text"),
    [
        (None, "not checked", ""),
        (0.0, "passed", ""),
        (-20.0, "passed", "20 s ahead of"),
        (299.0, "passed", "299 s behind"),
        (300.0, "failed", "300 s behind"),
        (-600.0, "failed", "600 s ahead of"),
    ],
)
def test_a_clock_that_is_wrong_by_five_minutes_fails(skew: float | None, outcome: str, text: str):
    results: list[CheckResult] = []
    check_clock(Report(results.append), skew, config().cognito_url)
    (result,) = results
    assert result.outcome == outcome
    assert text in result.text
