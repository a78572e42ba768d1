"""Wording of every error about the command's settings, including those for signing in."""

from __future__ import annotations

import os
from functools import partial

import pytest
from golden import assert_golden, error_texts

from cognito_credentials.cli.commands.process import CHAIN_VARIABLE, enter_chain
from cognito_credentials.cli.settings.providers import build_logins, build_provider
from cognito_credentials.cli.settings.resolution import resolve
from cognito_credentials.cli.settings.sessions import session_key
from cognito_credentials.errors import LoginTokenError

POOL, OTHER = (f"us-east-1:{digit * 8}-7900-4099-b910-2df94f52a030" for digit in "12")
ROLE = "arn:aws:iam::123456789012:role/one"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"
GOOGLE = "accounts.google.com"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Change to the temporary directory, so that file names are relative and the same in every run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials")


def provider_error(options, text="", **variables):
    """Build a provider from invalid settings, so that an error is raised."""
    with open("config", "w", encoding="utf-8") as config:
        config.write(text)
    build_provider(resolve(options, {**os.environ, **variables}))


OPTIONS = [
    {"identity_pool_id": ""},
    {"logins": [" "]},
    {"region": "eu-west-1"},
    {"endpoint_url": "nope"},
    {"role_arn": "one"},
    {"role_arn": TOKEN},
    {"role_arn": ROLE, "custom_role_arn": ROLE},
    {"duration": "900"},
    {"duration": "899", "role_arn": ROLE},
    {"duration": "1h", "role_arn": ROLE},
    {"account_id": "12"},
    {"client_secret": "hunter2"},
    {"issuer": "https://login.example.com"},
    {"client_id": "app"},
    {"logins": [TOKEN]},
    {"logins": [f"{GOOGLE}={TOKEN}"]},
    {"logins": [f"{TOKEN}=="]},
    {"logins": [f"https://{GOOGLE}=@file"]},
    {"logins": [f"{'a.' * 65}=@file"]},
    {"logins": [f"{GOOGLE}=@"]},
    {"logins": [f"{GOOGLE}=env:"]},
    {"logins": [f"{GOOGLE}=cmd:"]},
    {"logins": [f"{GOOGLE}=cmd:print 'a"]},
    {"logins": [f"{GOOGLE}=@a", f"{GOOGLE}=@b"]},
]


def test_invalid_options():
    cases = {
        str(options): partial(provider_error, {"identity_pool_id": POOL, **options})
        for options in OPTIONS
    }
    eleven = {"identity_pool_id": POOL, "logins": [f"a{number}.b=@file" for number in range(11)]}
    cases["eleven logins"] = partial(provider_error, eleven)
    assert_golden("settings_options", error_texts(cases))


GAME = f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
PROFILES = {
    "an invalid value": (f"{GAME}cognito_account_id = 12\n", "game"),
    "a literal token": (f"{GAME}cognito_logins =\n  a.b = @file\n  c.d = {TOKEN}\n", "game"),
    "a login command with shell syntax": (
        f"{GAME}cognito_logins =\n  a.b = cmd:token | jq -r .id\n",
        "game",
    ),
    "a misspelled key": (f"{GAME}cognito_logn = a=@b\n", "game"),
    "an unrecognizable key": (f"{GAME}cognito_x = a\n", "game"),
    "no pool": (f"[profile plain]\nregion = us-east-1\n{GAME}", "plain"),
    "a role without a pool": (
        f"[profile deploy]\nrole_arn = x\ncredential_source = Environment\n{GAME}",
        "deploy",
    ),
    "a role chain": (f"[profile deploy]\nrole_arn = x\nsource_profile = game\n{GAME}", "deploy"),
}


def test_invalid_profiles():
    cases = {
        title: partial(provider_error, {"profile": profile}, text)
        for title, (text, profile) in PROFILES.items()
    }
    cases["a profile that does not exist"] = partial(provider_error, {"profile": "nope"}, GAME)
    assert_golden("settings_profiles", error_texts(cases))


def test_invalid_variables():
    names = {
        "AWS_COGNITO_ACCOUNT_ID": "12",
        "AWS_COGNITO_LOGINS": f"{GOOGLE}={TOKEN}",
        "AWS_COGNITO_DURATION": "900",
        "AWS_PROFILE": "nope",
    }
    options = {"identity_pool_id": POOL}
    cases = {
        f"{name}={value}": partial(provider_error, options, "", **{name: value})
        for name, value in names.items()
    }
    cases["no pool"] = partial(provider_error, {})
    assert_golden("settings_variables", error_texts(cases))


def test_settings_that_belong_to_other_settings(monkeypatch):
    issuer = "cognito_issuer = https://login.example.com\ncognito_client_id = app\n"
    endpoint = "endpoint_url = http://127.0.0.1:5000\n"
    login = {"profile": "game", "identity_pool_id": OTHER, "logins": [f"{GOOGLE}=@file"]}

    def session(options):
        with open("config", "w", encoding="utf-8") as config:
            config.write(GAME + issuer)
        session_key(resolve(options, os.environ).sign_in)

    cases = {
        "a login token of another pool": partial(
            provider_error, {"profile": "game", "identity_pool_id": OTHER}, GAME + issuer
        ),
        "an endpoint of another pool": partial(provider_error, login, GAME + endpoint),
        "a client ID of another issuer": partial(
            session, {"profile": "game", "issuer": "https://other.example.com"}
        ),
    }
    monkeypatch.setenv(CHAIN_VARIABLE, "profile game")
    cases["a loop"] = partial(enter_chain, "profile game")
    assert_golden("settings_related", error_texts(cases))


def test_hints_for_failing_login_sources(tmp_path):
    (tmp_path / "empty").touch()
    lines = []
    for source in ("@none", "@empty", "env:NO_SUCH_VARIABLE", "cmd:true", "cmd:./none"):
        settings = resolve({"logins": [f"{GOOGLE}={source}"]}, os.environ)
        with pytest.raises(LoginTokenError) as raised:
            build_logins(settings)[GOOGLE]()
        lines += [f"## {source}", raised.value.hint]
    assert_golden("settings_login_sources", "\n".join(lines) + "\n")
