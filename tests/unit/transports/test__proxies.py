from __future__ import annotations

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports._proxies import select_proxy

PROXIES = {"https": "http://secure:3128", "http": "plain:3129"}
URL = "https://cognito-identity.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "proxy"),
    [(URL, "http://secure:3128"), ("http://localhost:4566", "http://plain:3129")],
)
def test_the_scheme_of_the_endpoint_selects_the_proxy(url: str, proxy: str):
    assert select_proxy(url, PROXIES) == proxy


@pytest.mark.parametrize("proxies", [None, {}, {"no": "x"}, {"http": "http://plain"}])
def test_no_proxy_for_the_scheme_means_a_direct_connection(proxies: dict[str, str] | None):
    assert select_proxy(URL, proxies) is None


@pytest.mark.parametrize(
    ("url", "exceptions", "is_direct"),
    [
        (URL, "*", True),
        (URL, "", False),
        (URL, "amazonaws.com", True),
        (URL, ".amazonaws.com", True),
        (URL, "*.amazonaws.com", True),
        (URL, "AmazonAWS.com", True),
        (URL, "zonaws.com", False),
        (URL, "us-east-1", False),
        (URL, "a,cognito-identity.us-east-1.amazonaws.com, b", True),
        (URL, "a amazonaws.com", True),
        (URL, "amazonaws.com:443", True),
        (URL, "amazonaws.com:80", False),
        (URL, ",", False),
        (URL, ".", False),
        (URL, "10.0.0.0/8", False),
        ("http://localhost:4566", "localhost", True),
        ("http://localhost:4566", "localhost:4566", True),
        ("http://localhost:4566", "localhost:1", False),
        ("http://127.0.0.1:4566", "127.0.0.1", True),
        ("http://127.0.0.1:4566", "127.0.0.0/8", True),
        ("http://127.0.0.1:4566", "128.0.0.0/8", False),
        ("http://127.0.0.1:4566", "nonsense/8", False),
        ("http://[::1]:4566", "::1", True),
        ("http://[::1]:4566", "[::1]:4566", True),
        ("http://[::1]:4566", "[::1]:1", False),
        ("http://[fd00::1]", "fd00::/8", True),
    ],
)
def test_no_proxy_selects_hosts_for_direct_connections(url: str, exceptions: str, is_direct: bool):
    proxies = PROXIES | {"no": exceptions}
    assert (select_proxy(url, proxies) is None) is is_direct


@pytest.mark.parametrize("address", [":3128", "", "host:port", "host:99999", "[::1", "\udcff"])
def test_a_proxy_without_an_address_raises_without_showing_its_password(address: str):
    proxy = f"http://user:pass-word@{address}"
    with pytest.raises(ConfigurationError, match="https") as caught:
        select_proxy("https://service.example", {"https": proxy})
    assert "pass-word" not in str(caught.value)


def test_credentials_of_a_proxy_that_are_not_utf_8_raise_without_showing_the_password():
    with pytest.raises(ConfigurationError, match="https") as caught:
        select_proxy(URL, {"https": "http://user:hunter\udcff2@proxy:3128"})
    assert "hunter" not in str(caught.value)


def test_an_unsupported_proxy_scheme_raises_without_showing_the_password():
    with pytest.raises(ConfigurationError, match="https") as caught:
        select_proxy(URL, {"https": "socks5://me:hunter2@proxy"})
    assert "hunter2" not in str(caught.value)
    assert "socks5://…@proxy" in str(caught.value)


def test_an_unused_proxy_is_not_validated():
    assert select_proxy(URL, {"https": "socks5://proxy", "no": "*"}) is None
