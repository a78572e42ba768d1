from __future__ import annotations

import pytest

from cognito_credentials._sign_in.providers import (
    authorization_parameters,
    default_scope,
    redirect_host,
)

POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
GOOGLE = "accounts.google.com"
ENTRA = "login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"


@pytest.mark.parametrize(
    ("key", "supported", "scope"),
    [
        (POOL, ["openid", "email", "phone", "profile"], "openid"),
        (GOOGLE, ["openid", "email", "profile"], "openid email"),
        (ENTRA, ["openid", "profile", "email", "offline_access"], "openid email offline_access"),
        ("idp.example.com", [], "openid email"),
        ("idp.example.com", ["openid"], "openid"),
    ],
)
def test_what_is_asked_for(key, supported, scope):
    assert default_scope(key, {"scopes_supported": supported}) == scope


@pytest.mark.parametrize("metadata", [{}, {"scopes_supported": None}])
def test_who_does_not_say_what_can_be_asked_for_is_asked_for_the_least(metadata):
    assert default_scope("idp.example.com", metadata) == "openid email"


def test_google_gives_a_refresh_token_to_who_asks_in_its_way():
    asked = authorization_parameters(GOOGLE, "openid email")
    assert asked == {"access_type": "offline", "prompt": "consent"}


@pytest.mark.parametrize(
    ("key", "scope", "parameters"),
    [
        ("idp.example.com", "openid offline_access", {"prompt": "consent"}),
        ("idp.example.com", "openid", {}),
        (POOL, "openid", {}),
        (ENTRA, "openid offline_access", {}),  # which would ask for an administrator
    ],
)
def test_offline_access_is_agreed_to_each_time_as_the_standard_has_it(key, scope, parameters):
    assert authorization_parameters(key, scope) == parameters


@pytest.mark.parametrize(
    ("key", "host"), [(POOL, "localhost"), (ENTRA, "localhost"), (GOOGLE, "127.0.0.1")]
)
def test_the_name_of_this_machine_that_can_be_registered(key, host):
    assert redirect_host(key) == host
