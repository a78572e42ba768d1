from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL

from cognito_credentials._sign_in.issuers import issuer_of, user_pool_of
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


@pytest.mark.parametrize("text", ["not_a-pool!", "us-east-1_Ex:ample", "_"])
def test_no_user_pools(text):
    with pytest.raises(ConfigurationError):
        issuer_of(text)


@pytest.mark.parametrize("text", ["us-east-1", "google", ""])
def test_what_is_no_address_is_refused_before_it_is_asked(text):
    with pytest.raises(ConfigurationError, match="which is no issuer") as caught:
        issuer_of(text)
    assert "us-east-1_Example" in caught.value.hint


def test_a_password_in_an_address_is_not_repeated(never_printed):
    password = never_printed("pass-of-ann")
    with pytest.raises(ConfigurationError, match="user name or a password") as caught:
        issuer_of(f"https://ann:{password}@login.example.com/")
    assert password not in f"{caught.value.message}{caught.value.hint}"


def test_user_pools():
    assert user_pool_of(USER_POOL_URL) == ("us-east-1", "us-east-1_Example")
    assert user_pool_of("https://login.example.com") is None
