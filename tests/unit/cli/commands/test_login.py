from __future__ import annotations

import datetime
import io
import sys

import pytest
from fake_issuer import FakeIssuer

from cognito_credentials._sign_in.sessions import Session, SessionKey, Sessions
from cognito_credentials.cli.commands import login
from cognito_credentials.cli.program import main

SESSION = ("--issuer", "https://login.example.com", "--client-id", "app")
ISSUER = ["--issuer", "http://127.0.0.1:1", "--client-id", "app"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "86401"])
def test_an_invalid_timeout_is_rejected(capsys, seconds):
    assert main(["login", *ISSUER, "--timeout", seconds]) == 2
    assert "option --timeout" in capsys.readouterr().err


def test_methods_exclude_each_other(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["login", "--device", "--password"])
    assert caught.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_an_issuer_is_required(capsys):
    assert main(["login"]) == 2
    err = capsys.readouterr().err
    assert "no issuer" in err
    assert all(name in err for name in ("--issuer", "cognito_issuer", "AWS_COGNITO_ISSUER"))


def test_a_password_is_rejected_for_an_issuer_that_is_not_a_user_pool(capsys):
    assert main(["login", *ISSUER, "--password", "--username", "ann", "--store", "file"]) == 2
    assert "is not a user pool" in capsys.readouterr().err


