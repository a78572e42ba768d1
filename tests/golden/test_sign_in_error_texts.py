"""Wording of the errors, pages and log records of `_sign_in`."""

from __future__ import annotations

import re
import sys
import urllib.request
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fake_issuer import OTHER_KEY, USER_POOL_URL, FakeIssuer, json_response
from golden import assert_golden, error_texts

from cognito_credentials import FileToken
from cognito_credentials._core.error_catalog.sign_in_errors import SIGN_IN_ERRORS
from cognito_credentials._sign_in.browser import (
    sign_in_by_paste,
    sign_in_by_redirect,
)
from cognito_credentials._sign_in.client import import_login_module
from cognito_credentials._sign_in.device import sign_in_with_device_code
from cognito_credentials._sign_in.issuers import normalize_issuer
from cognito_credentials._sign_in.redirect_listener import RedirectListener
from cognito_credentials._sign_in.refresh import refresh_session
from cognito_credentials._sign_in.session_token import SessionToken
from cognito_credentials._sign_in.sessions import FILE, KEYCHAIN, Session, Sessions
from cognito_credentials._sign_in.user_pool import UserPoolApi, sign_in_with_password
from cognito_credentials.errors import CognitoCredentialsError, TransportError
from cognito_credentials.ports import HttpResponse

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
AUTHORIZATION = json_response(
    device_code="device-code-1",
    user_code="ABCD-EFGH",
    verification_uri="https://login.example.com/activate",
)


def oauth_error(code, description=None):
    return json_response(400, error=code, error_description=description)


def ignore(*texts):
    """Ignore the URL or code that a sign-in shows to the user."""


# --- issuers and metadata -----------------------------------------------------------------------


def test_issuers_texts():
    texts = [
        "google",
        "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
        "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example",
        "us-east-1_Ex:ample",
        "login.example.com:99999",
        "ann:password@login.example.com",
        "https://login.example.com:99999",
        "https://login.example.com/?tenant=1",
        "https://ann:password@login.example.com",
        "http://login.example.com",
        "ftp://login.example.com",
    ]
    cases = {text: lambda text=text: normalize_issuer(text, "option --issuer") for text in texts}
    assert_golden("sign_in_issuers", error_texts(cases))


def test_metadata_texts():
    def discover(*, response=None, **metadata):
        def request():
            issuer = FakeIssuer(**metadata)
            if response is not None:
                issuer.responses["openid-configuration"] = response
            issuer.client().endpoint("token_endpoint", "Do this.")

        return request

    cases = {
        "another issuer": discover(issuer="https://evil.example\x1b[2J"),
        "no issuer": discover(issuer=None),
        "no endpoint": discover(token_endpoint=None),
        "an endpoint without TLS": discover(token_endpoint="http://login.example.com/token"),
        "an endpoint on this machine": discover(token_endpoint="https://localhost/token"),
        "an endpoint with an invalid port": discover(token_endpoint="https://a.example:99999/x"),
        "an endpoint that is not text": discover(token_endpoint=7),
        "a page instead of metadata": discover(response=HttpResponse(200, {}, b"<html>")),
        "an error instead of metadata": discover(response=json_response(404)),
    }
    assert_golden("sign_in_metadata", error_texts(cases))


# --- tokens -------------------------------------------------------------------------------------


def test_token_responses_texts(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "authlib.oauth2.client", None)

    def request(response, **options):
        def request_tokens():
            monkeypatch.undo()
            monkeypatch.chdir(tmp_path)
            issuer = FakeIssuer()
            issuer.responses["token"] = response
            client = issuer.client(**options)
            client.request_tokens("refresh_token", "Sign in again.", refresh_token="token-1")

        return request_tokens

    def request_with_missing_secret():
        client = FakeIssuer().client()
        client.application.secret = FileToken("missing")
        client.request_tokens("refresh_token", refresh_token="token-1")

    cases = {
        "a missing package": lambda: import_login_module("authlib.oauth2.client"),
        "an error": request(oauth_error("invalid_grant")),
        "an error with a description": request(
            oauth_error("invalid_grant", "token-1 has\nexpired")
        ),
        "an error without a code": request(oauth_error(None)),
        "an error about the client secret": request(oauth_error("invalid_client")),
        "an error about the configured client secret": request(
            oauth_error("invalid_client"), secret="secret-1"
        ),
        "an error about the scope": request(oauth_error("invalid_scope")),
        **{
            f"{entry.code} with a hint of the caller": request(oauth_error(entry.code))
            for entry in SIGN_IN_ERRORS
            if entry.code and not entry.code.endswith("Exception")
        },
        "a page": request(HttpResponse(200, {}, b"<html>")),
        "a server error": request(json_response(503)),
        "an invalid lifetime": request(json_response(id_token="t", expires_in="soon")),
        "a missing client secret": request_with_missing_secret,
    }
    assert_golden("sign_in_tokens", error_texts(cases))


