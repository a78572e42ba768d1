from __future__ import annotations

import pytest

from cognito_credentials._config.settings import CLIENT_SETTINGS
from cognito_credentials.cli.settings.names import (
    COGNITO_SETTINGS,
    OPTION_SETTINGS,
    check_account_id,
    client_config,
    hint_to_set,
)
from cognito_credentials.errors import ConfigurationError


def test_every_setting_has_a_name_in_every_place():
    for name, setting in COGNITO_SETTINGS.items():
        assert setting.name == name
        assert setting.variables == (f"AWS_COGNITO_{name.upper()}",)
        assert setting.key == f"cognito_{name}"
    options = [setting.option for setting in OPTION_SETTINGS.values()]
    assert all(option.startswith("--") for option in options)
    assert len(set(options)) == len(options)


def test_the_options_of_the_library_settings_are_declared_in_the_library():
    shared = {name for name, setting in CLIENT_SETTINGS.items() if setting.option}
    assert shared == OPTION_SETTINGS.keys() - COGNITO_SETTINGS.keys()


def test_a_hint_names_every_way_to_give_a_setting():
    hint = hint_to_set(COGNITO_SETTINGS["issuer"], "URL")
    assert all(name in hint for name in ("--issuer URL", "cognito_issuer", "AWS_COGNITO_ISSUER"))


@pytest.mark.parametrize("account_id", ["012345678901", "999999999999"])
def test_an_account_id_has_12_digits(account_id):
    assert check_account_id(account_id, "option --account-id") == account_id


@pytest.mark.parametrize("account_id", ["12", "1234567890123", "12345678901x", "٣" * 12, "²" * 12])
def test_another_account_id_is_rejected(account_id):
    with pytest.raises(ConfigurationError, match=r"^option --account-id "):
        check_account_id(account_id, "option --account-id")


@pytest.mark.parametrize("port", ["0", "1", "8400", "65535"])
def test_a_port_is_a_number(port):
    assert COGNITO_SETTINGS["redirect_port"].check(port, "option --redirect-port") == int(port)


@pytest.mark.parametrize("port", ["65536", "-1", "8400/tcp", "٣", "²", "1" * 5000, "http"])
def test_another_port_is_rejected_with_its_place(port):
    with pytest.raises(ConfigurationError, match=r"^environment variable AWS_COGNITO_REDIRECT_P"):
        COGNITO_SETTINGS["redirect_port"].check(
            port, "environment variable AWS_COGNITO_REDIRECT_PORT"
        )


@pytest.mark.parametrize("path", ["/", "/callback", "/oauth2/idpresponse", "/a%20b/~c"])
def test_a_path_begins_with_a_slash(path):
    assert COGNITO_SETTINGS["redirect_path"].check(path, "option --redirect-path") == path


@pytest.mark.parametrize(
    "path",
    ["callback", "//evil.example", "/a b", "/a?b", "/a#b", "/ä", "/a/../b", "/.", "http://a/b"],
)
def test_another_path_is_rejected_with_its_place(path):
    with pytest.raises(ConfigurationError, match=r"^option --redirect-path "):
        COGNITO_SETTINGS["redirect_path"].check(path, "option --redirect-path")


def test_an_endpoint_applies_to_both_services():
    assert client_config({}) == {}
    assert client_config({"profile": "game", "region": "us-east-1"}) == {
        "profile": "game",
        "region": "us-east-1",
    }
    url = "http://127.0.0.1:1"
    assert client_config({"endpoint_url": url}) == {"endpoint_url": url, "sts_endpoint_url": url}


@pytest.mark.parametrize(("name", "value"), [("endpoint_url", "nope"), ("region", "x y")])
def test_an_invalid_connection_option_is_rejected_by_name(name, value):
    with pytest.raises(ConfigurationError, match=f"^option {OPTION_SETTINGS[name].option} "):
        client_config({name: value})
