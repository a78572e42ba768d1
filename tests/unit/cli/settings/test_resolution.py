from __future__ import annotations

import os
from argparse import Namespace

import pytest

from cognito_credentials.cli.reporting import debug_log
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS
from cognito_credentials.cli.settings.resolution import Settings, load_settings, resolve
from cognito_credentials.errors import ConfigurationError

POOL, OTHER = (f"us-east-1:{digit * 8}-7900-4099-b910-2df94f52a030" for digit in "12")


def resolve_options(**options) -> Settings:
    return resolve(options, os.environ)


@pytest.mark.parametrize("setting", COGNITO_SETTINGS.values(), ids=lambda setting: setting.name)
def test_precedence_of_options_environment_and_profile(setting, config, monkeypatch):
    """A profile named by --profile takes precedence over environment variables."""
    name, (variable,) = setting.name, setting.variables
    file = config(
        f"[default]\n{setting.key} = of-profile\n[profile game]\n{setting.key} = of-game\n"
    )
    settings = resolve_options()
    assert settings.values == {name: "of-profile"}
    assert settings.source_of(name) == f"profile default in {file}, line 2"
    monkeypatch.setenv(variable, "of-environment")
    settings = resolve_options()
    assert settings.values == {name: "of-environment"}
    assert settings.source_of(name) == f"environment variable {variable}"
    assert settings.label(name) == f"environment variable {variable}"
    settings = resolve_options(profile="game")
    assert settings.values == {name: "of-game"}
    assert settings.label(name) == f"{setting.key} (profile game in {file}, line 4)"
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert resolve_options().values == {name: "of-environment"}
    settings = resolve_options(profile="game", **{name: "given"})
    assert settings.values == {name: "given"}
    assert settings.source_of(name) == settings.label(name) == f"option {setting.option}"


def test_the_environment_is_an_argument(config):
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    settings = resolve({}, {**os.environ, "AWS_DEFAULT_PROFILE": "game", "AWS_COGNITO_USER": "ann"})
    assert settings.values == {"identity_pool_id": POOL, "user": "ann"}


def test_identity_id_and_pool_id_have_one_precedence(config, monkeypatch):
    config(f"[profile game]\ncognito_identity_id = {POOL}\ncognito_identity_pool_id = {OTHER}\n")
    assert resolve_options(profile="game").values == {"identity_id": POOL}
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", OTHER)
    assert resolve_options(profile="game").values == {"identity_id": POOL}
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert resolve_options().values == {"identity_pool_id": OTHER}
    assert resolve_options(identity_id=POOL).values == {"identity_id": POOL}


def test_the_display_name_is_the_profile_or_the_id(config):
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    assert resolve_options(profile="game").display_name == "profile game"
    assert resolve_options(profile="game", identity_pool_id=OTHER).display_name == OTHER
    assert resolve_options().display_name == "profile default"


def test_only_values_from_options_become_option_words(config):
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    settings = resolve_options(profile="game", user="ann")
    assert settings.option_words("identity_pool_id", "user", "issuer") == ["--user", "ann"]


def test_settings_for_another_user_share_everything_else(config):
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    settings = resolve_options(profile="game")
    other = settings.with_user("ann")
    assert other.values == {"identity_pool_id": POOL, "user": "ann"}
    assert (other.profile, other.connection) == (settings.profile, settings.connection)
    assert "user" not in settings.values


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("profile", "--profile"),
        ("identity_pool_id", "--identity-pool-id"),
        ("endpoint_url", "--endpoint-url"),
    ],
)
def test_an_empty_option_is_rejected(name, option):
    with pytest.raises(ConfigurationError, match=f"^option {option} "):
        resolve_options(**{name: ""})


def test_an_empty_login_does_not_make_a_guest():
    with pytest.raises(ConfigurationError, match=r"^option --login "):
        resolve_options(identity_pool_id=POOL, logins=[" "])


def test_the_hint_for_a_misspelled_key_suggests_the_right_one(config):
    file = config(f"[profile game]\n# ours\ncognito_identity_pool = {POOL}\n")
    with pytest.raises(ConfigurationError, match="cognito_identity_pool ") as raised:
        resolve_options(profile="game")
    assert f"profile game in {file}, line 3" in raised.value.message
    assert "cognito_identity_pool_id" in raised.value.hint


def test_settings_are_logged_only_with_debug(capsys):
    with debug_log.debug_output():
        load_settings(Namespace(user="ann", debug=False))
        assert capsys.readouterr().err == ""
        load_settings(Namespace(user="ann", debug=True))
    assert "user = ann (option --user)" in capsys.readouterr().err
