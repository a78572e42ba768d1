from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL

from cognito_credentials._sign_in.issuers import (
    normalize_issuer,
    parse_user_pool,
    require_secure_url,
)
from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("https://login.example.com/", "https://login.example.com/"),
        (" accounts.google.com ", "https://accounts.google.com"),
        ("us-east-1_Example", USER_POOL_URL),
        ("cn-north-1_Ab1", "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab1"),
        (USER_POOL_URL, USER_POOL_URL),
        ("http://127.0.0.1:9400", "http://127.0.0.1:9400"),
        ("localhost:9400/realms/staff", "https://localhost:9400/realms/staff"),
        ("keycloak:8443", "https://keycloak:8443"),
        ("login.example.com/@tenant", "https://login.example.com/@tenant"),
    ],
)
def test_an_issuer_is_a_url_a_host_or_a_user_pool_id(text, issuer):
    assert normalize_issuer(text) == issuer


# Values that users have mistaken for an issuer: other IDs, and URLs with an invalid port.
INVALID_ISSUERS = [
    "",
    "_",
    "google",
    "us-east-1",
    "not_a-pool!",
    "us-east-1_Ex:ample",
    "us-east-1_Ex:80",
    "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
    "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example",
    "foo:bar",
    "login.example.com:abc",
    "https://",
    "https://login.example.com:99999",
    "https://login.example.com:0",
    "https://login.example.com:abc",
    "https://login.example.com:",
    "https://login.example.com:-1",
    "https://[::1",
    "https://log in.example.com",
    "https://login.example.com#x",
    "https://login.example.com?tenant=x",
    "http://login.example.com",
    "ftp://login.example.com",
]


@pytest.mark.parametrize("text", INVALID_ISSUERS)
def test_an_invalid_issuer_is_rejected_by_the_name_of_its_source(text):
    with pytest.raises(ConfigurationError, match=r"^option --issuer ") as caught:
        normalize_issuer(text, "option --issuer")
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "https://ann:{}@login.example.com/",
        "ann:{}@login.example.com",
        "//ann:{}@login.example.com",
        "https:/ann:{}@login.example.com",
        "https:////ann:{}@login.example.com",
        "ftp://ann:{}@login.example.com",
        "http://ann:{}@login.example.com:abc",
    ],
)
def test_an_issuer_with_a_password_is_rejected_without_showing_the_password(text, never_printed):
    password = never_printed("pass-of-ann")
    with pytest.raises(ConfigurationError, match="issuer") as caught:
        normalize_issuer(text.format(password))
    assert password not in f"{caught.value.message}{caught.value.hint}"
    assert caught.value.__cause__ is None


def test_only_the_issuer_of_a_user_pool_is_parsed_as_one():
    assert parse_user_pool(USER_POOL_URL) == ("us-east-1", "us-east-1_Example")
    assert parse_user_pool("https://login.example.com") is None


# --- secure URLs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "http://127.0.0.1:80/x", "http://localhost:1", "http://[::1]:1/"],
)
def test_https_and_http_to_this_machine_are_secure(url):
    assert require_secure_url(url, "issuer") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://localhost.example.com",
        "https://user:pw@example.com",
        "https://",
        "https://a.example/#x",
        "https://a.example/?x=1",
        "https://a.example:99999",
        "https://a.example:abc",
        "http://127.0.0.1:99999",
        "http://[::1",
        "ftp://localhost",
        "",
        None,
        7,
    ],
)
def test_an_insecure_or_invalid_url_is_rejected(url):
    with pytest.raises(ConfigurationError, match=r"^issuer ") as caught:
        require_secure_url(url, "issuer")
    assert "user:pw" not in caught.value.message


def test_an_endpoint_may_have_a_query():
    url = "https://a.example/authorize?p=b2c_1_signin"
    assert require_secure_url(url, "endpoint", allow_query=True) == url
    for invalid in ("http://a.example/?x", "https://a.example:99999/?x", "?x", 7):
        with pytest.raises(ConfigurationError):
            require_secure_url(invalid, "endpoint", allow_query=True)


@pytest.mark.parametrize("url", ["http://127.0.0.2:80", "http://[::1]:80/x", "http://LOCALHOST"])
def test_http_is_accepted_for_this_machine_only(url):
    assert require_secure_url(url, "endpoint")
    for other in (
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
    ):
        with pytest.raises(ConfigurationError, match="https"):
            require_secure_url(other, "endpoint")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9:8443",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LocalHost.",
        "a.localhost",
    ],
)
def test_a_remote_server_must_not_name_this_machine(host):
    for scheme in ("http", "https"):
        with pytest.raises(ConfigurationError, match="endpoint"):
            require_secure_url(f"{scheme}://{host}/token", "endpoint", allow_this_machine=False)


@pytest.mark.parametrize(
    "host", ["login.example.com", "10.0.0.1", "[2001:db8::1]", "localhost.example.com"]
)
def test_a_remote_server_may_name_other_machines(host):
    url = f"https://{host}/token"
    assert require_secure_url(url, "endpoint", allow_this_machine=False) == url


def test_an_identity_pool_id_is_recognized():
    with pytest.raises(ConfigurationError) as caught:
        normalize_issuer("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030", "option --issuer")
    assert "--identity-pool-id" in caught.value.hint
    with pytest.raises(ConfigurationError) as caught:
        normalize_issuer("example", "option --issuer")
    assert "--identity-pool-id" not in caught.value.hint
