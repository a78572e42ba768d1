from __future__ import annotations

from argparse import Namespace

import pytest

from cognito_credentials.cli.common.selection import NOTHING_GIVEN, SETTINGS, Selection
from cognito_credentials.errors import ConfigurationError

POOL, OTHER = (f"us-east-1:{digit * 8}-7900-4099-b910-2df94f52a030" for digit in "12")
ROLE = "arn:aws:iam::123456789012:role/one"


@pytest.fixture
def config(home):
    """Write the config file, and return its path."""

    def write(text: str) -> str:
        file = home / ".aws" / "config"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return str(file)

    return write


def select(**options) -> Selection:
    return Selection(Namespace(**NOTHING_GIVEN | options))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_setting_from_each_place(setting, config, monkeypatch):
    """Option, environment, profile; with --profile the profile comes before the environment."""
    file = config(
        f"[default]\n{setting.key} = of-profile\n[profile game]\n{setting.key} = of-game\n"
    )
    assert select().values == {setting.name: "of-profile"}
    assert select().sources == {setting.name: f"profile default in {file}"}
    monkeypatch.setenv(setting.variable, "of-environment")
    assert select().values == {setting.name: "of-environment"}
    assert select().sources == {setting.name: f"environment {setting.variable}"}
    assert select(profile="game").values == {setting.name: "of-game"}
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert select().values == {setting.name: "of-environment"}
    given = select(profile="game", **{setting.name: "given"})
    assert given.values == {setting.name: "given"}
    assert given.sources == {setting.name: f"option {setting.option}"}


def test_the_nearer_of_identity_and_pool_counts(config, monkeypatch):
    config(f"[profile game]\ncognito_identity_id = {POOL}\ncognito_identity_pool_id = {OTHER}\n")
    assert select(profile="game").values == {"identity_id": POOL}
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", OTHER)
    assert select(profile="game").values == {"identity_id": POOL}
    monkeypatch.setenv("AWS_PROFILE", "game")
    assert select().values == {"identity_pool_id": OTHER}
    assert select(identity_id=POOL).values == {"identity_id": POOL}


def test_what_it_is_called(config):
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    assert select(profile="game").name == "profile game"
    assert select(profile="game", identity_pool_id=OTHER).name == OTHER
    assert select().name == "profile default"


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("profile", "--profile"),
        ("identity_pool_id", "--identity-pool-id"),
        ("endpoint_url", "--endpoint-url"),
    ],
)
def test_an_option_that_a_script_left_empty_is_refused(name, option):
    with pytest.raises(ConfigurationError, match=f"^option {option} is empty"):
        select(**{name: ""})


def test_an_empty_login_does_not_make_a_guest():
    with pytest.raises(ConfigurationError, match=r"^option --login is empty"):
        select(identity_pool_id=POOL, logins=[" "])


def test_without_a_pool_there_is_nothing_to_make(config):
    with pytest.raises(ConfigurationError, match=r"^no identity pool is named\. ") as caught:
        select().provider()
    assert "--identity-pool-id" in caught.value.hint
    file = config("[profile game]\nregion = us-east-1\n")
    with pytest.raises(ConfigurationError) as caught:
        select(profile="game").check()
    assert caught.value.message == f"no identity pool is named in profile game in {file}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": "900"}, r"^duration \(option --duration\) goes with role_arn"),
        ({"duration": "1h", "role_arn": ROLE}, "^duration .* is no whole number of seconds"),
        ({"duration": "9" * 5000, "role_arn": ROLE}, "^duration .* is no whole number of seconds"),
        ({"duration": "12", "role_arn": ROLE}, "^duration_seconds is 12"),
        ({"logins": ["x"]}, "^a login"),
        ({"identity_pool_id": "pool"}, "identity_pool_id"),
        ({"identity_id": "x"}, "identity_id"),
    ],
)
def test_what_is_wrong_is_refused_by_check_and_by_provider(options, message):
    selection = select(**{"identity_pool_id": POOL, **options})
    for make in (selection.check, selection.provider):
        with pytest.raises(ConfigurationError, match=message):
            make()


def test_a_profile_that_is_right_makes_a_provider(config):
    config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\nendpoint_url = http://127.0.0.1:1\n"
    )
    selection = select(profile="game", role_arn=ROLE, duration="900", user="ada")
    selection.check()
    selection.provider().close()
    assert selection.client_config() == {"profile": "game"}


def test_whether_a_command_runs():
    assert not select(logins=["a.b=@file"]).runs_commands
    assert select(logins=["a.b=@file", "c.d=cmd:print"]).runs_commands
