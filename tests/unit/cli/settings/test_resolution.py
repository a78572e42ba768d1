from __future__ import annotations

import subprocess
import sys
from argparse import Namespace

import pytest

from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN, SETTINGS, Selection
from cognito_credentials.errors import ConfigurationError

POOL, OTHER = (f"us-east-1:{digit * 8}-7900-4099-b910-2df94f52a030" for digit in "12")
ROLE = "arn:aws:iam::123456789012:role/one"


def select(**options) -> Selection:
    return Selection(Namespace(**NOTHING_GIVEN | options))


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_each_setting_from_each_place(setting, config, monkeypatch):
    """Option, environment, profile; with --profile the profile comes before the environment."""
    file = config(
        f"[default]\n{setting.key} = of-profile\n[profile game]\n{setting.key} = of-game\n"
    )
    assert select().values == {setting.name: "of-profile"}
    assert select().sources == {setting.name: f"profile default in {file}, line 2"}
    monkeypatch.setenv(setting.variable, "of-environment")
    assert select().values == {setting.name: "of-environment"}
    assert select().sources == {setting.name: f"environment {setting.variable}"}
    assert select(profile="game").values == {setting.name: "of-game"}
    assert select(profile="game").named(setting.name) == (
        f"{setting.key} (profile game in {file}, line 4)"
    )
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


@pytest.mark.parametrize(
    "options",
    [
        {"account_id": "12"},
        {"identity_pool_id": "pool"},
        {"region": "eu-west-1"},
        {"endpoint_url": "nope"},
        {"logins": ["x"]},
    ],
)
def test_what_is_wrong_is_refused_by_check_and_by_provider(options):
    """What exactly is wrong is `setting_checks`' business, and tested there."""
    selection = select(**{"identity_pool_id": POOL, **options})
    for make in (selection.check, selection.provider):
        with pytest.raises(ConfigurationError, match=r"^option --"):
            make()


def test_a_misspelt_key_is_refused_with_its_line(config):
    file = config(f"[profile game]\n# ours\ncognito_identity_pool = {POOL}\n")
    with pytest.raises(ConfigurationError) as caught:
        select(profile="game")
    assert caught.value.message == (
        f"cognito_identity_pool (profile game in {file}, line 3) is no key of this program"
    )
    assert caught.value.hint == "Write cognito_identity_pool_id."


def test_a_pool_alone_needs_no_more_imports(config):
    """`process` is timed: what most profiles have is checked by the library alone."""
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    program = (
        "import sys; from argparse import Namespace\n"
        "from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN, Selection\n"
        "selection = Selection(Namespace(**NOTHING_GIVEN | {'profile': 'game'} | {options}))\n"
        "selection.provider()\n"
        "print('cognito_credentials.cli.settings.validation' in sys.modules)\n"
    )
    for options, is_imported in (({}, "False"), ({"user": "ada"}, "True")):
        text = program.replace("{options}", repr(options))
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
        assert done.stdout.decode().strip() == is_imported


def test_a_profile_that_is_right_makes_a_provider(config):
    config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\nendpoint_url = http://127.0.0.1:1\n"
    )
    selection = select(profile="game", role_arn=ROLE, duration="900", user="ada")
    selection.check()
    selection.provider().close()
    assert selection.client_config() == {"profile": "game"}
