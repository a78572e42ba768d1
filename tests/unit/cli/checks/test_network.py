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
from cognito_credentials.cli.checks.network import check_answer, check_clock, check_way
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.config import ClientConfig, ResolvedConfig, resolve

__all__ = ["authority"]


def config(**settings: Any) -> ResolvedConfig:
    return resolve(ClientConfig(**settings), region_of_id="us-east-1")


def way(url: str, **settings: Any) -> tuple[bool, dict[str, Row]]:
    shown: list[Row] = []
    good = check_way(Report(shown.append), url, config(**settings))
    return good, {row.check: row for row in shown}


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_way_that_is_open(port: int):
    good, rows = way(f"http://localhost:{port}")
    assert good
    assert [(row.check, row.result) for row in rows.values()] == [
        ("proxy", "passed"),
        ("DNS", "passed"),
        ("connection", "passed"),
        ("TLS", "not checked"),
    ]
    assert "127.0.0.1" in rows["DNS"].text


def test_a_host_that_has_no_address():
    # No label of a name has more than 63 characters, so that nobody is asked.
    good, rows = way(f"https://{'a' * 64}.example")
    assert not good
    assert [row.result for row in rows.values()] == [
        "passed",
        "failed",
        "not checked",
        "not checked",
    ]
    assert rows["DNS"].text


def test_a_proxy_is_named_without_its_password_and_is_what_is_connected_to(
    port: int, never_printed
):
    password = never_printed("proxy-password-9")
    proxies = {"https": f"http://user:{password}@127.0.0.1:{port}", "no": "localhost"}
    good, rows = way("https://cognito-identity.us-east-1.amazonaws.com", proxies=proxies)
    assert good
    assert password not in rows["proxy"].text
    assert f"127.0.0.1:{port}  (argument)" in rows["proxy"].text
    assert rows["connection"].text == f"the proxy answers on port {port}"
    assert "the proxy stands between" in rows["TLS"].text
    _, rows = way(f"http://localhost:{port}", proxies=proxies)
    assert rows["proxy"].text == "none for this host  (argument)"


@pytest.fixture
def tls_port(authority: Authority) -> Iterator[int]:
    """A port on which one caller is spoken TLS to."""

    def answer() -> None:
        with suppress(OSError), server.accept()[0] as connection:
            authority.context().wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_tls_that_is_trusted(tls_port: int, authority: Authority):
    good, rows = way(f"https://localhost:{tls_port}", ca_bundle=authority.ca)
    assert good
    assert (rows["TLS"].result, rows["TLS"].text[:4]) == ("passed", "TLSv")


def test_tls_of_an_authority_that_nobody_trusts(tls_port: int):
    good, rows = way(f"https://localhost:{tls_port}")
    assert not good
    assert rows["TLS"].result == "failed"
    assert "is not trusted" in rows["TLS"].text
    assert "AWS_CA_BUNDLE" in rows["TLS"].fix


def test_an_authority_file_that_cannot_be_loaded(port: int):
    good, rows = way(f"https://127.0.0.1:{port}", ca_bundle="missing.pem")
    assert not good
    assert rows["TLS"].result == "failed"
    assert "ca_bundle (argument) names 'missing.pem'" in rows["TLS"].text


def answered(error: Exception | None) -> tuple[bool, Row]:
    """Check an answer, where whoever runs the flow meets this error."""

    def run(_flow: Any) -> None:
        _flow.close()
        if error is not None:
            raise error

    shown: list[Row] = []
    caller = ServiceClient(max_attempts=1, user_agent="test")
    good = check_answer(Report(shown.append), run, caller, config())
    (row,) = shown
    return good, row


def refusal(code: str) -> errors.ServiceError:
    return errors.ServiceError("no", operation_name="GetId", code=code, http_status=400)


def test_a_refusal_in_the_services_words_is_an_answer():
    for code in ("ValidationException", "TooManyRequestsException"):
        good, row = answered(refusal(code))
        assert (good, row.result) == (True, "passed")


@pytest.mark.parametrize(
    "error",
    [refusal("403"), errors.TransportError("cut"), errors.MalformedResponseError("?"), None],
)
def test_anything_else_is_not_the_service(error: Exception | None):
    good, row = answered(error)
    assert (good, row.result) == (False, "failed")
    assert row.fix


@pytest.mark.parametrize(
    ("skew", "result", "said"),
    [
        (None, "not checked", "no usable date"),
        (0.0, "passed", "as the service's"),
        (-20.0, "passed", "20 s ahead of the service's, which is allowed for"),
        (299.0, "passed", "299 s behind"),
        (300.0, "failed", "300 s behind"),
        (-600.0, "failed", "600 s ahead of"),
    ],
)
def test_a_clock_may_be_off_by_less_than_five_minutes(skew: float | None, result: str, said: str):
    shown: list[Row] = []
    check_clock(Report(shown.append), skew)
    assert shown[0].result == result
    assert said in shown[0].text
