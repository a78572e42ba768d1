from __future__ import annotations

import os
from argparse import ArgumentParser

import pytest

from cognito_credentials import token_subject
from cognito_credentials._sign_in.refresh import USER_POOL
from cognito_credentials._sign_in.sessions import FILE, Session, SessionKey, Sessions
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.providers import build_logins, build_provider, user_identifier
from cognito_credentials.cli.settings.resolution import Settings, resolve
from cognito_credentials.cli.settings.sessions import (
    build_client,
    describe_user,
    find_application,
    login_command,
    selected_application,
    session_key,
)
from cognito_credentials.errors import (
    ConfigurationError,
    CredentialsUnavailableError,
    TransportError,
)
from cognito_credentials.transports.via_urllib3 import Urllib3Transport

POOL = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ISSUER = ("--issuer", "https://login.example.com", "--client-id", "app")


def settings_of(*words: str) -> Settings:
    parser = ArgumentParser()
    add_setting_options(parser)
    return resolve(vars(parser.parse_args(words)), os.environ)


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
    key = SessionKey(ISSUER[1], "app")
    session = Session(
        key,
        id_token="e30.eyJzdWIiOiJ1c2VyLTEifQ.x",
        refresh_token="r1",
        expires_at=4e9,
        method="oauth",
        subject="user-1",
    )
    Sessions().save(session, FILE)
    return session


def test_the_session_key_names_issuer_client_and_user(game):
    key = session_key(settings_of("--profile", "game", "--user", "ann").sign_in)
    assert key.provider_name == "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
    assert (key.client_id, key.user) == ("app", "ann")


@pytest.mark.parametrize(
    ("words", "name"), [(ISSUER[2:], "issuer"), (ISSUER[:2], "client_id"), ((), "issuer")]
)
def test_issuer_and_client_id_are_required(words, name):
    with pytest.raises(ConfigurationError) as raised:
        session_key(settings_of(*words).sign_in)
    assert f"AWS_COGNITO_{name.upper()}" in raised.value.hint


def test_a_client_id_without_an_issuer_does_not_make_a_guest(monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    with pytest.raises(ConfigurationError, match="no issuer "):
        build_provider(settings_of("--identity-pool-id", POOL))


def test_the_login_command_repeats_the_options(game, monkeypatch):
    def command(*words: str) -> str:
        return login_command(settings_of(*words).sign_in)

    assert command("--profile", "game") == "cognito-credentials login --profile game"
    assert command("--profile", "game", "--user", "a b").endswith("--user 'a b'")
    assert command(*ISSUER) == (
        "cognito-credentials login --issuer https://login.example.com --client-id app"
    )
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1])
    assert command(*ISSUER[2:]) == "cognito-credentials login --client-id app"


@pytest.mark.parametrize(("user", "text"), [("", "Ann"), ("ann", "Ann (--user ann)")])
def test_a_user_is_described_with_the_local_name(user, text):
    session = Session(
        SessionKey(ISSUER[1], "app", user),
        id_token="i",
        refresh_token="r",
        expires_at=0,
        method="oauth",
        subject="user-1",
        name="Ann",
    )
    assert describe_user(session) == text


def test_a_session_supplies_a_login_token(signed_in):
    logins = build_logins(settings_of(*ISSUER, "--login", "accounts.google.com=env:TOKEN"))
    assert list(logins) == ["login.example.com", "accounts.google.com"]
    assert logins["login.example.com"]() == signed_in.id_token


def test_a_login_option_precedes_the_session(signed_in, monkeypatch):
    monkeypatch.setenv("TOKEN", "theirs")
    logins = build_logins(settings_of(*ISSUER, "--login", "login.example.com=env:TOKEN"))
    assert logins["login.example.com"]() == "theirs"


def test_without_a_session_credentials_are_unavailable():
    with pytest.raises(CredentialsUnavailableError, match=r"login\.example\.com"):
        build_logins(settings_of(*ISSUER))


def test_with_an_issuer_the_user_names_the_session_and_not_the_identity():
    assert settings_of("--user", "ann").user == "ann"
    assert user_identifier(settings_of("--user", "ann")) == "ann"
    settings = settings_of(*ISSUER, "--user", "ann")
    assert (settings.user, user_identifier(settings)) == (None, token_subject)
    assert settings.sign_in.user == "ann"