def test_id_tokens_texts():
    issuer = FakeIssuer()
    client = issuer.client()
    previous = client.create_session({"id_token": issuer.id_token()}, method="oauth")

    def create(token, **options):
        return lambda: client.create_session({"id_token": token}, method="oauth", **options)

    invalid_claims = {
        "iss": "https://evil.example",
        "aud": "another",
        "azp": "another",
        "exp": "soon",
        "sub": "",
    }
    cases = {
        "no ID token": create(None),
        "another key": create(issuer.id_token(OTHER_KEY)),
        **{
            name: create(issuer.id_token(**{name: value})) for name, value in invalid_claims.items()
        },
        "expired": create(issuer.id_token(exp=1)),
        "nonce": create(issuer.id_token(), nonce="n"),
        "another user": create(issuer.id_token(sub="user-2"), previous=previous),
    }
    assert_golden("sign_in_id_tokens", error_texts(cases))


# --- the browser and other devices --------------------------------------------------------------


def paste(issuer, **parameters):
    """Return a function that signs in by pasting a redirect URL with these parameters."""

    def sign_in():
        urls = []

        def ask():
            query = {name: v[0] for name, v in parse_qs(urlsplit(urls[0]).query).items()}
            pasted = {"state": query["state"], "code": "code-1", **parameters}
            return f"{query['redirect_uri']}?{urlencode(pasted)}"

        sign_in_by_paste(issuer.client(), show=urls.append, ask=ask)

    return sign_in


def redirect(*, issuer=None, timeout=0.01, port=0):
    return lambda: sign_in_by_redirect(
        (issuer or FakeIssuer()).client(), show=ignore, timeout=timeout, port=port
    )


def test_browser_texts():
    issuer = FakeIssuer()
    issuer.responses["token"] = oauth_error("invalid_grant", "code-1 was used")
    without_domain = FakeIssuer(USER_POOL_URL, authorization_endpoint=None)
    with RedirectListener(0) as other:
        cases = {
            "the authorization code alone": lambda: sign_in_by_paste(
                issuer.client(), show=ignore, ask=lambda: "code-1"
            ),
            "another sign-in": paste(issuer, state="another"),
            "another issuer": paste(issuer, iss="https://evil.example"),
            "an error": paste(issuer, error="access_denied", error_description="Denied by ann"),
            "no authorization code": paste(issuer, code=""),
            "a rejected authorization code": paste(issuer),
            "no redirect": redirect(),
            "no redirect of Google": redirect(issuer=FakeIssuer("https://accounts.google.com")),
            "no sign-in pages": redirect(issuer=FakeIssuer(authorization_endpoint=None)),
            "a user pool without a domain": redirect(issuer=without_domain),
            "a port in use": redirect(port=other.port),
            "a port out of range": redirect(port=70000),
        }
        texts = error_texts(cases).replace(f"port {other.port} ", "port PORT ")
        texts = re.sub(r"127\.0\.0\.1:\d{2,}/", "127.0.0.1:PORT/", texts)
    assert_golden("sign_in_browser", texts)


