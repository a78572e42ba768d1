"""Control characters must be rejected in every setting, wherever its value comes from."""

from __future__ import annotations

import os

import pytest
from cases import check_each

from cognito_credentials import ClientConfig
from cognito_credentials._config.aws_files import load_profile
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS, OPTION_SETTINGS
from cognito_credentials.cli.settings.resolution import resolve
from cognito_credentials.config import resolve as resolve_client_config
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
CHARACTERS = ["\r", "\0", "\x1b", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028"]
ATTACK = "ann{0}[default]{0}credential_process = touch owned"


def expect_error(options, name, environment=os.environ):
    with pytest.raises(ConfigurationError, match="control character") as caught:
        resolve({"identity_pool_id": POOL, **options}, environment)
    assert name in caught.value.message
    assert str(caught.value).isprintable()
    assert caught.value.hint
    return caught.value


@check_each("setting", COGNITO_SETTINGS.values())
@check_each("character", [*CHARACTERS, "\n"])
def test_an_option_contains_no_control_character(setting, character):
    text = ATTACK.format(character)
    expect_error({setting.name: [text] if setting.is_repeatable else text}, setting.option)


@check_each("setting", COGNITO_SETTINGS.values())
@check_each("character", set(CHARACTERS) - {"\0"})
def test_an_environment_variable_contains_no_control_character(setting, character):
    environment = {
        COGNITO_SETTINGS[name].variables[0]: "x"
        for name in ("identity_pool_id", "issuer", "client_id")
    }
    environment[setting.variables[0]] = ATTACK.format(character)
    expect_error({"identity_pool_id": None}, setting.variables[0], environment)


@check_each("setting", COGNITO_SETTINGS.values())
@check_each("character", set(CHARACTERS) - {"\r"})  # CR ends the line in a file.
def test_a_profile_contains_no_control_character(setting, character, config):
    config(
        "[default]\ncognito_issuer = x\ncognito_client_id = x\n".replace(f"{setting.key} = x\n", "")
        + f"{setting.key} = a{character}b\n"
    )
    error = expect_error({"identity_pool_id": None}, setting.key)
    assert "line" in error.message


def test_a_source_that_may_be_a_secret_is_not_shown(never_printed):
    secret = never_printed("a-secret-in-place-of-its-source")
    for name in ("client_secret", "logins"):
        options = {"issuer": "x", "client_id": "x", name: f"{secret}\r"}
        options["logins"] = [options["logins"]] if name == "logins" else None
        expect_error(options, COGNITO_SETTINGS[name].option)


def test_logins_may_have_several_lines_in_a_profile_and_in_a_variable(config, monkeypatch):
    config("[default]\ncognito_logins =\n  a.b = @x\n  c.d = @y\n")
    assert resolve({}, os.environ).values["logins"]
    for text in ("a.b=@x\nc.d=@y", "a.b=@x\r\nc.d=@y\r\n"):
        monkeypatch.setenv("AWS_COGNITO_LOGINS", text)
        assert resolve({}, os.environ).values["logins"] == text


@pytest.mark.parametrize("character", [*CHARACTERS, "\n"])
def test_a_profile_name_contains_no_control_character(character, config):
    config(f"[profile a{character}b]\n[default]\n")
    for load in (
        lambda name: resolve({"profile": name}, os.environ),
        lambda name: load_profile({}, name, source="argument"),
        lambda name: ClientConfig(profile=name),
    ):
        with pytest.raises(ConfigurationError, match="profile"):
            load(f"a{character}b")


@check_each("character", [*CHARACTERS, "\n"])
@check_each(
    "create",
    [
        lambda text: {"ca_bundle": text},
        lambda text: {"client_cert": text},
        lambda text: {"client_cert": ("x", text)},
        lambda text: {"region": text},
        lambda text: {"endpoint_url": f"https://{text}"},
        lambda text: {"proxies": {"https": f"http://user:secret@{text}:1"}},
        lambda text: {"user_agent_extra": text},
    ],
)
def test_an_argument_of_a_client_config_contains_no_control_character(create, character):
    with pytest.raises(ConfigurationError) as caught:
        ClientConfig(**create(f"a{character}b"))
    assert str(caught.value).isprintable()
    assert "secret" not in str(caught.value)


def test_a_ca_bundle_in_the_environment_contains_no_control_character(monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "a\x1bb")
    with pytest.raises(ConfigurationError, match="AWS_CA_BUNDLE"):
        resolve_client_config(ClientConfig(), region_of_id="us-east-1")


def test_the_user_identifier_of_guests_is_rejected_for_users(config, monkeypatch):
    place = {"option": "--user", "variable": "AWS_COGNITO_USER", "profile": "cognito_user"}
    with pytest.raises(ConfigurationError, match=place["option"]):
        resolve({"user": "ANONYMOUS"}, os.environ)
    config("[default]\ncognito_user = ANONYMOUS\n")
    with pytest.raises(ConfigurationError, match=place["profile"]):
        resolve({}, os.environ)
    monkeypatch.setenv("AWS_COGNITO_USER", "ANONYMOUS")
    with pytest.raises(ConfigurationError, match=place["variable"]):
        resolve({}, os.environ)


@pytest.mark.parametrize(
    "words",
    [
        ["process"],
        ["export"],
        ["exec", "--", "true"],
        ["serve"],
        ["whoami"],
        ["link", "--login=a.b=@x"],
        ["login", "--issuer=https://x.y", "--client-id=x"],
        ["logout", "--issuer=https://x.y", "--client-id=x"],
        ["configure", "--yes"],
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("user", ["ANONYMOUS", "ann\r[default]\rcredential_process = touch x"])
def test_every_subcommand_rejects_an_invalid_user_name(words, user, monkeypatch, capsys, home):
    """The user name comes from the environment."""
    monkeypatch.setenv("AWS_COGNITO_USER", user)
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "AWS_COGNITO_USER" in err
    assert err.replace("\n", "").isprintable()
    assert not (home / ".aws" / "config").exists()


def test_doctor_reports_an_invalid_user_name(monkeypatch, capsys):
    monkeypatch.setenv("AWS_COGNITO_USER", "ann\r[default]")
    assert main(["doctor", "--identity-pool-id", POOL]) == 1
    assert "AWS_COGNITO_USER" in capsys.readouterr().out


def test_every_setting_is_covered():
    assert OPTION_SETTINGS.keys() - COGNITO_SETTINGS.keys() == {"profile", "region", "endpoint_url"}
