from __future__ import annotations

import pytest

from cognito_credentials.transports._urls import authority_of, split_url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("http://Example.com/", ("http", "example.com", 80, "/")),
        ("http://localhost:4566/a/b", ("http", "localhost", 4566, "/a/b")),
        ("https://[::1]", ("https", "::1", 443, "/")),
        ("https://[::1]:8443/a:b", ("https", "::1", 8443, "/a:b")),
    ],
)
def test_a_url_is_split(url: str, parts: tuple[str, str, int, str]):
    assert split_url(url) == parts


@pytest.mark.parametrize(
    ("parts", "authority"),
    [
        (("https", "example.com", 443), "example.com"),
        (("http", "example.com", 443), "example.com:443"),
        (("http", "::1", 80), "[::1]"),
        (("https", "::1", 80), "[::1]:80"),
    ],
)
def test_host_and_port_are_written_together(parts: tuple[str, str, int], authority: str):
    assert authority_of(*parts) == authority
