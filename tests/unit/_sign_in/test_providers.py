from __future__ import annotations

import pytest

from cognito_credentials._sign_in.providers import (
    authorization_parameters,
    callback_url_to_register,
    default_scope,
    redirect_host,
)

USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
GOOGLE = "accounts.google.com"
ENTRA = "login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"


@pytest.mark.parametrize(
    ("provider_name", "supported", "scope"),
    [
        (USER_POOL, ["openid", "email", "phone", "profile"], "openid"),
        (GOOGLE, ["openid", "email", "profile"], "openid email"),
        (ENTRA, ["openid", "profile", "email", "offline_access"], "openid email offline_access"),
        ("idp.example.com", [], "openid email"),
        ("idp.example.com", ["openid"], "openid"),
    ],
)
def test_the_default_scope_requests_email_and_offline_access_if_supported(
    provider_name, supported, scope
):
    assert default_scope(provider_name, {"scopes_supported": supported}) == scope


@pytest.mark.parametrize("metadata", [{}, {"scopes_supported": None}])
def test_the_default_scope_omits_offline_access_if_the_issuer_declares_no_scopes(metadata):
    assert default_scope("idp.example.com", metadata) == "openid email"


def test_entra_compares_the_callback_url_without_the_port():
    url = callback_url_to_register(ENTRA, "http://localhost:8400/callback")
    assert url == "http://localhost/callback"


def test_google_returns_a_refresh_token_for_access_type_offline():
    parameters = authorization_parameters(GOOGLE, "openid email")
    assert parameters == {"access_type": "offline", "prompt": "consent"}


@pytest.mark.parametrize(
    ("provider_name", "scope", "parameters"),
    [
        ("idp.example.com", "openid offline_access", {"prompt": "consent"}),
        ("idp.example.com", "openid", {}),
        (USER_POOL, "openid", {}),
        # With `prompt=consent`, Entra may require the approval of an administrator.
        (ENTRA, "openid offline_access", {}),
    ],
)
def test_offline_access_requests_consent_except_from_entra(provider_name, scope, parameters):
    assert authorization_parameters(provider_name, scope) == parameters


@pytest.mark.parametrize(
    ("provider_name", "host"),
    [(USER_POOL, "localhost"), (ENTRA, "localhost"), (GOOGLE, "127.0.0.1")],
)
def test_the_redirect_host_is_the_one_that_the_issuer_accepts(provider_name, host):
    assert redirect_host(provider_name) == host
