"""Each issuer that the documentation has a row for, as it documents itself."""

from __future__ import annotations

import pytest
from known_issuers import ISSUERS, SECRET, known_issuer

from cognito_credentials._sign_in import device
from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials._sign_in.renewal import renewed, revoked
from cognito_credentials.errors import ConfigurationError


def secret_for(name, never_printed):
    return never_printed(SECRET) if name == "Google" else None


@pytest.mark.parametrize("name", ISSUERS)
def test_sign_in_stay_signed_in_and_sign_out(name, never_printed):
    issuer, secret = known_issuer(name), secret_for(name, never_printed)
    first = issuer.sign_in(secret=secret)
    assert (first.subject, first.key.provider_name.endswith("/")) == ("user-1", False)
    assert first.refresh_token in issuer.refresh_tokens
    second = renewed(issuer.client(secret=secret), first)
    assert second.refresh_token in issuer.refresh_tokens
    assert (second.refresh_token != first.refresh_token) is issuer.rotates_refresh_tokens
    assert revoked(issuer.client(secret=secret), second) is (name != "Entra")
    if name != "Entra":
        with pytest.raises(RefusedError, match="invalid_grant"):
            renewed(issuer.client(secret=secret), second)


@pytest.mark.parametrize("name", ISSUERS)
def test_sign_in_on_another_device(name, never_printed):
    issuer, secret = known_issuer(name), secret_for(name, never_printed)
    client, shown = issuer.client(secret=secret), []
    if name == "user pool":
        with pytest.raises(ConfigurationError, match="device_authorization_endpoint"):
            device.sign_in(client, show=lambda *texts: None, timeout=60)
        return
    session = device.sign_in(client, show=lambda *texts: shown.append(texts), timeout=60)
    assert session.refresh_token in issuer.refresh_tokens
    assert shown == [(f"{issuer.url}/device", "ABCD", "")]


def test_googles_secret_goes_to_its_token_endpoint_alone(never_printed):
    issuer = known_issuer("Google")
    client = issuer.client(secret=never_printed(SECRET))
    revoked(client, device.sign_in(client, show=lambda *texts: None, timeout=60))
    told = {
        request.url.rpartition("/")[2]
        for request in issuer.requests
        if "Authorization" in request.headers or SECRET.encode() in request.body
    }
    assert told == {"token"}


def test_a_secret_that_is_missing_is_asked_for():
    with pytest.raises(RefusedError, match="client_secret is missing") as caught:
        known_issuer("Google").sign_in()
    assert "--client-secret" in caught.value.hint


def test_a_scope_that_a_user_pool_does_not_know():
    with pytest.raises(RefusedError, match="invalid_scope") as caught:
        known_issuer("user pool").sign_in(scope="openid offline_access")
    assert "--scope" in caught.value.hint
