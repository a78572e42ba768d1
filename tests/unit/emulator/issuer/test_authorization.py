"""The authorization endpoint and the sign-in page."""

from __future__ import annotations

import pytest
from issuer_application import REDIRECT_URI, URL, Application, header, redirect_of


def test_a_user_without_a_password_is_redirected_with_a_code(application: Application):
    page = application.authorize()
    assert page.status == 200
    response = application.submit(page, user="ann")
    assert header(response, "Location").startswith(f"{REDIRECT_URI}?")
    parameters = redirect_of(response)
    assert parameters.pop("code")
    assert parameters == {"state": "a state", "iss": URL}


def test_parameters_of_the_redirect_uri_are_retained(application: Application):
    uri = f"{REDIRECT_URI}?tenant=1"
    response = application.submit(application.authorize(redirect_uri=uri), user="ann")
    assert redirect_of(response)["tenant"] == "1"


def test_a_canceled_sign_in_is_reported_to_the_application(application: Application):
    response = application.submit(application.authorize(), cancel="1")
    assert redirect_of(response)["error"] == "access_denied"
    assert redirect_of(response)["state"] == "a state"


def test_the_latest_users_come_first_and_can_be_chosen(application: Application):
    application.issuer.add_user("zoe")
    for name in ("ann", "ben", "ann"):
        application.sign_in(name)
    page = application.authorize().body.decode()
    positions = [page.index(f'value="{name}"') for name in ("ann", "ben", "zoe")]
    assert positions == sorted(positions)


def test_only_a_few_users_are_listed(application: Application):
    for number in range(20):
        application.sign_in(f"user-{number}")
    assert application.authorize().body.count(b'<button name="user"') == 8


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\u202eb"])
def test_an_invalid_user_name_can_be_corrected(application: Application, name: str):
    page = application.submit(application.authorize(), user=name)
    assert page.status == 400
    assert b'role="alert"' in page.body
    assert redirect_of(application.submit(page, user="ann"))["code"]


def test_a_form_can_be_sent_once(application: Application):
    page = application.authorize()
    application.submit(page, user="ann")
    assert application.submit(page, user="ann").status == 400


def test_a_form_expires(application: Application):
    page = application.authorize()
    application.clock.advance(3600)
    assert application.submit(page, user="ann").status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://x.example"}, "request_uri_not_supported"),
    ],
)
def test_an_invalid_request_is_reported_to_the_application(
    application: Application, changes: dict[str, str | None], error: str
):
    parameters = redirect_of(application.authorize(**changes))
    assert parameters["error"] == error
    assert (parameters["state"], parameters["iss"]) == ("a state", URL)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1:8400@evil.example/",
        "http://evil.example#127.0.0.1",
        "http://127.0.0.1.evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "http://127.0.0.1\\.evil.example/",
        "http:evil.example",
        "//127.0.0.1/callback",
        "/callback",
        "http://127.0.0.1:8400/callback#fragment",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1:8400/callback\r\nSet-Cookie: a=b",
        "http://user@127.0.0.1/",
        "http://[::1/callback",
        "http://2130706433.evil.example/",
        "http://lokalhost/",
        "javascript:alert(1)//127.0.0.1",
        "com.example.app:/callback",
        "data:text/html,x",
    ],
)
def test_a_foreign_redirect_uri_is_shown_to_the_user_only(
    application: Application, uri: str | None
):
    response = application.authorize(redirect_uri=uri, response_type="token")
    assert response.status == 400
    assert "Location" not in dict(response.headers)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:1/callback",
        "http://[::1]:8400/callback",
        "http://localhost:3000/",
        "https://localhost:3000/a?b=c",
        "http://127.8.0.1:5/",
    ],
)
def test_every_redirect_uri_on_this_machine_is_accepted(application: Application, uri: str):
    response = application.submit(application.authorize(redirect_uri=uri), user="ann")
    assert header(response, "Location").startswith(uri)


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        ("https://app.example/callback", True),
        ("https://app.example/callback/", False),
        ("https://app.example:443/callback", False),
        ("https://APP.example/callback", False),
        ("https://app.example/callback?x=1", False),
        ("com.example.app:/callback", True),
        ("http://127.0.0.1:1234/callback", True),
        ("http://127.0.0.1:1234/other", False),
        ("http://localhost:1234/callback", False),
        ("https://127.0.0.1:1234/callback", False),
    ],
)
def test_a_registered_redirect_uri_must_match(
    application: Application, uri: str, is_accepted: bool
):
    application.issuer.add_client(
        "app",
        redirect_uris=[
            "https://app.example/callback",
            "com.example.app:/callback",
            "http://127.0.0.1/callback",
        ],
    )
    assert application.authorize(redirect_uri=uri).status == (200 if is_accepted else 400)


@pytest.mark.parametrize("client_id", [None, "", "x" * 256, "a\nb"])
def test_an_invalid_client_id_is_shown_to_the_user_only(
    application: Application, client_id: str | None
):
    response = application.authorize(client_id=client_id)
    assert response.status == 400
    assert "Location" not in dict(response.headers)


def test_a_repeated_parameter_is_rejected(application: Application):
    query = "client_id=app&client_id=app&redirect_uri=http://127.0.0.1/"
    assert application.send(f"GET /authorize?{query}").status == 400


def test_the_name_in_a_login_hint_is_filled_in(application: Application):
    assert b'value="carol"' in application.authorize(login_hint="carol").body
