from __future__ import annotations

import hashlib
import re
import threading
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.browser import sign_in_by_paste, sign_in_by_redirect
from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.redirect_listener import RedirectListener
from cognito_credentials.errors import ConfigurationError, LoginTokenError, RequestTimeoutError

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """Browser that opens the sign-in page and then, in a thread, the issuer's redirect.

    Args:
        issuer: The issuer.
        query: Additional parameters of the redirect URL.
    """

    def __init__(self, issuer: FakeIssuer, **query: str) -> None:
        self.issuer = issuer
        self.query = query
        self.page = ""

    def open(self, url: str) -> None:
        self.url = url
        self.parameters = {name: v[0] for name, v in parse_qs(urlsplit(url).query).items()}
        token = self.issuer.id_token(nonce=self.parameters["nonce"])
        self.issuer.responses.setdefault("token", json_response(id_token=token, refresh_token="r1"))
        self.thread = threading.Thread(target=self.follow_redirect)
        self.thread.start()

    def redirect_url(self) -> str:
        query = {"state": self.parameters["state"], "code": "code-1", **self.query}
        return f"{self.parameters['redirect_uri']}?{urlencode(query)}"

    def follow_redirect(self) -> None:
        with OPENER.open(self.redirect_url()) as response:
            self.headers = response.headers
            self.page = response.read().decode()


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


def ignore(url):
    """Open no page."""


def test_the_redirect_of_the_browser_ends_the_sign_in(issuer):
    browser = Browser(issuer)
    session = sign_in(browser)
    assert (session.subject, session.refresh_token, session.method) == ("user-1", "r1", "oauth")
    assert "You are signed in" in browser.page
    assert browser.headers["Referrer-Policy"] == "no-referrer"
    assert browser.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_authorization_request_uses_pkce_and_unguessable_values(issuer):
    browser = Browser(issuer)
    sign_in(browser)
    parameters, (form,) = browser.parameters, issuer.forms("token")
    assert browser.url.startswith("https://login.example.com/authorize?")
    assert parameters["response_type"] == "code"
    assert parameters["client_id"] == "app"
    assert parameters["scope"] == "openid email"
    assert parameters["code_challenge_method"] == "S256"
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert parameters["code_challenge"] == urlsafe_b64encode(digest).decode().rstrip("=")
    assert urlsplit(parameters["redirect_uri"]).hostname == "127.0.0.1"
    assert (form["code"], form["redirect_uri"]) == ("code-1", parameters["redirect_uri"])
    assert len(parameters["state"]) >= 32
    assert parameters["nonce"] != parameters["state"]


def test_the_redirect_uri_of_a_user_pool_contains_localhost():
    browser = Browser(FakeIssuer(USER_POOL_URL))
    sign_in(browser)
    assert urlsplit(browser.parameters["redirect_uri"]).hostname == "localhost"


def test_the_scope_of_the_user_replaces_the_default_scope(issuer):
    browser = Browser(issuer)
    sign_in(browser, scope="openid groups")
    assert browser.parameters["scope"] == "openid groups"


# --- rejected redirects -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ({"iss": "https://evil.example"}, LoginTokenError, "another issuer"),
        ({"error": "access_denied"}, IssuerError, "access_denied"),
        (
            {"error": "x", "error_description": "<script>alert(1)</script>"},
            IssuerError,
            "<script>",
        ),
        ({"code": ""}, LoginTokenError, "authorization code"),
    ],
)
def test_a_redirect_with_an_error_ends_the_sign_in(issuer, query, error, message):
    browser = Browser(issuer, **query)
    with pytest.raises(error, match=message) as caught:
        sign_in(browser)
    assert caught.value.hint
    assert "You are not signed in" in browser.page
    assert "<script" not in browser.page
    assert not issuer.forms("token")


