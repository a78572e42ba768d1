from __future__ import annotations

import pytest

from cognito_credentials._core.login_providers import (
    derive_provider_name,
    is_id_token_provider,
    is_identity_pool_issuer,
    is_user_pool,
)

USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        (f"https://{USER_POOL}", USER_POOL),
        ("https://accounts.google.com", "accounts.google.com"),
        ("accounts.google.com", "accounts.google.com"),
        ("https://appleid.apple.com", "appleid.apple.com"),
        ("https://tenant.eu.auth0.com/", "tenant.eu.auth0.com"),
        ("https://login.example.com/tenant/v2.0", "login.example.com/tenant/v2.0"),
        ("http://127.0.0.1:8080/realm", "127.0.0.1:8080/realm"),
    ],
)
def test_the_name_of_an_issuer_has_no_scheme_and_no_trailing_slash(issuer, name):
    assert derive_provider_name(issuer) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (USER_POOL, True),
        ("accounts.google.com", True),
        ("appleid.apple.com", True),
        ("login.example.com/tenant", True),
        ("graph.facebook.com", False),
        ("www.amazon.com", False),
        ("api.twitter.com", False),
        ("www.digits.com", False),
        ("arn:aws:iam::123456789012:saml-provider/Corporate", False),
        ("cognito-identity.amazonaws.com", False),
        ("cognito-identity.cn-north-1.amazonaws.com.cn", False),
    ],
)
def test_opaque_token_and_saml_providers_and_identity_pools_do_not_issue_id_tokens(name, expected):
    assert is_id_token_provider(name) is expected


def test_user_pools_and_identity_pools_are_distinguished():
    assert is_user_pool(USER_POOL)
    assert not is_user_pool("cognito-identity.amazonaws.com")
    assert not is_user_pool("cognito-idp.us-east-1.amazonaws.com")
    assert is_identity_pool_issuer("cognito-identity.amazonaws.com")
    assert not is_identity_pool_issuer(USER_POOL)
