from __future__ import annotations

import sys
from base64 import b64encode

import pytest
from fake_issuer import FakeIssuer, json_response

from cognito_credentials import FileToken
from cognito_credentials._sign_in.client import RefusedError, authlib, quoted
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


def test_a_public_client_names_itself(issuer):
    issuer.responses["token"] = json_response(id_token="t", token_type="Bearer")
    tokens = issuer.client().tokens("refresh_token", refresh_token="r")
    assert tokens["id_token"] == "t"
    assert issuer.forms("token") == [
        {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "app"}
    ]


def test_a_client_with_a_secret_proves_it(issuer, never_printed):
    issuer.responses["token"] = json_response(id_token="t")
    secret = never_printed("s3cr3t-of-the-client")
    issuer.client(secret=secret).tokens("refresh_token", refresh_token="r")
    expected = b64encode(f"app:{secret}".encode()).decode()
    assert issuer.requests[-1].headers["Authorization"] == f"Basic {expected}"
    assert "client_secret" not in issuer.forms("token")[0]


def test_a_secret_in_the_form_where_the_issuer_wants_it_there(never_printed):
    issuer = FakeIssuer(token_endpoint_auth_methods_supported=["client_secret_post"])
    issuer.responses["token"] = json_response(id_token="t")
    secret = never_printed("s3cr3t-of-the-client")
    issuer.client(secret=secret).tokens("refresh_token", refresh_token="r")
    assert issuer.forms("token")[0]["client_secret"] == secret


def test_a_refusal_is_quoted_without_what_was_sent(issuer, never_printed):
    sent = never_printed("refresh-token-of-ann")
    text = f"token {sent}\nis \x1b[31mgesperrt für Sie"
    issuer.responses["token"] = json_response(400, error="invalid_grant", error_description=text)
    with pytest.raises(RefusedError) as caught:
        issuer.client().tokens("refresh_token", "Sign in.", refresh_token=sent)
    error = caught.value
    assert error.message == (
        "https://login.example.com refused to sign in: invalid_grant: token … is  [31mgesperrt für Sie"
    )
    assert (error.code, error.hint, error.is_retryable) == ("invalid_grant", "Sign in.", False)
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_refusal_of_the_moment(issuer):
    issuer.responses["token"] = json_response(400, error="temporarily_unavailable")
    with pytest.raises(RefusedError) as caught:
        issuer.client().tokens("refresh_token", refresh_token="r")
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    "answer", [HttpResponse(503, {}, b"{}"), HttpResponse(200, {}, b"<p>"), json_response(500)]
)
def test_answers_that_are_none(issuer, answer):
    issuer.responses["token"] = answer
    with pytest.raises(MalformedResponseError):
        issuer.client().tokens("refresh_token", refresh_token="r")


@pytest.mark.parametrize("seconds", ["soon", [1], float("inf")])
def test_tokens_that_say_of_no_time_when_they_end(issuer, seconds):
    issuer.responses["token"] = json_response(id_token=issuer.id_token(), expires_in=seconds)
    with pytest.raises(MalformedResponseError, match="cannot be read"):
        issuer.client().tokens("refresh_token", refresh_token="r1")


def test_no_answer(issuer):
    issuer.responses["token"] = TransportError("no route")
    with pytest.raises(TransportError, match="no route"):
        issuer.client().tokens("refresh_token", refresh_token="r")


# --- sessions -----------------------------------------------------------------------------------


def test_a_session_of_tokens(issuer, never_printed):
    token = never_printed(issuer.id_token(email="ann@example.com"))
    session = issuer.client().session({"id_token": token, "refresh_token": "r1"}, method="oauth")
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
def test_what_a_user_is_called(issuer, claims, name):
    assert issuer.client().session({"id_token": issuer.id_token(**claims)}, method="").name == name


def test_a_renewed_session_keeps_what_is_not_replaced(issuer):
    client = issuer.client()
    first = client.session({"id_token": issuer.id_token(), "refresh_token": "r1"}, method="oauth")
    second = client.session({"id_token": issuer.id_token(n=2)}, method="oauth", before=first)
    third = client.session(
        {"id_token": issuer.id_token(n=3), "refresh_token": "r2"}, method="oauth", before=second
    )
    assert (second.refresh_token, third.refresh_token) == ("r1", "r2")
    assert third.digests[1:] == second.digests
    assert len(set(third.digests)) == 3


def test_a_session_remembers_eight_tokens(issuer):
    client, session = issuer.client(), None
    for n in range(10):
        token = {"id_token": issuer.id_token(n=n)}
        session = client.session(token, method="oauth", before=session)
    assert session is not None
    assert len(session.digests) == 8


def test_another_users_token_renews_nothing(issuer):
    client = issuer.client()
    first = client.session({"id_token": issuer.id_token()}, method="oauth")
    with pytest.raises(LoginTokenError, match="another user's token"):
        client.session({"id_token": issuer.id_token(sub="user-2")}, method="oauth", before=first)


@pytest.mark.parametrize("tokens", [{}, {"id_token": None}, {"id_token": 7}])
def test_no_id_token(issuer, tokens):
    with pytest.raises(LoginTokenError, match="gave no ID token"):
        issuer.client().session(tokens, method="oauth")


# --- revocation ---------------------------------------------------------------------------------


def test_revocation(issuer):
    assert issuer.client().revoke("r1")
    assert issuer.forms("revoke") == [
        {"token": "r1", "token_type_hint": "refresh_token", "client_id": "app"}
    ]


def test_an_issuer_that_revokes_nothing():
    assert not FakeIssuer(revocation_endpoint=None).client().revoke("r1")


def test_a_refused_revocation(issuer):
    issuer.responses["revoke"] = json_response(400, error="unsupported_token_type")
    assert not issuer.client().revoke("r1")


# --- the rest -----------------------------------------------------------------------------------


def test_a_library_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "authlib.oauth2.client", None)
    with pytest.raises(ConfigurationError, match=r"authlib.* is not installed") as caught:
        authlib("authlib.oauth2.client")
    assert "cognito-credentials[login]" in caught.value.hint


def test_quoted():
    assert quoted("a\tb" + "x" * 400, ()) == "a b" + "x" * 297
    assert quoted(None, ["secret"]) == ""


def test_a_secret_that_cannot_be_had_says_nothing_of_the_session(issuer, tmp_path):
    client = issuer.client()
    client.application.secret = FileToken(tmp_path / "none")
    with pytest.raises(ConfigurationError) as caught:
        client.tokens("refresh_token", refresh_token="r")
    assert caught.value.message.startswith("there is no client secret: the file ")
    assert isinstance(caught.value.__cause__, LoginTokenError)
