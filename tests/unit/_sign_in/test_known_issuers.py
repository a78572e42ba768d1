"""Tests for sign-in, refresh and sign-out with each issuer in the documentation."""

from __future__ import annotations

import pytest
from known_issuers import ISSUERS, SECRET, known_issuer

from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.device import sign_in_with_device_code
from cognito_credentials._sign_in.refresh import refresh_session, revoke_session
from cognito_credentials.errors import ConfigurationError


def required_secret(name, never_printed):
    return never_printed(SECRET) if name == "Google" else None


def ignore(*texts):
    """Show no code."""


@pytest.mark.parametrize("name", ISSUERS)
def test_a_user_signs_in_refreshes_the_session_and_signs_out(name, never_printed):
    issuer, secret = known_issuer(name), required_secret(name, never_printed)
    first = issuer.sign_in(secret=secret)
    assert (first.subject, first.key.provider_name.endswith("/")) == ("user-1", False)
    assert first.refresh_token in issuer.refresh_tokens
    second = refresh_session(issuer.client(secret=secret), first)
    assert second.refresh_token in issuer.refresh_tokens
    assert (second.refresh_token != first.refresh_token) is issuer.rotates_refresh_tokens
    # Entra has no revocation endpoint.
    assert revoke_session(issuer.client(secret=secret), second) is (name != "Entra")
    if name != "Entra":
        with pytest.raises(IssuerError) as caught:
            refresh_session(issuer.client(secret=secret), second)
        assert caught.value.code == "invalid_grant"


@pytest.mark.parametrize("name", ISSUERS)
def test_a_user_signs_in_on_another_device(name, never_printed):
    issuer, secret = known_issuer(name), required_secret(name, never_printed)
    client, shown = issuer.client(secret=secret), []
    if name == "user pool":
        with pytest.raises(ConfigurationError, match="device_authorization_endpoint"):
            sign_in_with_device_code(client, show=ignore, timeout=60)
        return
    session = sign_in_with_device_code(client, show=lambda *texts: shown.append(texts), timeout=60)
    assert session.refresh_token in issuer.refresh_tokens
    assert shown == [(f"{issuer.url}/device", "ABCD", "")]


def test_the_client_secret_is_sent_only_to_the_token_endpoint_of_google(never_printed):
    issuer = known_issuer("Google")
    client = issuer.client(secret=never_printed(SECRET))
    revoke_session(client, sign_in_with_device_code(client, show=ignore, timeout=60))
    paths = {
        request.url.rpartition("/")[2]
        for request in issuer.requests
        if "Authorization" in request.headers or SECRET.encode() in request.body
    }
    assert paths == {"token"}


def test_the_hint_for_a_missing_client_secret_names_the_option():
    with pytest.raises(IssuerError, match="client_secret is missing") as caught:
        known_issuer("Google").sign_in()
    assert "--client-secret" in caught.value.hint


def test_the_hint_for_a_scope_that_a_user_pool_rejects_names_the_option():
    with pytest.raises(IssuerError, match="invalid_scope") as caught:
        known_issuer("user pool").sign_in(scope="openid offline_access")
    assert "--scope" in caught.value.hint
