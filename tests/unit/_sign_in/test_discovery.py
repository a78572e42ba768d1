from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials.errors import ConfigurationError, MalformedResponseError


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com",
        "https://",
        "https://a.example/#x",
        "ftp://a.example",
        "https://a.example:99999",
    ],
)
def test_an_insecure_or_invalid_issuer_is_never_called(url):
    issuer = FakeIssuer(url)
    with pytest.raises(ConfigurationError, match="issuer"):
        _ = issuer.client().metadata
    assert not issuer.requests


def test_the_metadata_is_requested_once():
    issuer = FakeIssuer()
    client = issuer.client()
    assert client.endpoint("token_endpoint") == f"{issuer.url}/token"
    assert client.endpoint("jwks_uri")
    assert [r.url for r in issuer.requests] == [f"{issuer.url}/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("https://evil.example", "https://evil.example"),
        (None, "no issuer"),
        ("https://login.example.com/other", "https://login.example.com/other"),
        ("https://evil.example\x1b[2J", r"https://evil.example\x1b[2J"),
    ],
)
def test_metadata_of_another_issuer_is_rejected_by_its_name(declared, shown):
    with pytest.raises(ConfigurationError) as caught:
        _ = FakeIssuer(issuer=declared).client().metadata
    assert shown in caught.value.message


@pytest.mark.parametrize("name", ["scopes_supported", "token_endpoint_auth_methods_supported"])
@pytest.mark.parametrize("value", [7, "openid", {"openid": 1}, ["openid", 7], True])
def test_an_optional_list_of_another_type_is_rejected_by_its_name(name, value):
    with pytest.raises(MalformedResponseError, match=name):
        _ = FakeIssuer(**{name: value}).client().metadata


@pytest.mark.parametrize("value", [7, "true", ["x"]])
def test_a_flag_of_another_type_is_rejected_by_its_name(value):
    name = "authorization_response_iss_parameter_supported"
    with pytest.raises(MalformedResponseError, match=name):
        _ = FakeIssuer(**{name: value}).client().metadata


def test_an_optional_member_may_be_null():
    names = ("scopes_supported", "token_endpoint_auth_methods_supported")
    client = FakeIssuer(**dict.fromkeys(names)).client(secret="s")
    assert client.oauth_client().token_endpoint_auth_method == "client_secret_basic"


def test_a_trailing_slash_of_the_issuer_may_be_omitted():
    issuer = FakeIssuer(issuer="https://login.example.com/")
    assert issuer.client().metadata["issuer"] == "https://login.example.com/"


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/token",
        "https://login.example.com:99999/token",
        "https://login.example.com:abc/token",
        "https://user@login.example.com/token",
        "token",
        ["https://login.example.com/token"],
        7,
    ],
)
def test_an_insecure_or_invalid_endpoint_in_the_metadata_is_rejected_by_name(url):
    issuer = FakeIssuer(token_endpoint=url)
    with pytest.raises(ConfigurationError, match="token_endpoint"):
        issuer.client().request_tokens("refresh_token", refresh_token="r")
    assert len(issuer.requests) == 1


def test_a_missing_endpoint_is_rejected_with_the_hint_of_the_caller():
    client = FakeIssuer(device_authorization_endpoint=None).client()
    with pytest.raises(ConfigurationError, match="device_authorization_endpoint") as caught:
        client.endpoint("device_authorization_endpoint", "Do this.")
    assert caught.value.hint == "Do this."


def test_the_metadata_of_a_user_pool_is_requested_from_its_endpoint():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.responses["openid-configuration"] = json_response(issuer=USER_POOL_URL)
    _ = issuer.client(endpoint_url="http://127.0.0.1:5000/").metadata
    assert issuer.requests[0].url == (
        "http://127.0.0.1:5000/us-east-1_Example/.well-known/openid-configuration"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/admin", "https://localhost/token"])
@pytest.mark.parametrize("name", ["token_endpoint", "authorization_endpoint", "jwks_uri"])
def test_a_remote_issuer_must_not_direct_requests_to_this_machine(name, url):
    issuer = FakeIssuer(**{name: url})
    with pytest.raises(ConfigurationError, match=name):
        issuer.client().endpoint(name)
    assert [r.url for r in issuer.requests] == [f"{issuer.url}/.well-known/openid-configuration"]


def test_an_issuer_on_this_machine_may_name_this_machine():
    issuer = FakeIssuer("http://localhost:9400", token_endpoint="http://127.0.0.1:9400/token")
    assert issuer.client().endpoint("token_endpoint") == "http://127.0.0.1:9400/token"
