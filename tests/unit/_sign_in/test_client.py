from __future__ import annotations

import sys
from base64 import b64encode

import pytest
from fake_issuer import FakeIssuer, json_response

from cognito_credentials import FileToken
from cognito_credentials._sign_in.client import IssuerError, import_login_module
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.ports import HttpResponse


@pytest.fixture
def issuer():
    return FakeIssuer()


def refresh(client, token="r", hint=""):
    return client.request_tokens("refresh_token", hint, refresh_token=token)


# --- token requests -----------------------------------------------------------------------------


def test_a_public_client_sends_its_client_id(issuer):
    issuer.responses["token"] = json_response(id_token="t", token_type="Bearer")
    assert refresh(issuer.client())["id_token"] == "t"
    assert issuer.forms("token") == [
        {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "app"}
    ]


def test_a_client_secret_is_sent_as_basic_authentication(issuer, never_printed):
    issuer.responses["token"] = json_response(id_token="t")
    secret = never_printed("s3cr3t-of-the-client")
    refresh(issuer.client(secret=secret))
    expected = b64encode(f"app:{secret}".encode()).decode()
    assert issuer.requests[-1].headers["Authorization"] == f"Basic {expected}"
    assert "client_secret" not in issuer.forms("token")[0]


def test_a_client_secret_is_sent_in_the_form_if_the_issuer_requires_it(never_printed):
    issuer = FakeIssuer(token_endpoint_auth_methods_supported=["client_secret_post"])
    issuer.responses["token"] = json_response(id_token="t")
    secret = never_printed("s3cr3t-of-the-client")
    refresh(issuer.client(secret=secret))
    assert issuer.forms("token")[0]["client_secret"] == secret


def test_an_unavailable_client_secret_does_not_end_the_session(issuer, tmp_path):
    client = issuer.client()
    client.application.secret = FileToken(tmp_path / "missing")
    with pytest.raises(ConfigurationError, match="client secret") as caught:
        refresh(client)
    assert isinstance(caught.value.__cause__, LoginTokenError)
    assert caught.value.__cause__.message in caught.value.message


def test_an_error_of_the_issuer_is_shown_without_the_secrets_of_the_request(issuer, never_printed):
    token = never_printed("refresh-token-of-ann")
    text = f"token {token}\nis \x1b[31mgesperrt für Sie"
    issuer.responses["token"] = json_response(400, error="invalid_grant", error_description=text)
    with pytest.raises(IssuerError) as caught:
        refresh(issuer.client(), token, hint="Sign in.")
    error = caught.value
    assert error.message.endswith(r"token [hidden] is \x1b[31mgesperrt für Sie")
    assert (error.code, error.hint, error.is_retryable) == ("invalid_grant", "Sign in.", False)
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    ("code", "is_retryable"),
    [
        ("server_error", True),
        ("temporarily_unavailable", True),
        ("slow_down", True),
        ("InternalErrorException", True),
        ("LimitExceededException", True),
        ("TooManyRequestsException", True),
        ("invalid_client", False),
        ("NotAuthorizedException", False),
    ],
)
def test_only_temporary_errors_of_the_issuer_are_retryable(issuer, code, is_retryable):
    issuer.responses["token"] = json_response(400, error=code)
    with pytest.raises(IssuerError) as caught:
        refresh(issuer.client())
    assert (caught.value.code, caught.value.is_retryable) == (code, is_retryable)


@pytest.mark.parametrize("error", [7, None, ["invalid_grant"], ""])
def test_an_error_code_that_is_not_text_is_still_an_error(issuer, error):
    issuer.responses["token"] = json_response(400, error=error, error_description=7)
    with pytest.raises(IssuerError):
        refresh(issuer.client())


@pytest.mark.parametrize(
    "response",
    [HttpResponse(503, {}, b"{}"), HttpResponse(200, {}, b"<p>"), json_response(500)],
)
def test_a_response_that_is_not_an_oauth_response_is_rejected(issuer, response):
    issuer.responses["token"] = response
    with pytest.raises(MalformedResponseError):
        refresh(issuer.client())


