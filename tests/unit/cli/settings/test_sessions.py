from __future__ import annotations

from argparse import ArgumentParser

import pytest

from cognito_credentials._sign_in.renewal import USER_POOL
from cognito_credentials._sign_in.sessions import FILE, Session, Sessions, Whose
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.settings.sessions import (
    application_of,
    client_of,
    login_command,
    selected_application,
    whose_of,
)
from cognito_credentials.errors import (
    ConfigurationError,
    CredentialsUnavailableError,
    TransportError,
)
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
    return client_of(selection, selected_application(selection))


def endpoint(*words: str) -> str | None:
    return selected_application(select(*words)).endpoint_url


PROD = ("--issuer", "us-east-1_Prod", "--client-id", "prod-app")


def test_where_a_user_pool_is(game, monkeypatch):
    assert endpoint("--profile", "game") == "http://127.0.0.1:5000"
    assert endpoint(*PROD) is None
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:5001")
    assert endpoint(*PROD) == "http://127.0.0.1:5001"
    assert endpoint(*ISSUER) is None
    assert endpoint(*PROD, "--endpoint-url", "http://127.0.0.1:5002") == "http://127.0.0.1:5002"


def test_a_profiles_endpoint_is_only_for_its_user_pool(game, monkeypatch):
    assert endpoint("--profile", "game", *PROD) is None
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert endpoint(*PROD) is None
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
    assert endpoint("--issuer", issuer, "--client-id", "x") == "http://127.0.0.1:5000"


def test_the_endpoint_of_a_profile_without_an_issuer(config, monkeypatch):
    config("[profile local]\nendpoint_url = http://127.0.0.1:5000\n")
    assert endpoint("--profile", "local", *PROD) == "http://127.0.0.1:5000"
    monkeypatch.setenv("AWS_PROFILE", "local")
    assert endpoint(*PROD) is None


# --- values that belong together ----------------------------------------------------------------

BOTH = (
    "[profile a]\ncognito_issuer = https://a.example.com\ncognito_client_id = app-a\n"
    "cognito_client_secret = env:SECRET_A\n"
    "[profile b]\ncognito_issuer = us-east-1_B\ncognito_client_id = app-b\n"
    "cognito_client_secret = env:SECRET_B\nendpoint_url = http://127.0.0.1:5000\n"
    "[profile public]\ncognito_issuer = https://p.example.com\ncognito_client_id = app-p\n"
)


@pytest.fixture
def both(config, monkeypatch, never_printed):
    config(BOTH)
    for name in "ABX":
        monkeypatch.setenv(f"SECRET_{name}", never_printed(f"secret-of-{name}-123"))


def secret(*words: str) -> str | None:
    return client(*words).secret


def test_a_secret_is_only_for_the_issuer_and_client_id_it_was_given_with(both, monkeypatch):
    assert secret("--profile", "a") == "secret-of-A-123"
    assert secret("--profile", "a", "--client-id", "app-a") == "secret-of-A-123"
    assert secret("--profile", "a", "--client-id", "other") is None
    assert secret("--profile", "a", "--issuer", "https://b.example.com", "--client-id", "x") is None
    assert (
        secret("--profile", "a", "--issuer", "http://a.example.com", "--client-id", "app-a") is None
    )
    assert secret("--profile", "public", "--client-secret", "env:SECRET_X") == "secret-of-X-123"
    monkeypatch.setenv("AWS_COGNITO_CLIENT_SECRET", "env:SECRET_X")
    assert secret("--profile", "public") is None
    assert secret(*ISSUER) is None
    monkeypatch.setenv("AWS_PROFILE", "a")
    assert secret() == "secret-of-A-123"  # the next place whose secret belongs to this application
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    assert secret() is None
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1] + "/")
    assert secret() == secret(*ISSUER) == "secret-of-X-123"
    assert secret("--profile", "public") is None