# --- the client -----------------------------------------------------------------------------


def client(*words: str):
    sign_in = settings_of(*words).sign_in
    return build_client(sign_in, selected_application(sign_in))


def endpoint(*words: str) -> str | None:
    return selected_application(settings_of(*words).sign_in).endpoint_url


PROD = ("--issuer", "us-east-1_Prod", "--client-id", "prod-app")


def test_the_endpoint_of_a_user_pool_comes_from_each_place(game, monkeypatch):
    assert endpoint("--profile", "game") == "http://127.0.0.1:5000"
    assert endpoint(*PROD) is None
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:5001")
    assert endpoint(*PROD) == "http://127.0.0.1:5001"
    assert endpoint(*ISSUER) is None
    assert endpoint(*PROD, "--endpoint-url", "http://127.0.0.1:5002") == "http://127.0.0.1:5002"


def test_the_endpoint_of_a_profile_is_used_only_for_its_user_pool(game, monkeypatch):
    assert endpoint("--profile", "game", *PROD) is None
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert endpoint(*PROD) is None
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
    assert endpoint("--issuer", issuer, "--client-id", "x") == "http://127.0.0.1:5000"


def test_the_endpoint_of_a_profile_without_an_issuer_is_used_if_the_profile_is_named(
    config, monkeypatch
):
    config("[profile local]\nendpoint_url = http://127.0.0.1:5000\n")
    assert endpoint("--profile", "local", *PROD) == "http://127.0.0.1:5000"
    monkeypatch.setenv("AWS_PROFILE", "local")
    assert endpoint(*PROD) is None


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        (("--issuer", "http://127.0.0.1:1", "--client-id", "x"), "--issuer"),
        ((*PROD, "--endpoint-url", "http://127.0.0.1:1"), "--endpoint-url"),
    ],
)
def test_the_hint_for_a_failed_connection_names_the_setting_of_the_issuer(words, setting):
    with pytest.raises(TransportError) as caught:
        client(*words).metadata
    assert setting in caught.value.hint


# --- values that belong together ------------------------------------------------------------

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
    other_port = ("--issuer", "https://a.example.com:8443", "--client-id", "app-a")
    assert secret("--profile", "a", *other_port) is None
    assert secret("--profile", "public", "--client-secret", "env:SECRET_X") == "secret-of-X-123"
    monkeypatch.setenv("AWS_COGNITO_CLIENT_SECRET", "env:SECRET_X")
    assert secret("--profile", "public") is None
    assert secret(*ISSUER) is None
    monkeypatch.setenv("AWS_PROFILE", "a")
    # The secret comes from the profile, because the variable sets no issuer.
    assert secret() == "secret-of-A-123"
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    assert secret() is None
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1] + "/")
    assert secret() == secret(*ISSUER) == "secret-of-X-123"
    assert secret("--profile", "public") is None


def test_a_client_id_is_only_for_the_issuer_it_was_given_with(both, monkeypatch):
    with pytest.raises(ConfigurationError, match="belongs to another issuer") as caught:
        session_key(settings_of("--profile", "a", "--issuer", "https://b.example.com").sign_in)
    assert (
        "cognito_client_id" not in settings_of("--profile", "a", "--issuer", "b.example.com").values
    )
    assert "profile a in" in caught.value.message
    monkeypatch.setenv("AWS_COGNITO_ISSUER", "https://b.example.com")
    monkeypatch.setenv("AWS_PROFILE", "a")
    with pytest.raises(ConfigurationError, match="no client ID "):
        session_key(settings_of().sign_in)