@pytest.mark.parametrize("lifetime", ["soon", [1], float("inf")])
def test_a_token_response_with_an_invalid_lifetime_is_rejected(issuer, lifetime):
    issuer.responses["token"] = json_response(id_token=issuer.id_token(), expires_in=lifetime)
    with pytest.raises(MalformedResponseError):
        refresh(issuer.client())


def test_a_failed_request_raises_the_error_of_the_transport(issuer):
    issuer.responses["token"] = TransportError("no route")
    with pytest.raises(TransportError, match="no route"):
        refresh(issuer.client())


# --- sessions -----------------------------------------------------------------------------------


def test_a_session_has_the_tokens_and_the_claims_of_the_id_token(issuer, never_printed):
    token = never_printed(issuer.id_token(email="ann@example.com"))
    tokens = {"id_token": token, "refresh_token": "r1"}
    session = issuer.client().create_session(tokens, method="oauth")
    assert (session.id_token, session.refresh_token) == (token, "r1")
    assert (session.name, session.subject) == ("ann@example.com", "user-1")
    assert session.expires_at == issuer.clock.now() + 3600
    assert token not in repr(session)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ann"}, "ann"),
        ({"cognito:username": "ann", "email": 7}, "ann"),
        ({}, "user-1"),
    ],
)
def test_the_name_of_the_user_is_the_first_claim_that_has_one(issuer, claims, name):
    tokens = {"id_token": issuer.id_token(**claims)}
    assert issuer.client().create_session(tokens, method="oauth").name == name


def test_a_refreshed_session_retains_the_refresh_token_if_there_is_no_new_one(issuer):
    client = issuer.client()
    first = client.create_session(
        {"id_token": issuer.id_token(), "refresh_token": "r1"}, method="oauth"
    )
    second = client.create_session(
        {"id_token": issuer.id_token(n=2)}, method="oauth", previous=first
    )
    third = client.create_session(
        {"id_token": issuer.id_token(n=3), "refresh_token": "r2"}, method="oauth", previous=second
    )
    assert (second.refresh_token, third.refresh_token) == ("r1", "r2")
    assert third.digests[1:] == second.digests
    assert len(set(third.digests)) == 3


def test_a_session_retains_the_digests_of_its_latest_eight_tokens(issuer):
    client, session = issuer.client(), None
    digests = []
    for n in range(10):
        token = {"id_token": issuer.id_token(n=n)}
        session = client.create_session(token, method="oauth", previous=session)
        digests.insert(0, session.digests[0])
    assert session.digests == tuple(digests[:8])


def test_a_session_is_not_refreshed_with_the_token_of_another_user(issuer):
    client = issuer.client()
    first = client.create_session({"id_token": issuer.id_token()}, method="oauth")
    with pytest.raises(LoginTokenError):
        client.create_session(
            {"id_token": issuer.id_token(sub="user-2")}, method="oauth", previous=first
        )


@pytest.mark.parametrize("tokens", [{}, {"id_token": None}, {"id_token": 7}])
def test_a_response_without_an_id_token_is_rejected(issuer, tokens):
    with pytest.raises(LoginTokenError, match="ID token"):
        issuer.client().create_session(tokens, method="oauth")


# --- revocation ---------------------------------------------------------------------------------


def test_a_refresh_token_is_revoked_at_the_revocation_endpoint(issuer):
    assert issuer.client().revoke("r1")
    assert issuer.forms("revoke") == [
        {"token": "r1", "token_type_hint": "refresh_token", "client_id": "app"}
    ]


def test_revocation_fails_if_the_issuer_has_no_revocation_endpoint():
    assert not FakeIssuer(revocation_endpoint=None).client().revoke("r1")


def test_revocation_fails_if_the_issuer_rejects_the_request(issuer):
    issuer.responses["revoke"] = json_response(400, error="unsupported_token_type")
    assert not issuer.client().revoke("r1")


# --- packages  ----------------------------------------------------------------------------------


def test_a_missing_package_is_reported_with_the_extra_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "authlib.oauth2.client", None)
    with pytest.raises(ConfigurationError, match="authlib") as caught:
        import_login_module("authlib.oauth2.client")
    assert "cognito-credentials[login]" in caught.value.hint
