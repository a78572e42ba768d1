"""Wording of the output of `login` and `logout`."""

from __future__ import annotations

import datetime
import io

import pytest
from fake_issuer import FakeIssuer
from golden import assert_golden, error_texts

from cognito_credentials._sign_in.browser import CallbackUrl
from cognito_credentials._sign_in.sessions import FILE, Session, SessionKey, Sessions
from cognito_credentials.cli.commands import login
from cognito_credentials.cli.endpoint import sign_in_page
from cognito_credentials.cli.program import main

ISSUER = "https://login.example.com"
SESSION = ("--issuer", ISSUER, "--client-id", "app")
COMMAND_LINES = [
    ("login",),
    ("login", *SESSION, "--timeout", "0"),
    ("login", *SESSION, "--timeout", "nan"),
    ("login", *SESSION, "--scope", "openid", "--password"),
    ("login", *SESSION, "--username", "ann", "--no-browser"),
    ("logout", *SESSION),
    ("logout", "--all"),
    ("logout", "--all", "--client-secret", "env:SECRET"),
]


def create_session(user: str = "", refresh_token: str = "") -> Session:
    return Session(
        SessionKey(ISSUER, "app", user),
        id_token="t",
        refresh_token=refresh_token,
        expires_at=datetime.datetime(2030, 5, 17, 12, 30).astimezone().timestamp(),
        method="oauth",
        subject="user-1",
        name="Ann",
    )


def test_texts_of_command_lines(capsys):
    texts = []
    for words in COMMAND_LINES:
        status = main(words)
        out, err = capsys.readouterr()
        texts.append(f"$ cognito-credentials {' '.join(words)}\n{out}{err}Exit status: {status}\n")
    assert_golden("sign_in_command_lines", "\n".join(texts))


def test_texts_of_logout(capsys):
    for user in ("", "ben", "eve"):
        Sessions().save(create_session(user), FILE)
    assert main(["logout", *SESSION, "--user", "ada"]) == 0
    assert main(["logout", *SESSION, "--user", "ben"]) == 0
    assert main(["logout", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines(keepends=True)
    assert_golden("sign_in_logout", "".join(sorted(lines)))  # Sessions are not sorted.


def test_texts_of_a_refresh_token_that_cannot_be_revoked(capsys, monkeypatch):
    Sessions().save(create_session(refresh_token="r"), FILE)
    monkeypatch.setattr("cognito_credentials._sign_in.refresh.revoke_session", lambda *_: False)
    assert main(["logout", *SESSION]) == 1
    out, err = capsys.readouterr()
    assert_golden("sign_in_not_revoked", out + err)


@pytest.mark.parametrize("is_complete", [True, False])
def test_texts_of_sign_in_methods(capsys, is_complete):
    url = f"{ISSUER}/authorize?client_id=app"
    login.show_url(url)
    login.show_code(f"{ISSUER}/device", "ABCD-EFGH", f"{ISSUER}/device/ABCD" if is_complete else "")
    name = "sign_in_methods" if is_complete else "sign_in_methods_without_complete_url"
    assert_golden(name, capsys.readouterr().err)


def test_texts_of_callback_urls():
    issuers = {
        "user pool": "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example",
        "other issuer": "login.example.com",
        "Google": "accounts.google.com",
        "Entra": "login.microsoftonline.com/1/v2.0",
    }
    blocks = []
    for title, provider_name in issuers.items():
        for port in (0, 8400):
            text = CallbackUrl(provider_name, port, "/callback").announcement(51234)
            blocks.append(f"## {title}, {f'port {port}' if port else 'any port'}\n{text}\n")
    assert_golden("sign_in_callback_urls", "\n".join(blocks))


def test_texts_of_a_browser(capsys, monkeypatch):
    monkeypatch.setattr(sign_in_page, "_start_browser", lambda _path: None)
    with sign_in_page.make_page_opener() as open_page:
        open_page(f"{ISSUER}/authorize?client_id=app")
    assert_golden("sign_in_opened_browser", capsys.readouterr().err)


def test_texts_of_a_sign_in_as_another_user(capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    previous, session = create_session(), create_session()
    session.subject = "user-2"
    texts = []
    for name in ("Eve", "Ann"):
        session.name = name
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        confirm = {f"{name} instead of Ann": lambda: login._confirm_other_user(previous, session)}
        errors = error_texts(confirm)
        texts += capsys.readouterr().err, errors
    assert_golden("sign_in_other_user", "\n".join(texts))


def test_texts_about_the_lifetime_of_a_session():
    client = FakeIssuer().client()
    offline = FakeIssuer(scopes_supported=["openid", "offline_access"]).client()
    texts = [
        login.describe_lifetime(create_session(refresh_token="r"), client),
        login.describe_lifetime(create_session(), client),
        login.describe_lifetime(create_session(), offline),
    ]
    assert_golden("sign_in_lifetime", "\n".join(texts) + "\n")