def test_a_client_id_is_only_for_the_issuer_it_was_given_with(both, monkeypatch):
    with pytest.raises(ConfigurationError, match="belongs to another issuer") as caught:
        whose_of(select("--profile", "a", "--issuer", "https://b.example.com"))
    assert "cognito_client_id" not in select("--profile", "a", "--issuer", "b.example.com").values
    assert caught.value.message.startswith("no client_id is given for this issuer (profile a in ")
    monkeypatch.setenv("AWS_COGNITO_ISSUER", "https://b.example.com")
    monkeypatch.setenv("AWS_PROFILE", "a")
    with pytest.raises(ConfigurationError, match="no client_id is given"):
        whose_of(select())


def session_at(issuer: str, client_id: str, endpoint_url: str | None = None) -> Session:
    return Session(
        Whose(issuer, client_id),
        id_token="i",
        refresh_token="r",
        expires_at=0,
        method="oauth",
        subject="user-1",
        endpoint_url=endpoint_url,
    )


POOL_B = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_B"


def test_each_session_has_the_values_of_its_own_profile(both):
    for selected in ((), ("--profile", "a"), ("--profile", "b"), ("--profile", "public")):
        selection = select(*selected)
        a = application_of(selection, session_at("https://a.example.com", "app-a"))
        assert (a.secret(), a.endpoint_url) == ("secret-of-A-123", None)
        b = application_of(selection, session_at(POOL_B, "app-b"))
        assert (b.secret(), b.endpoint_url) == ("secret-of-B-123", "http://127.0.0.1:5000")
        other = application_of(selection, session_at(POOL_B, "app-of-nobody"))
        assert (other.secret, other.endpoint_url) == (None, None)


@pytest.mark.parametrize("own", ["", "http://127.0.0.1:6000"])
def test_a_session_stays_with_the_endpoint_that_issued_it(both, monkeypatch, own):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:7000")
    for words in (("--profile", "b"), ("--profile", "b", "--endpoint-url", "http://127.0.0.1:1")):
        found = application_of(select(*words), session_at(POOL_B, "app-b", own))
        # The secret was given for another endpoint.
        assert (found.secret, found.endpoint_url) == (None, own or None)
    moved = application_of(select(), session_at(POOL_B, "app-b", "http://127.0.0.1:7000"))
    assert (moved.secret(), moved.endpoint_url) == ("secret-of-B-123", "http://127.0.0.1:7000")


def test_a_renewal_stays_with_the_endpoint_that_issued_the_session(config):
    """The refresh token does not follow an endpoint that was configured later."""
    pools = "https://cognito-idp.us-east-1.amazonaws.com"
    config(
        "[profile b]\ncognito_issuer = us-east-1_B\ncognito_client_id = app-b\n"
        "endpoint_url = http://127.0.0.1:2\n"
    )
    session = session_at(f"{pools}/us-east-1_B", "app-b", "http://127.0.0.1:1")
    session.method = USER_POOL
    Sessions().save(session, FILE)
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:1 "):
        select("--profile", "b").logins()["cognito-idp.us-east-1.amazonaws.com/us-east-1_B"]()


def test_a_session_remembers_the_endpoint(both):
    session = session_at(POOL_B, "app-b", "http://127.0.0.1:6000")
    Sessions().save(session, FILE)
    assert Sessions().find(session.whose).endpoint_url == "http://127.0.0.1:6000"


OTHER_POOL = POOL.replace("128d", "228d")


def test_login_tokens_are_only_for_the_pool_they_were_given_with(config, monkeypatch, signed_in):
    config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
        f"cognito_issuer = {ISSUER[1]}\ncognito_client_id = app\n"
        "endpoint_url = http://127.0.0.1:5000\n"
        f"[profile guest]\ncognito_identity_pool_id = {OTHER_POOL}\n"
    )
    game = ("--profile", "game", "--identity-pool-id", OTHER_POOL)
    with pytest.raises(ConfigurationError, match="belongs to another identity pool"):
        select(*game).logins()
    with pytest.raises(ConfigurationError, match=r"the endpoint http://127\.0\.0\.1:5000 of"):
        select(*game, *ISSUER).provider()
    select(*game, *ISSUER, "--endpoint-url", "http://127.0.0.1:5000").provider().close()
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1])
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    assert select("--profile", "guest").logins() == {}
    with pytest.raises(ConfigurationError, match="belongs to another identity pool"):
        select("--identity-pool-id", OTHER_POOL).logins()


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
