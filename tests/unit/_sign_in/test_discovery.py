from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize(
    "url", ["http://login.example.com", "https://", "https://a.example/#x", "ftp://a.example"]
)
def test_no_issuer(url):
    issuer = FakeIssuer(url)
    with pytest.raises(ConfigurationError, match="issuer is"):
        _ = issuer.client().metadata
    assert not issuer.requests


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
    issuer.responses["openid-configuration"] = json_response(issuer=USER_POOL_URL)
    _ = issuer.client(endpoint_url="http://127.0.0.1:5000/").metadata
    assert issuer.requests[0].url == (
        "http://127.0.0.1:5000/us-east-1_Example/.well-known/openid-configuration"
    )
