from __future__ import annotations

import pytest

from cognito_credentials.transports._urls import format_authority, split_url


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
def test_split_url_returns_scheme_host_port_and_path(url: str, parts: tuple[str, str, int, str]):
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
def test_format_authority_omits_the_default_port(parts: tuple[str, str, int], authority: str):
    assert format_authority(*parts) == authority
