from __future__ import annotations

import hashlib
import threading
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.browser import (
    Redirect,
    sign_in_by_paste,
    sign_in_by_redirect,
)
from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials.errors import ConfigurationError, LoginTokenError, RequestTimeoutError

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """Goes to the issuer's page in a thread, and comes back as the issuer would send it."""

    def __init__(self, issuer: FakeIssuer, **query: str) -> None:
        self.issuer, self.query = issuer, query
        self.page = ""

    def open(self, url: str) -> None:
        self.asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        self.address = url
        token = self.issuer.id_token(nonce=self.asked["nonce"])
        self.issuer.responses.setdefault("token", json_response(id_token=token, refresh_token="r1"))
        self.thread = threading.Thread(target=self.come_back)
        self.thread.start()

    def ending(self) -> str:
        query = {"state": self.asked["state"], "code": "code-1", **self.query}
        return f"{self.asked['redirect_uri']}?{urlencode(query)}"

    def come_back(self) -> None:
        with OPENER.open(self.ending()) as answer:
            self.headers = answer.headers
            self.page = answer.read().decode()


@pytest.fixture
def issuer():
    return FakeIssuer()


def sign_in(browser, **options):
    try:
        return sign_in_by_redirect(
            browser.issuer.client(), show=browser.open, timeout=20, **options
        )
    finally:
        browser.thread.join()


def test_the_browser_comes_back(issuer):
    browser = Browser(issuer)
    session = sign_in(browser)
    assert (session.subject, session.refresh_token, session.method) == ("user-1", "r1", "oauth")
    assert "<h1>You are signed in</h1>" in browser.page
    assert browser.headers["Referrer-Policy"] == "no-referrer"
    assert browser.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_the_issuer_is_asked(issuer):
    browser = Browser(issuer)
    sign_in(browser)
    asked, (form,) = browser.asked, issuer.forms("token")
    assert browser.address.startswith("https://login.example.com/authorize?")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "app"
    assert asked["scope"] == "openid email"
    assert asked["code_challenge_method"] == "S256"
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == urlsafe_b64encode(digest).decode().rstrip("=")
    assert urlsplit(asked["redirect_uri"]).hostname == "127.0.0.1"
    assert (form["code"], form["redirect_uri"]) == ("code-1", asked["redirect_uri"])
    assert len(asked["state"]) >= 32
    assert asked["nonce"] != asked["state"]


def test_a_user_pool_gets_the_name_that_it_lets_be_registered():
    browser = Browser(FakeIssuer(USER_POOL_URL))
    sign_in(browser)
    assert urlsplit(browser.asked["redirect_uri"]).hostname == "localhost"


def test_a_scope_of_the_users(issuer):
    browser = Browser(issuer)
    sign_in(browser, scope="openid groups")
    assert browser.asked["scope"] == "openid groups"


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ({"iss": "https://evil.example"}, LoginTokenError, "from another issuer"),
        ({"error": "access_denied"}, RefusedError, "access_denied"),
        (
            {"error": "x", "error_description": "<script>alert(1)</script>"},
            RefusedError,
            "<script>",
        ),
        ({"code": ""}, LoginTokenError, "without a code"),
    ],
)
def test_what_came_back_is_refused(issuer, query, error, message):
    browser = Browser(issuer, **query)
    with pytest.raises(error, match=message) as caught:
        sign_in(browser)
    assert caught.value.hint
    assert "You are not signed in" in browser.page
    assert "<script" not in browser.page
    assert not issuer.forms("token")


@pytest.mark.parametrize("query", ["", "?code=1", "?code=1&state=", "?error=x&state=another"])
def test_who_comes_from_another_sign_in_does_not_end_this_one(issuer, query):
    pages = []

    class Restored(Browser):
        def come_back(self):
            with pytest.raises(urllib.error.HTTPError, match="400") as caught:
                OPENER.open(self.asked["redirect_uri"] + query)
            with caught.value as answer:
                pages.append(answer.read().decode())
            super().come_back()

    assert sign_in(Restored(issuer)).subject == "user-1"
    assert "This is another sign-in" in pages[0]
    assert [form["code"] for form in issuer.forms("token")] == ["code-1"]


