from __future__ import annotations

import itertools
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from cognito_credentials._core.loopback import (
    get_host,
    is_loopback,
    is_loopback_url,
    warn_if_unencrypted,
)

numbers = itertools.count()


@pytest.fixture
def host() -> str:
    """A host for which no warning has been logged yet."""
    return f"service-{next(numbers)}.example.com"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"]
)
def test_loopback_addresses(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "::ffff:8.8.8.8",
    ],
)
def test_other_hosts(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Service.Example.com:8080/x", "service.example.com"),
        ("http://[::1]:4566", "::1"),
        ("/path", ""),
        ("", ""),
        ("localhost:4566", ""),
        ("http://", ""),
        ("http://[x]/", ""),
        ("http://[::1", ""),  # urlsplit rejects this URL.
    ],
)
def test_the_host_of_a_url(url, host):
    assert get_host(url) == host
    assert is_loopback_url(url) == (host == "::1")


def test_a_host_is_reported_once(host, caplog):
    for path in ("", "/a", "/b"):
        warn_if_unencrypted(f"http://{host}:8080{path}")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert host in record.getMessage()
    warn_if_unencrypted(f"http://other-{host}")
    assert len(caplog.records) == 2


def test_a_host_is_reported_once_by_several_threads(host, caplog):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(warn_if_unencrypted, [f"http://{host}"] * 100))
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://[::1]", "http://localhost:1/x", "https://example.com"]
)
def test_encrypted_and_local_requests_are_not_reported(url, caplog):
    warn_if_unencrypted(url)
    assert not caplog.records
