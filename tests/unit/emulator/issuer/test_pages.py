"""The issuer's pages contain no injected markup, and do not accept forms from other sites."""

from __future__ import annotations

import re

import pytest
from issuer_application import HOST, Application, header

MARKUP = "\"'><script>alert(1)</script><b x="


def test_a_client_id_is_shown_as_text(application: Application):
    page = application.authorize(client_id=MARKUP).body.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_user_name_is_shown_as_text(application: Application):
    application.sign_in(MARKUP)
    page = application.authorize(login_hint=MARKUP).body.decode()
    assert "<script" not in page
    assert "<b x=" not in page
    # The markup occurs in the value and the text of a button, and in the hint.
    assert page.count("&lt;script&gt;") == 3


def test_a_device_code_is_shown_as_text(application: Application):
    page = application.send("GET /device?user_code=%22%3E%3Cscript%3E").body.decode()
    assert "<script" not in page


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("http://127.0.0.1:8400/callback", "http://127.0.0.1:8400"),
        ("http://[::1]:8400/callback", "http:"),
        ("com.example.app:/callback", "com.example.app:"),
        ("http://localhost:1/;script-src *", "http://localhost:1"),
    ],
)
def test_the_policy_allows_only_the_style_and_the_redirect(
    application: Application, uri: str, source: str
):
    application.issuer.add_client("registered", redirect_uris=["com.example.app:/callback"])
    client_id = "registered" if uri.startswith("com.") else "app"
    page = application.authorize(client_id=client_id, redirect_uri=uri.replace(" ", "%20"))
    policy = header(page, "Content-Security-Policy")
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == f"'self' {source}"
    assert set(directives) == {
        "default-src",
        "style-src",
        "img-src",
        "base-uri",
        "frame-ancestors",
        "form-action",
    }
    assert not re.search(rb"https?://(?!127)", page.body)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_rejected(application: Application, headers: dict[str, str]):
    page = application.authorize()
    assert application.submit(page, headers, user="ann").status == 403
    device = application.start_device()
    device_page = application.send(f"GET /device?user_code={device['user_code']}")
    assert application.submit(device_page, headers, user="ann").status == 403


def test_a_form_needs_the_token_of_the_page(application: Application):
    page = application.authorize()
    for token in ("", "wrong", "\u00e4"):
        assert application.submit(page, form_token=token, user="ann").status == 403
    own = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert application.submit(page, own, user="ann").status == 303


@pytest.mark.parametrize("path", ["/token", "/revoke", "/userinfo", "/device_authorization"])
def test_remote_pages_must_not_use_the_endpoints_for_applications(
    application: Application, path: str
):
    response = application.post(path, {"client_id": "app"}, {"Origin": "https://evil.example"})
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in dict(response.headers)


def test_an_application_on_a_local_page_can_use_the_issuer(application: Application):
    origin = {"Origin": "http://localhost:3000"}
    response = application.send("GET /.well-known/openid-configuration", headers=origin)
    assert header(response, "Access-Control-Allow-Origin") == "http://localhost:3000"
    preflight = application.send("OPTIONS /userinfo", headers=origin)
    assert preflight.status == 204
    assert "Authorization" in header(preflight, "Access-Control-Allow-Headers")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET ", 404),
        ("GET /other", 404),
        ("GET /token", 405),
        ("PUT /authorize", 405),
        ("DELETE /jwks", 405),
        ("POST /authorize", 400),
        ("POST /sign-in", 400),
        ("POST /device", 400),
        ("POST /token", 400),
        ("HEAD /jwks", 200),
    ],
)
def test_path_and_method_determine_the_status(application: Application, line: str, status: int):
    assert application.send(line).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"x" * 70_000,
        b"client_id=" + b"x" * 5000,
        b"&".join(b"p%d=1" % number for number in range(60)),
        b"\xff\xfe=%ff%00",
        b"",
    ],
)
def test_excessive_and_malformed_forms_are_rejected(application: Application, body: bytes):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/authorize", "/sign-in", "/device", "/token", "/revoke", "/device_authorization"):
        assert application.send(f"POST {path}", body, headers).status in (400, 401, 403)