def test_an_issuer_that_names_itself_in_each_answer_has_to():
    issuer = FakeIssuer(authorization_response_iss_parameter_supported=True)
    with pytest.raises(LoginTokenError, match="from another issuer"):
        sign_in(Browser(issuer))
    assert not issuer.forms("token")
    issuer.responses.pop("token", None)
    assert sign_in(Browser(issuer, iss=issuer.url)).subject == "user-1"


def test_another_attempts_token(issuer):
    issuer.responses["token"] = json_response(id_token=issuer.id_token(nonce="another"))
    browser = Browser(issuer)
    with pytest.raises(LoginTokenError, match="nonce"):
        sign_in(browser)
    assert "You are not signed in" in browser.page


def test_a_code_that_is_refused(issuer):
    text = {"error": "invalid_grant", "error_description": "code-1 was used"}
    issuer.responses["token"] = json_response(400, **text)
    with pytest.raises(RefusedError, match="invalid_grant: … was used") as caught:
        sign_in(Browser(issuer))
    assert "http://127.0.0.1:" in caught.value.hint


def test_the_browser_is_closed(issuer):
    with pytest.raises(RequestTimeoutError, match=r"within 0\.01 seconds") as caught:
        sign_in_by_redirect(issuer.client(), show=lambda url: None, timeout=0.01)
    assert "--no-browser" in caught.value.hint


def test_an_issuer_without_pages():
    issuer = FakeIssuer(USER_POOL_URL, authorization_endpoint=None)
    with pytest.raises(ConfigurationError, match="no authorization_endpoint") as caught:
        sign_in_by_redirect(issuer.client(), show=lambda url: None, timeout=1)
    assert "--password" in caught.value.hint


def test_a_port_that_is_taken(issuer):
    with (
        Redirect(0) as other,
        pytest.raises(ConfigurationError, match=f"port {other.port}") as caught,
    ):
        sign_in_by_redirect(issuer.client(), show=lambda url: None, timeout=1, port=other.port)
    assert "--redirect-port" in caught.value.hint


def test_a_port_that_is_none(issuer):
    with pytest.raises(ConfigurationError, match=r"port 70000 .* no such port"):
        sign_in_by_redirect(issuer.client(), show=lambda url: None, timeout=1, port=70000)


def test_a_port_that_is_given(issuer):
    with Redirect(0) as other:
        port = other.port
    for _ in range(2):  # and at once again, while its connections are still being forgotten
        browser = Browser(issuer)
        sign_in(browser, port=port)
        assert urlsplit(browser.asked["redirect_uri"]).port == port
        del issuer.responses["token"]


def test_other_visits_are_not_the_browsers():
    with Redirect(0) as redirect:
        for path in ("/", "/favicon.ico", "/callback/x?code=1"):
            with pytest.raises(urllib.error.HTTPError, match="404") as caught:
                OPENER.open(f"http://127.0.0.1:{redirect.port}{path}")
            caught.value.close()
        assert redirect.visits.empty()


def test_an_address_that_is_pasted(issuer):
    browser = Browser(issuer)

    def show(url):
        browser.come_back = lambda: None
        browser.open(url)

    session = sign_in_by_paste(issuer.client(), show=show, ask=lambda: f" {browser.ending()}\n")
    assert session.refresh_token == "r1"


def test_an_address_of_another_attempt_is_pasted(issuer):
    with pytest.raises(LoginTokenError, match="from another sign-in"):
        sign_in_by_paste(
            issuer.client(), show=lambda url: None, ask=lambda: "http://127.0.0.1:1/?code=1"
        )