@pytest.mark.parametrize("query", ["", "?code=1", "?code=1&state=", "?error=x&state=another"])
def test_a_redirect_of_another_sign_in_does_not_end_this_one(issuer, query):
    pages = []

    class BrowserWithRestoredTab(Browser):
        def follow_redirect(self):
            with pytest.raises(urllib.error.HTTPError, match="400") as caught:
                OPENER.open(self.parameters["redirect_uri"] + query)
            with caught.value as response:
                pages.append(response.read().decode())
            super().follow_redirect()

    assert sign_in(BrowserWithRestoredTab(issuer)).subject == "user-1"
    assert "another sign-in" in pages[0]
    assert [form["code"] for form in issuer.forms("token")] == ["code-1"]


def test_the_redirect_must_name_the_issuer_if_the_metadata_promises_it():
    issuer = FakeIssuer(authorization_response_iss_parameter_supported=True)
    with pytest.raises(LoginTokenError, match="another issuer"):
        sign_in(Browser(issuer))
    assert not issuer.forms("token")
    issuer.responses.pop("token", None)
    assert sign_in(Browser(issuer, iss=issuer.url)).subject == "user-1"


def test_an_id_token_with_another_nonce_ends_the_sign_in(issuer):
    issuer.responses["token"] = json_response(id_token=issuer.id_token(nonce="another"))
    browser = Browser(issuer)
    with pytest.raises(LoginTokenError, match="nonce"):
        sign_in(browser)
    assert "You are not signed in" in browser.page


def test_a_rejected_authorization_code_is_reported_with_the_redirect_uri(issuer):
    error = {"error": "invalid_grant", "error_description": "code-1 was used"}
    issuer.responses["token"] = json_response(400, **error)
    with pytest.raises(IssuerError, match=r"invalid_grant: .hidden. was used") as caught:
        sign_in(Browser(issuer))
    assert "http://127.0.0.1:" in caught.value.hint


def test_the_sign_in_times_out_if_the_browser_does_not_return(issuer):
    with pytest.raises(RequestTimeoutError) as caught:
        sign_in_by_redirect(issuer.client(), show=ignore, timeout=0.01)
    assert "--no-browser" in caught.value.hint


def test_a_user_pool_without_sign_in_pages_is_rejected_with_the_alternative():
    issuer = FakeIssuer(USER_POOL_URL, authorization_endpoint=None)
    with pytest.raises(ConfigurationError, match="authorization_endpoint") as caught:
        sign_in_by_redirect(issuer.client(), show=ignore, timeout=1)
    assert "--password" in caught.value.hint


def test_an_issuer_without_sign_in_pages_is_rejected_with_the_alternative():
    issuer = FakeIssuer(authorization_endpoint=None)
    with pytest.raises(ConfigurationError, match="authorization_endpoint") as caught:
        sign_in_by_redirect(issuer.client(), show=ignore, timeout=1)
    assert "--device" in caught.value.hint
    assert "--password" not in caught.value.hint


# --- the port -----------------------------------------------------------------------------------


def test_a_port_in_use_is_rejected(issuer):
    with (
        RedirectListener(0) as other,
        pytest.raises(ConfigurationError, match=f"port {other.port}") as caught,
    ):
        sign_in_by_redirect(issuer.client(), show=ignore, timeout=1, port=other.port)
    assert "--redirect-port" in caught.value.hint


def test_a_fixed_port_can_be_used_again_at_once(issuer):
    with RedirectListener(0) as other:
        port = other.port
    for _ in range(2):
        browser = Browser(issuer)
        sign_in(browser, port=port)
        assert urlsplit(browser.parameters["redirect_uri"]).port == port
        del issuer.responses["token"]


@pytest.mark.parametrize("path", ["/", "/oauth2/idpresponse", "/a/b/"])
def test_the_path_of_the_callback_url_can_be_chosen(issuer, path):
    browser = Browser(issuer)
    sign_in(browser, path=path)
    uri = browser.parameters["redirect_uri"]
    assert urlsplit(uri).path == path
    assert issuer.forms("token")[0]["redirect_uri"] == uri
    assert "You are signed in" in browser.page


