from __future__ import annotations

from argparse import ArgumentParser

import pytest

from cognito_credentials._sign_in.sessions import FILE, Session, Sessions, Whose
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.settings.sessions import client_of, login_command, whose_of
from cognito_credentials.errors import ConfigurationError, CredentialsUnavailableError
from cognito_credentials.transports.via_urllib3 import Urllib3Transport

POOL = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ISSUER = ("--issuer", "https://login.example.com", "--client-id", "app")


def select(*words: str) -> Selection:
    parser = ArgumentParser()
    add_selection(parser)
    return Selection(parser.parse_args(words))


@pytest.fixture
def game(home):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        "[profile game]\n"
        "cognito_issuer = us-east-1_Example\n"
        "cognito_client_id = app\n"
        "endpoint_url = http://127.0.0.1:5000\n"
    )


@pytest.fixture
def signed_in():
    whose = Whose(ISSUER[1], "app")
    session = Session(
        whose,
        id_token="e30.eyJzdWIiOiJ1c2VyLTEifQ.x",
        refresh_token="r1",
        expires_at=4e9,
        method="oauth",
        subject="user-1",
    )
    Sessions().save(session, FILE)
    return session


def test_whose(game):
    whose = whose_of(select("--profile", "game", "--user", "ann"))
    assert whose.login_key == "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
    assert (whose.client_id, whose.user) == ("app", "ann")


@pytest.mark.parametrize(
    ("words", "name"), [(ISSUER[2:], "issuer"), (ISSUER[:2], "client_id"), ((), "issuer")]
)
def test_what_is_missing(words, name):
    with pytest.raises(ConfigurationError, match=f"no {name} is given") as caught:
        whose_of(select(*words))
    assert f"AWS_COGNITO_{name.upper()}" in caught.value.hint


def test_half_an_issuer_makes_no_guest(monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    with pytest.raises(ConfigurationError, match="no issuer is given"):
        select("--identity-pool-id", POOL).provider()


def test_the_command_that_signs_in(game, monkeypatch):
    assert login_command(select("--profile", "game")) == "cognito-credentials login --profile game"
    assert login_command(select("--profile", "game", "--user", "a b")).endswith("--user 'a b'")
    assert login_command(select(*ISSUER)) == (
        "cognito-credentials login --issuer https://login.example.com --client-id app"
    )
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1])
    assert login_command(select(*ISSUER[2:])) == "cognito-credentials login --client-id app"


def test_a_session_is_a_login(signed_in):
    selection = select(*ISSUER, "--login", "accounts.google.com=env:TOKEN")
    logins = selection.logins()
    assert list(logins) == ["login.example.com", "accounts.google.com"]
    assert logins["login.example.com"]() == signed_in.id_token
    assert selection.logins() is logins


def test_a_login_that_is_given_comes_before_the_session(signed_in, monkeypatch):
    monkeypatch.setenv("TOKEN", "theirs")
    logins = select(*ISSUER, "--login", "login.example.com=env:TOKEN").logins()
    assert logins["login.example.com"]() == "theirs"


def test_nobody_is_signed_in():
    with pytest.raises(CredentialsUnavailableError, match="nobody is signed in"):
        select(*ISSUER).logins()


def test_whose_identity_it_is_the_token_says(signed_in):
    from cognito_credentials import token_subject

    Sessions().save(
        Session(
            Whose(ISSUER[1], "app", "ann"),
            id_token=signed_in.id_token,
            refresh_token="",
            expires_at=4e9,
            method="oauth",
            subject="user-1",
        ),
        FILE,
    )
    selection = select(*ISSUER, "--user", "ann")
    # Here `user` names the session, and not the identity.
    assert (selection.user, selection._user_identifier()) == (None, token_subject)
    assert select("--user", "ann")._user_identifier() == "ann"


# --- the client ---------------------------------------------------------------------------------


def client(*words: str):
    selection = select(*words)
    return client_of(selection, whose_of(selection))


def test_where_a_user_pool_is(game, monkeypatch):
    assert client("--profile", "game").endpoint_url == "http://127.0.0.1:5000"
    assert client(*ISSUER).endpoint_url is None
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:5001")
    assert client(*ISSUER).endpoint_url == "http://127.0.0.1:5001"
    assert client(*ISSUER, "--endpoint-url", "http://127.0.0.1:5002").endpoint_url.endswith("5002")


def test_the_pools_region_is_not_the_issuers():
    assert client(*ISSUER, "--region", "eu-west-1").login_key == "login.example.com"


def test_proxies_are_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert isinstance(client(*ISSUER).http.transport, Urllib3Transport)


def test_a_clients_secret(monkeypatch, never_printed):
    secret = never_printed("s3cr3t-of-the-client")
    monkeypatch.setenv("SECRET", secret)
    assert client(*ISSUER, "--client-secret", "env:SECRET").secret == secret
    with pytest.raises(ConfigurationError, match="the client secret") as caught:
        client(*ISSUER, "--client-secret", secret)
    assert secret not in str(caught.value)


def test_debugging_shows_no_secret(capsys, never_printed, signed_in):
    secret = never_printed("s3cr3t-of-the-client")
    words = ["process", *ISSUER, "--client-secret", secret, "--identity-pool-id", "no pool"]
    assert main([*words, "--debug"]) == 2
    assert "client_secret = … (option --client-secret)" in capsys.readouterr().err