def test_pages_texts():
    def visible_text(response):
        page = response.read().decode()
        return re.sub(
            r"\s+", " ", re.sub(r"<(title|style)>.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
        )

    def visit(issuer, *, is_restored=False, **parameters):
        texts = []

        def open_pages(url):
            query = {name: v[0] for name, v in parse_qs(urlsplit(url).query).items()}
            token = issuer.id_token(nonce=query["nonce"])
            issuer.responses["token"] = json_response(id_token=token)
            expected = {"state": query["state"], "code": "code-1", **parameters}
            for state in ("another", query["state"]) if is_restored else (query["state"],):
                page_url = f"{query['redirect_uri']}?{urlencode({**expected, 'state': state})}"
                try:
                    with OPENER.open(page_url) as response:
                        texts.append(visible_text(response))
                except urllib.error.HTTPError as error:
                    with error:
                        texts.append(visible_text(error))

        def show(url):
            nonlocal thread
            thread = Thread(target=open_pages, args=(url,))
            thread.start()

        thread = None
        try:
            sign_in_by_redirect(issuer.client(), show=show, timeout=20)
        except CognitoCredentialsError as error:
            texts.append(f"({error.message})")
        thread.join()
        return texts

    texts = [
        *visit(FakeIssuer(), is_restored=True),
        *visit(FakeIssuer(), error="access_denied", error_description="<b>Denied</b>"),
    ]
    assert_golden("sign_in_pages", "\n".join(text.strip() for text in texts) + "\n")


def test_devices_texts():
    def sign_in(authorization, *responses, **metadata):
        issuer = FakeIssuer(**metadata)
        issuer.responses["device"] = authorization
        issuer.responses["token"] = [*responses]
        return lambda: sign_in_with_device_code(issuer.client(), show=ignore, timeout=20)

    cases = {
        "not supported": sign_in(None, device_authorization_endpoint=None),
        "not allowed": sign_in(oauth_error("unauthorized_client")),
        "no device code": sign_in(json_response()),
        "denied": sign_in(AUTHORIZATION, oauth_error("access_denied")),
        "expired": sign_in(AUTHORIZATION, oauth_error("expired_token")),
        "not entered": sign_in(AUTHORIZATION, *[oauth_error("authorization_pending")] * 9),
    }
    assert_golden("sign_in_devices", error_texts(cases))


# --- user pools ---------------------------------------------------------------------------------


class Prompter:
    """User who enters one password, one code and one new password, and must not be prompted again."""

    def password(self):
        return "Correct-horse-7"

    def code(self, kind):
        return "123456"

    def new_password(self):
        return "New-password-8"

    def offer_retry(self, subject, problem=""):
        return False


def test_user_pools_texts():
    def sign_in(*responses):
        def sign_in_to_pool():
            pool = FakeIssuer(USER_POOL_URL)
            pool.responses[""] = [*responses]
            sign_in_with_password(UserPoolApi(pool.client()), "ann", Prompter())

        return sign_in_to_pool

    def error(code, message="Message of the service."):
        return json_response(400, __type=code, message=message)

    def challenge(name):
        return json_response(ChallengeName=name, ChallengeParameters={"SALT": "?"}, Session="s")

    cases = {
        "not a user pool": lambda: UserPoolApi(FakeIssuer().client()),
        "an invalid endpoint": lambda: UserPoolApi(
            FakeIssuer(USER_POOL_URL).client(endpoint_url="https://a.example:99999")
        ),
        **{
            f"{entry.code} {entry.example}".strip(): sign_in(
                error(entry.code or "NotAuthorizedException", entry.example)
            )
            for entry in SIGN_IN_ERRORS
            if entry.code.endswith("Exception") or not entry.code
        },
        "another error": sign_in(error("com.amazonaws#ForbiddenException")),
        "an error without a code": sign_in(json_response(501)),
        "a session that has ended": sign_in(
            challenge("SMS_MFA"), error("NotAuthorizedException", "Invalid session for the user.")
        ),
        "a malformed challenge": sign_in(challenge("PASSWORD_VERIFIER")),
        "an unsupported challenge": sign_in(challenge("MFA_SETUP")),
    }
    assert_golden("sign_in_user_pools", error_texts(cases))


# --- sessions -----------------------------------------------------------------------------------


class LockedKeychain:
    def get_password(self, service, username):
        raise RuntimeError("this text could contain a secret")


def create_session(client, refresh_token="refresh-token-1"):
    return Session(
        client.session_key,
        id_token="id-token-1",
        refresh_token=refresh_token,
        expires_at=client.clock.now() + 3600,
        method="oauth",
        subject="user-1",
    )


def create_token(client, sessions, clock):
    return SessionToken(
        client.session_key,
        sessions=sessions,
        refresh=lambda session: refresh_session(client, session),
        clock=clock,
        login_command="cognito-credentials login --profile game",
    )


def test_sessions_texts():
    issuer = FakeIssuer()
    client, clock, sessions = issuer.client(), issuer.clock, Sessions()

    def use(*, refresh_token="refresh-token-1", remove=False, response=None):
        def use_session():
            sessions.save(create_session(client, refresh_token), FILE)
            token = create_token(client, sessions, clock)
            clock.advance(3601)
            if remove:
                sessions.remove(client.session_key)
            issuer.responses["token"] = response
            token(refresh=remove)

        return use_session

    def lock_twice():
        key = client.session_key
        with sessions.lock(key, clock), Sessions().lock(key, clock):
            pytest.fail("the lock was acquired twice")

    cases = {
        "not signed in": lambda: create_token(client, sessions, clock),
        "signed out meanwhile": use(remove=True),
        "no refresh token": use(refresh_token=""),
        "a rejected refresh token": use(response=oauth_error("invalid_grant", "Token expired.")),
        "a failed request": use(response=TransportError("no route", hint="Try again.")),
        "a lock that is not released": lock_twice,
        "a locked keychain": lambda: Sessions(backend=LockedKeychain()).choose_location(KEYCHAIN),
    }
    assert_golden("sign_in_sessions", error_texts(cases))


def test_log_texts(home, caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    issuer = FakeIssuer()
    issuer.responses["device"] = AUTHORIZATION
    tokens = json_response(id_token=issuer.id_token(), refresh_token="refresh-token-1")
    issuer.responses["token"] = [oauth_error("authorization_pending"), tokens]
    client, sessions = issuer.client(), Sessions()
    sessions.find(client.session_key)
    session = sign_in_with_device_code(client, show=ignore, timeout=60)
    sessions.save(session, FILE)
    token = create_token(client, sessions, issuer.clock)
    issuer.clock.advance(3541)
    issuer.responses["token"] = TransportError("no route")
    token()
    issuer.responses["token"] = json_response(id_token=issuer.id_token(n=2))
    token()
    sessions.remove(client.session_key)
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = json_response()
    UserPoolApi(pool.client()).revoke("refresh-token-1")
    lines = "\n".join(f"{record.levelname}: {record.getMessage()}" for record in caplog.records)
    lines = lines.replace(str(home), "HOME")
    lines = re.sub(r"(in|after) \d+ ms", r"\1 N ms", lines)
    assert_golden("sign_in_log", re.sub(r"[0-9a-f]{64}", "DIGEST", lines) + "\n")
