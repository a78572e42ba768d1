from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_answer

from cognito_credentials._sign_in.discovery import issuer_of, user_pool_of
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
    ],
)
def test_issuers(text, issuer):
    assert issuer_of(text) == issuer


@pytest.mark.parametrize("text", ["", "http://login.example.com", "not_a-pool!", "https://"])
def test_no_issuers(text):
    with pytest.raises(ConfigurationError):
        issuer_of(text)


def test_user_pools():
    assert user_pool_of(USER_POOL_URL) == ("us-east-1", "us-east-1_Example")
    assert user_pool_of("https://login.example.com") is None


def test_the_metadata_is_asked_for_once():
    issuer = FakeIssuer()
    client = issuer.client()
    assert client.endpoint("token_endpoint") == f"{issuer.url}/token"
    assert client.endpoint("jwks_uri")
    assert [r.url for r in issuer.requests] == [f"{issuer.url}/.well-known/openid-configuration"]


@pytest.mark.parametrize("said", ["https://evil.example", None, "https://login.example.com/other"])
def test_an_issuer_that_says_it_is_another(said):
    with pytest.raises(ConfigurationError, match="says that it is another one"):
        _ = FakeIssuer(issuer=said).client().metadata


def test_a_closing_slash_is_the_issuers_own():
    issuer = FakeIssuer(issuer="https://login.example.com/")
    assert issuer.client().metadata["issuer"] == "https://login.example.com/"


def test_an_endpoint_without_tls_is_refused():
    client = FakeIssuer(token_endpoint="http://login.example.com/token").client()
    with pytest.raises(ConfigurationError, match=r"token_endpoint of .* must begin with https"):
        client.endpoint("token_endpoint")


def test_an_endpoint_that_is_missing():
    with pytest.raises(ConfigurationError, match="has no device_authorization_endpoint") as caught:
        FakeIssuer(device_authorization_endpoint=None).client().endpoint(
            "device_authorization_endpoint", "Do this."
        )
    assert caught.value.hint == "Do this."


def test_a_user_pool_that_is_elsewhere():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.answers["openid-configuration"] = json_answer(issuer=USER_POOL_URL)
    _ = issuer.client(endpoint_url="http://127.0.0.1:5000/").metadata
    assert issuer.requests[0].url == (
        "http://127.0.0.1:5000/us-east-1_Example/.well-known/openid-configuration"
    )
