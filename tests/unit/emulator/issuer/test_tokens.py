"""The token endpoint, revocation, and claims about the user."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from issuer_application import URL, VERIFIER, Application

from cognito_credentials.emulator.issuer.users import Users, make_subject

NOW = 1_800_000_000


def test_an_id_token_describes_the_sign_in(application: Application):
    code = application.sign_in()
    application.clock.advance(10)
    tokens = application.redeem(code)
    assert (tokens["status"], tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 3600)
    assert tokens["scope"] == "openid email offline_access"
    claims = application.claims(tokens["id_token"])
    assert claims.pop("jti")
    assert claims.pop("at_hash")
    assert claims == {
        "iss": URL,
        "sub": "ann",
        "aud": "app",
        "iat": NOW + 10,
        "exp": NOW + 3610,
        "auth_time": NOW,
        "nonce": "a nonce",
        "email": "ann@example.com",
        "email_verified": True,
    }


def test_claims_depend_on_the_scope(application: Application):
    tokens = application.redeem(application.sign_in(scope="openid profile unknown"))
    claims = application.claims(tokens["id_token"])
    assert (claims["name"], claims["preferred_username"]) == ("ann", "ann")
    assert "email" not in claims
    assert tokens["scope"] == "openid profile"
    assert "refresh_token" not in tokens


def test_a_test_can_add_claims_to_a_user(application: Application):
    application.issuer.add_user("ann", {"groups": ["admins"], "email": "a@b.example"})
    claims = application.claims(application.redeem(application.sign_in())["id_token"])
    assert (claims["groups"], claims["email"]) == (["admins"], "a@b.example")
    assert claims["iss"] == URL


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": VERIFIER + "=" * 90}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8401/callback"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
    ],
)
def test_a_code_is_bound_to_its_request(
    application: Application, changes: dict[str, Any], error: str
):
    response = application.redeem(application.sign_in(), **changes)
    assert response["error"] == error
    assert response["status"] == (401 if error == "invalid_client" else 400)


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "x"])
def test_other_grant_types_are_rejected(application: Application, grant_type: str):
    assert application.request_tokens(grant_type)["error"] == "unsupported_grant_type"


def test_a_wrong_verifier_cannot_be_corrected(application: Application):
    code = application.sign_in()
    application.redeem(code, code_verifier="w" * 43)
    assert application.redeem(code)["error"] == "invalid_grant"


def test_a_code_expires_after_a_minute(application: Application):
    first, second = application.sign_in(), application.sign_in()
    application.clock.advance(59)
    assert application.redeem(first)["status"] == 200
    application.clock.advance(1)
    assert application.redeem(second)["error"] == "invalid_grant"


def test_a_code_that_is_used_twice_ends_the_session(application: Application):
    code = application.sign_in()
    tokens = application.redeem(code)
    assert application.redeem(code)["error"] == "invalid_grant"
    assert application.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
    assert application.user_info(tokens["access_token"]).status == 401


def test_a_refresh_token_is_replaced(application: Application):
    tokens = application.redeem(application.sign_in())
    application.clock.advance(7200)
    refreshed = application.refresh(tokens["refresh_token"])
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    claims = application.claims(refreshed["id_token"])
    assert (claims["sub"], claims["auth_time"], claims["iat"]) == ("ann", NOW, NOW + 7200)
    assert "nonce" not in claims
    assert application.refresh(refreshed["refresh_token"])["status"] == 200


def test_a_refresh_token_that_is_used_twice_ends_the_session(application: Application):
    first = application.redeem(application.sign_in())
    second = application.refresh(first["refresh_token"])
    assert application.refresh(first["refresh_token"])["error"] == "invalid_grant"
    assert application.refresh(second["refresh_token"])["error"] == "invalid_grant"


def test_a_refresh_token_expires_after_30_days_without_use(application: Application):
    token = application.redeem(application.sign_in())["refresh_token"]
    application.clock.advance(29 * 86400)
    token = application.refresh(token)["refresh_token"]
    application.clock.advance(30 * 86400)
    assert application.refresh(token)["error"] == "invalid_grant"


def test_a_refresh_token_is_bound_to_its_client_and_scope(application: Application):
    token = application.redeem(application.sign_in())["refresh_token"]
    assert application.refresh(token, client_id="other")["error"] == "invalid_grant"
    assert application.refresh(token, scope="openid profile")["error"] == "invalid_scope"
    assert application.refresh(token, scope="openid")["status"] == 200


def test_a_revoked_refresh_token_ends_the_session(application: Application):
    tokens = application.redeem(application.sign_in())
    form = {"client_id": "app", "token": tokens["refresh_token"]}
    other = application.post("/revoke", {**form, "client_id": "other"})
    assert json.loads(other.body)["error"] == "unauthorized_client"
    assert application.post("/revoke", form).status == 200
    assert application.post("/revoke", {**form, "token": "unknown"}).status == 200
    assert application.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
    assert application.user_info(tokens["access_token"]).status == 401


def test_a_revoked_access_token_does_not_end_the_session(application: Application):
    tokens = application.redeem(application.sign_in())
    application.post("/revoke", {"client_id": "app", "token": tokens["access_token"]})
    assert application.user_info(tokens["access_token"]).status == 401
    assert application.refresh(tokens["refresh_token"])["status"] == 200


def test_the_claims_about_the_user_are_returned_for_an_access_token(application: Application):
    token = application.redeem(application.sign_in())["access_token"]
    response = application.user_info(token)
    assert json.loads(response.body) == {
        "sub": "ann",
        "email": "ann@example.com",
        "email_verified": True,
    }
    application.clock.advance(3600)
    assert application.user_info(token).status == 401
    assert application.send("GET /userinfo").status == 401


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "fields", "error"),
    [
        ({}, {"client_secret": "s%s"}, None),
        (basic("app", "s%25s"), {}, None),
        (basic("app", "s%25s"), {"client_id": None}, None),
        ({}, {}, "invalid_client"),
        ({}, {"client_secret": "wrong"}, "invalid_client"),
        (basic("app", "wrong"), {}, "invalid_client"),
        (basic("app", "s%25s"), {"client_secret": "s%s"}, "invalid_request"),
        (basic("app", "s%25s"), {"client_id": "other"}, "invalid_request"),
        ({"Authorization": "Basic !"}, {}, "invalid_client"),
        ({"Authorization": "Bearer x"}, {}, "invalid_client"),
    ],
)
def test_a_client_with_a_secret_must_present_it(
    application: Application,
    headers: dict[str, str],
    fields: dict[str, Any],
    error: str | None,
):
    application.issuer.add_client("app", secret="s%s")
    code = application.sign_in(code_challenge=None)
    response = application.redeem(code, headers=headers, code_verifier=None, **fields)
    assert response.get("error") == error


def test_a_verifier_without_a_challenge_is_rejected(application: Application):
    application.issuer.add_client("app", secret="s")
    code = application.sign_in(code_challenge=None)
    assert application.redeem(code, client_secret="s")["error"] == "invalid_grant"


def test_a_client_that_is_not_registered_may_have_any_secret(application: Application):
    assert application.redeem(application.sign_in(), client_secret="any")["status"] == 200


@pytest.mark.parametrize(
    ("name", "subject", "email"),
    [
        ("ann", "ann", "ann@example.com"),
        ("ann@corp.example", "ann@corp.example", "ann@corp.example"),
        ("Ann Lee", "Ann Lee", "Ann.Lee@example.com"),
        ("J\u00f6rg", "J%C3%B6rg", "J%C3%B6rg@example.com"),
        ("100%", "100%25", "100%25@example.com"),
        ("@", "@", "user@example.com"),
    ],
)
def test_subject_and_email_are_derived_from_the_name(name: str, subject: str, email: str):
    assert make_subject(name) == subject
    assert Users().make_claims(name, ["email"])["email"] == email


def test_an_error_description_has_only_permitted_characters(application: Application):
    response = application.redeem('\u00e4"\\', client_id='<\u00e4>"\\')
    assert set(response["error_description"]) <= {chr(code) for code in range(32, 127)} - set('"\\')


def test_an_id_token_can_be_made_without_a_sign_in(application: Application):
    token = application.issuer.id_token("ann", audience="app", claims={"groups": ["a"]})
    assert application.claims(token) == {
        "iss": URL,
        "sub": "ann",
        "aud": "app",
        "iat": NOW,
        "exp": NOW + 3600,
        "auth_time": NOW,
        "groups": ["a"],
    }
    expired = application.issuer.id_token("ann", audience="app", lifetime=-1)
    assert application.claims(expired)["exp"] == NOW - 1
    assert application.issuer.provider_name == URL.removeprefix("http://")


def test_invalid_arguments_are_rejected(application: Application):
    issuer = application.issuer
    with pytest.raises(ValueError, match="sub and audience"):
        issuer.id_token("", audience="app")
    with pytest.raises(ValueError, match="name"):
        issuer.add_user(" ann")
    with pytest.raises(ValueError, match="client_id"):
        issuer.add_client("")
    with pytest.raises(ValueError, match="secret"):
        issuer.add_client("app", secret="")
    for uri in ("callback", "https://app.example/#x"):
        with pytest.raises(ValueError, match="redirect_uris"):
            issuer.add_client("app", redirect_uris=[uri])