def test_the_callback_url_to_register_is_announced_before_the_page_opens():
    issuer, events = FakeIssuer(USER_POOL_URL), []
    browser = Browser(issuer)

    def show(url):
        events.append("show")
        browser.open(url)

    sign_in_by_redirect(
        issuer.client(), show=show, announce=events.append, path="/done", timeout=20
    )
    browser.thread.join()
    assert browser.parameters["redirect_uri"] in events[0]
    assert "--redirect-port" in events[0]
    assert events[1:] == ["show"]


def test_a_fixed_port_is_announced_without_advice_to_fix_it(issuer):
    with RedirectListener(0) as other:
        port = other.port
    announced = []
    sign_in(Browser(issuer), port=port, announce=announced.append)
    assert f"http://127.0.0.1:{port}/callback" in announced[0]
    assert "--redirect-port" not in announced[0]


def test_the_callback_url_is_named_again_if_the_browser_does_not_return(issuer):
    announced = []
    with pytest.raises(RequestTimeoutError) as caught:
        sign_in_by_redirect(issuer.client(), show=ignore, announce=announced.append, timeout=0.01)
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+/callback", announced[0])
    assert url in caught.value.hint
    assert "--redirect-port" in caught.value.hint


def test_google_needs_no_registered_callback_url():
    issuer, announced = FakeIssuer("https://accounts.google.com"), []
    with pytest.raises(RequestTimeoutError) as caught:
        sign_in_by_redirect(issuer.client(), show=ignore, announce=announced.append, timeout=0.01)
    assert announced == []
    assert "callback" not in caught.value.hint


# --- pasted URLs --------------------------------------------------------------------------------


class RemoteBrowser(Browser):
    """Browser on another machine, which cannot open the redirect URI."""

    def follow_redirect(self) -> None:
        pass


def test_a_pasted_redirect_url_ends_the_sign_in(issuer):
    browser = RemoteBrowser(issuer)
    session = sign_in_by_paste(
        issuer.client(), show=browser.open, ask=lambda: f" {browser.redirect_url()}\n"
    )
    assert session.refresh_token == "r1"
    assert urlsplit(browser.parameters["redirect_uri"]).port == 1


def test_the_port_of_a_pasted_redirect_url_can_be_fixed(issuer):
    browser = RemoteBrowser(issuer)
    announced = []
    sign_in_by_paste(
        issuer.client(),
        show=browser.open,
        ask=browser.redirect_url,
        announce=announced.append,
        port=8400,
        path="/done",
    )
    assert browser.parameters["redirect_uri"] == "http://127.0.0.1:8400/done"
    assert browser.parameters["redirect_uri"] in announced[0]


@pytest.mark.parametrize("text", ["http://127.0.0.1:1/?code=1", "", "code-1", "http://[::1"])
def test_a_pasted_text_that_is_not_the_redirect_url_is_rejected(issuer, text):
    with pytest.raises(LoginTokenError):
        sign_in_by_paste(issuer.client(), show=ignore, ask=lambda: text)


def test_the_user_can_paste_again_after_pasting_only_the_code(issuer):
    browser, problems, texts = RemoteBrowser(issuer), [], ["code-1"]

    def offer_retry(problem):
        problems.append(problem)
        return True

    session = sign_in_by_paste(
        issuer.client(),
        show=browser.open,
        ask=lambda: texts.pop() if texts else browser.redirect_url(),
        offer_retry=offer_retry,
    )
    assert session.refresh_token == "r1"
    (problem,) = problems
    assert browser.parameters["redirect_uri"] in problem


def test_the_query_of_the_redirect_url_is_enough(issuer):
    browser = RemoteBrowser(issuer)
    session = sign_in_by_paste(
        issuer.client(), show=browser.open, ask=lambda: browser.redirect_url().partition("?")[2]
    )
    assert session.refresh_token == "r1"