def session_at(issuer: str, client_id: str, endpoint_url: str | None = None) -> Session:
    return Session(
        SessionKey(issuer, client_id),
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
        sign_in = settings_of(*selected).sign_in
        a = find_application(sign_in, session_at("https://a.example.com", "app-a"))
        assert (a.secret(), a.endpoint_url) == ("secret-of-A-123", None)
        b = find_application(sign_in, session_at(POOL_B, "app-b"))
        assert (b.secret(), b.endpoint_url) == ("secret-of-B-123", "http://127.0.0.1:5000")
        other = find_application(sign_in, session_at(POOL_B, "app-of-nobody"))
        assert (other.secret, other.endpoint_url) == (None, None)


@pytest.mark.parametrize("own", ["", "http://127.0.0.1:6000"])
def test_a_session_stays_with_the_endpoint_that_issued_it(both, monkeypatch, own):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:7000")
    for words in (("--profile", "b"), ("--profile", "b", "--endpoint-url", "http://127.0.0.1:1")):
        found = find_application(settings_of(*words).sign_in, session_at(POOL_B, "app-b", own))
        # The configured secret belongs to another endpoint.
        assert (found.secret, found.endpoint_url) == (None, own or None)
    moved = find_application(
        settings_of().sign_in, session_at(POOL_B, "app-b", "http://127.0.0.1:7000")
    )
    assert (moved.secret(), moved.endpoint_url) == ("secret-of-B-123", "http://127.0.0.1:7000")


def test_a_refresh_stays_with_the_endpoint_that_issued_the_session(config):
    """A refresh token must not be sent to an endpoint that was configured after the sign-in."""
    pools = "https://cognito-idp.us-east-1.amazonaws.com"
    config(
        "[profile b]\ncognito_issuer = us-east-1_B\ncognito_client_id = app-b\n"
        "endpoint_url = http://127.0.0.1:2\n"
    )
    session = session_at(f"{pools}/us-east-1_B", "app-b", "http://127.0.0.1:1")
    session.method = USER_POOL
    Sessions().save(session, FILE)
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:1 "):
        build_logins(settings_of("--profile", "b"))[
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_B"
        ]()


def test_a_session_remembers_the_endpoint(both):
    session = session_at(POOL_B, "app-b", "http://127.0.0.1:6000")
    Sessions().save(session, FILE)
    assert Sessions().find(session.key).endpoint_url == "http://127.0.0.1:6000"


OTHER_POOL = POOL.replace("128d", "228d")


def test_login_tokens_are_only_for_the_pool_they_were_given_with(config, monkeypatch, signed_in):
    config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
        f"cognito_issuer = {ISSUER[1]}\ncognito_client_id = app\n"
        "endpoint_url = http://127.0.0.1:5000\n"
        f"[profile guest]\ncognito_identity_pool_id = {OTHER_POOL}\n"
    )
    game = ("--profile", "game", "--identity-pool-id", OTHER_POOL)
    with pytest.raises(ConfigurationError, match="identity pool"):
        build_logins(settings_of(*game))
    with pytest.raises(ConfigurationError, match=r"the endpoint http://127\.0\.0\.1:5000 in"):
        build_provider(settings_of(*game, *ISSUER))
    build_provider(settings_of(*game, *ISSUER, "--endpoint-url", "http://127.0.0.1:5000")).close()
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_ISSUER", ISSUER[1])
    monkeypatch.setenv("AWS_COGNITO_CLIENT_ID", "app")
    assert build_logins(settings_of("--profile", "guest")) == {}
    with pytest.raises(ConfigurationError, match="identity pool"):
        build_logins(settings_of("--identity-pool-id", OTHER_POOL))


def test_the_region_of_the_pool_is_not_that_of_the_issuer():
    assert client(*ISSUER, "--region", "eu-west-1").provider_name == "login.example.com"


def test_the_client_uses_the_proxies_in_the_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert isinstance(client(*ISSUER).http.transport, Urllib3Transport)


def test_the_client_secret_is_read_from_its_source(monkeypatch, never_printed):
    secret = never_printed("s3cr3t-of-the-client")
    monkeypatch.setenv("SECRET", secret)
    assert client(*ISSUER, "--client-secret", "env:SECRET").secret == secret
    with pytest.raises(ConfigurationError, match="the client secret") as caught:
        client(*ISSUER, "--client-secret", secret)
    assert secret not in str(caught.value)


def test_debug_output_shows_no_secret(capsys, never_printed, signed_in):
    secret = never_printed("s3cr3t-of-the-client")
    words = ["process", *ISSUER, "--client-secret", secret, "--identity-pool-id", "no pool"]
    assert main([*words, "--debug"]) == 2
    assert "client_secret = …" in capsys.readouterr().err
