from __future__ import annotations

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports._proxies import proxy_for

PROXIES = {"https": "http://secure:3128", "http": "plain:3129"}
URL = "https://cognito-identity.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "proxy"),
    [(URL, "http://secure:3128"), ("http://localhost:4566", "http://plain:3129")],
)
def test_the_endpoints_scheme_chooses(url: str, proxy: str):
    assert proxy_for(url, PROXIES) == proxy


@pytest.mark.parametrize("proxies", [None, {}, {"no": "x"}, {"http": "http://plain"}])
def test_without_one_for_the_scheme_there_is_none(proxies: dict[str, str] | None):
    assert proxy_for(URL, proxies) is None


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
def test_exceptions(url: str, exceptions: str, is_direct: bool):
    proxies = PROXIES | {"no": exceptions}
    assert (proxy_for(url, proxies) is None) is is_direct


@pytest.mark.parametrize("address", [":3128", "", "host:port", "host:99999", "[::1"])
def test_a_proxy_without_an_address_is_refused_without_its_password(address: str):
    proxy = f"http://user:pass-word@{address}"
    with pytest.raises(ConfigurationError, match="no host or a port") as caught:
        proxy_for("https://service.example", {"https": proxy})
    assert "pass-word" not in str(caught.value)


def test_a_kind_of_proxy_that_is_not_known_is_refused_without_its_password():
    with pytest.raises(ConfigurationError, match="only http:// and https://") as caught:
        proxy_for(URL, {"https": "socks5://me:hunter2@proxy"})
    assert "hunter2" not in str(caught.value)
    assert "socks5://…@proxy" in str(caught.value)


def test_a_proxy_that_is_not_used_may_be_anything():
    assert proxy_for(URL, {"https": "socks5://proxy", "no": "*"}) is None