def test_a_user_name_implies_a_password(capsys):
    assert main(["login", *ISSUER, "--username", "ann", "--store", "file"]) == 2
    assert "is not a user pool" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--username=ann", "--device"),
        ("--username=ann", "--no-browser"),
        ("--scope=openid", "--password"),
        ("--redirect-port=80", "--password"),
        ("--redirect-port=80", "--device"),
        ("--redirect-path=/x", "--password"),
        ("--redirect-path=/x", "--device"),
    ],
)
def test_an_option_that_does_not_apply_to_the_method_is_rejected(words, capsys):
    assert main(["login", *ISSUER, *words]) == 2
    err = capsys.readouterr().err
    assert words[0].partition("=")[0] in err
    assert words[1] in err


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("pycognito", ("--username", "ada")),
        ("authlib", ()),
        ("authlib", ("--device",)),
        ("authlib", ("--no-browser",)),
        ("joserfc", ("--username", "ada")),
        ("joserfc", ()),
    ],
)
def test_a_missing_package_is_reported_before_the_first_question(
    package, words, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("sys.stdin", Terminal("y\nada\n"))
    assert main(["login", "--issuer", "us-east-1_Example", "--client-id", "app", *words]) == 2
    err = capsys.readouterr().err
    assert f"{package} is not installed" in err
    assert "cognito-credentials[cli]" in err
    assert "?" not in err


def test_without_keyring_and_a_terminal_the_hint_names_both_alternatives(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["login", *ISSUER]) == 2
    err = capsys.readouterr().err
    assert "keyring is not installed" in err
    assert "--store file" in err
    assert "cognito-credentials[cli]" in err


@pytest.fixture
def selected(monkeypatch):
    """Return a function that maps a command line to the port and the path of its callback URL."""
    given: dict[str, object] = {}

    def sign_in_by_redirect(client: object, **options: object) -> Session:
        given.update(options)
        return session(refresh_token="r", subject="ann")

    monkeypatch.setattr(
        "cognito_credentials._sign_in.browser.sign_in_by_redirect", sign_in_by_redirect
    )

    def run(*words: str) -> tuple[object, object]:
        assert main(["login", "--store", "file", *words]) == 0
        return given["port"], given["path"]

    return run


def test_the_callback_url_has_a_default(selected):
    assert selected(*SESSION) == (0, "/callback")


def test_the_callback_url_is_set_by_options(selected):
    words = ("--redirect-port", "8400", "--redirect-path", "/done")
    assert selected(*SESSION, *words) == (8400, "/done")


def test_the_callback_url_is_set_by_variables(selected, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_REDIRECT_PORT", "8400")
    monkeypatch.setenv("AWS_COGNITO_REDIRECT_PATH", "/done")
    assert selected(*SESSION) == (8400, "/done")


PROFILE = """\
[profile game]
cognito_issuer = https://login.example.com
cognito_client_id = app
cognito_redirect_port = 8400
cognito_redirect_path = /done
"""


def write_config(home, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)


def test_the_callback_url_is_set_in_the_profile(selected, home):
    write_config(home, PROFILE)
    assert selected("--profile", "game") == (8400, "/done")
    assert selected("--profile", "game", "--redirect-port", "0") == (0, "/done")


def test_the_callback_url_of_another_application_is_not_used(selected, home):
    write_config(home, PROFILE)
    assert selected("--profile", "game", "--client-id", "other") == (0, "/callback")


@pytest.mark.parametrize(("typed", "status"), [("y\n", 5), ("n\n", 2)])
def test_without_a_keychain_the_user_is_asked_whether_to_use_a_file(
    monkeypatch, capsys, typed, status
):
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("keyring.get_keyring", no_keyring)
    # If the user agrees, the sign-in begins, and fails because the issuer does not respond.
    assert main(["login", *ISSUER]) == status
    err = capsys.readouterr().err
    assert "[y/N]" in err
    assert ("--store file" in err) is (status == 2)


def no_keyring():
    from keyring.backends.fail import Keyring

    return Keyring()


@pytest.mark.parametrize("method", ["--password", "--no-browser"])
def test_an_endpoint_without_encryption_is_rejected(monkeypatch, capsys, method):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    monkeypatch.setattr("sys.stdin", io.StringIO("ann\n"))
    words = ["--issuer", "us-east-1_Example", "--client-id", "app", "--store", "file", method]
    assert main(["login", *words]) == 2
    assert "endpoint_url must start with https://" in capsys.readouterr().err


# --- a sign-in as another user ------------------------------------------------------------------


def sign_in(monkeypatch, *words: str, subject: str) -> int:
    """Run `login`; a user with this subject signs in."""

    def create_session(client: object, *_: object, **__: object) -> Session:
        return session(refresh_token="r", subject=subject)

    monkeypatch.setattr(login, "_sign_in", create_session)
    return main(["login", *SESSION, "--store", "file", *words])


def stored_subject() -> str | None:
    stored = Sessions().find(SessionKey("https://login.example.com", "app"))
    return stored and stored.subject


@pytest.mark.parametrize("method", [(), ("--device",), ("--no-browser",)])
@pytest.mark.parametrize(
    ("typed", "status", "subject"), [("y\n", 0, "eve"), ("n\n", 2, "ann"), ("", 2, "ann")]
)
def test_a_user_confirms_that_another_user_has_signed_in(
    monkeypatch, capsys, method, typed, status, subject
):
    assert sign_in(monkeypatch, *method, subject="ann") == 0
    assert "[y/N]" not in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert sign_in(monkeypatch, *method, subject="eve") == status
    assert "[y/N]" in capsys.readouterr().err
    assert stored_subject() == subject


def test_without_a_terminal_another_user_is_rejected(monkeypatch, capsys):
    assert sign_in(monkeypatch, subject="ann") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert sign_in(monkeypatch, subject="eve") == 2
    assert "logout" in capsys.readouterr().err
    assert stored_subject() == "ann"


def test_a_user_who_enters_a_password_is_not_asked_for_confirmation(monkeypatch):
    for subject in ("ann", "eve"):
        assert sign_in(monkeypatch, "--password", subject=subject) == 0
        assert stored_subject() == subject


def test_the_same_user_is_not_asked_again(monkeypatch, capsys):
    for _ in range(2):
        assert sign_in(monkeypatch, subject="ann") == 0
    assert "[y/N]" not in capsys.readouterr().err


def session(*, refresh_token: str, subject: str = "user-1") -> Session:
    return Session(
        SessionKey("https://login.example.com", "app"),
        id_token="t",
        refresh_token=refresh_token,
        expires_at=datetime.datetime(2030, 5, 17, 12, 30).astimezone().timestamp(),
        method="oauth",
        subject=subject,
        name=subject,
    )


def test_the_lifetime_of_a_session_is_described():
    client = FakeIssuer().client()
    assert "12:30" in login.describe_lifetime(session(refresh_token="r"), client)
    text = login.describe_lifetime(session(refresh_token=""), client)
    assert "17 May at 12:30" in text
    assert "offline_access" not in text
    client = FakeIssuer(scopes_supported=["openid", "offline_access"]).client()
    assert "offline_access" in login.describe_lifetime(session(refresh_token=""), client)


def test_text_from_an_issuer_is_printed_on_one_line_without_control_characters(capsys):
    login.show_code("https://a.example\x1b[2J", "AB\nCD", "")
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "  AB CD\n" in err
