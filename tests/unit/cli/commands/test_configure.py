from __future__ import annotations

import os
import shlex
import sys

import pytest
from botocore.configloader import load_config
from special_files import KINDS, make_special_file

from cognito_credentials.cli.aws_config import credential_sources
from cognito_credentials.cli.commands import configure
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS

POOL = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
CONFIGURE = ["configure", "--yes", "--profile", "game"]
CREDENTIAL_PROCESS = f"{shlex.quote(sys.executable)} -m cognito_credentials process --profile game"


@pytest.fixture
def file(home):
    (home / ".aws").mkdir()
    return home / ".aws" / "config"


def test_configure_writes_a_new_profile(file):
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    assert file.read_text() == (
        f"[profile game]\ncognito_identity_pool_id = {POOL}\ncredential_process = {CREDENTIAL_PROCESS}\n"
        "region = eu-west-1\n"
    )


def test_each_option_is_written_to_its_key(file, home, monkeypatch):
    monkeypatch.chdir(home)
    options = {
        "identity_pool_id": POOL,
        "identity_id": POOL,
        "user": "ada",
        "role_arn": "arn:aws:iam::123456789012:role/two",
        "duration": "900",
        "account_id": "123456789012",
    }
    words = [
        word
        for s in COGNITO_SETTINGS.values()
        if s.name in options
        for word in (s.option, options[s.name])
    ]
    logins = ["--login", "a.b=@token", "--login", "c.d=env:TOKEN"]
    assert main([*CONFIGURE, *words, *logins, "--endpoint-url", "http://127.0.0.1:1"]) == 0
    text = file.read_text()
    for name, value in options.items():
        assert f"\ncognito_{name} = {value}\n" in text
    assert f"\ncognito_logins =\n  a.b = @{home}/token\n  c.d = env:TOKEN\n" in text
    assert "\nendpoint_url = http://127.0.0.1:1\n" in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extra", [[], ["--dry-run"]])
def test_a_config_file_that_is_not_a_regular_file_is_not_changed(file, capsys, kind, extra):
    make_special_file(file, kind)
    mode = file.stat().st_mode
    assert main([*CONFIGURE, "--identity-pool-id", POOL, *extra]) == 2
    assert f"{file} is {kind}" in capsys.readouterr().err
    assert file.stat().st_mode == mode


ROLE = "arn:aws:iam::123456789012:role/one"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--custom-role-arn", ROLE], "option --custom-role-arn"),
        (["--duration", "10"], "option --duration"),
        (["--endpoint-url", "nope"], "option --endpoint-url"),
    ],
)
def test_an_invalid_value_is_named_by_its_option(file, capsys, words, option):
    assert main([*CONFIGURE, "--identity-pool-id", POOL, "--role-arn", ROLE, *words]) == 2
    assert option in capsys.readouterr().err.splitlines()[0]
    assert not file.exists()


def test_the_region_of_a_profile_may_differ_from_that_of_the_pool(file):
    assert main([*CONFIGURE, "--identity-pool-id", POOL, "--region", "us-east-1"]) == 0
    assert "\nregion = us-east-1\n" in file.read_text()


def test_environment_variables_are_written_unless_the_profile_has_the_key(file, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_LOGINS", "a.b=env:A\nc.d=env:C\n")
    file.write_text("[profile game]\ncognito_user = ada\n")
    monkeypatch.setenv("AWS_COGNITO_USER", "bob")
    assert main(CONFIGURE) == 0
    text = file.read_text()
    assert f"\ncognito_identity_pool_id = {POOL}\n" in text
    assert "\ncognito_logins =\n  a.b = env:A\n  c.d = env:C\n" in text
    assert "\nregion = eu-west-1\n" in text
    assert "bob" not in text


def test_an_issuer_can_be_written_before_the_first_login(file, capsys):
    issuer = ["--issuer", "us-east-1_Example", "--client-id", "app"]
    assert main([*CONFIGURE, "--identity-pool-id", POOL, *issuer]) == 0
    assert "\ncognito_issuer = us-east-1_Example\n" in file.read_text()
    assert main(["doctor", "--profile", "game"]) == 1
    out, err = capsys.readouterr()
    assert "cognito-credentials login --profile game" in out
    assert err == ""


def test_a_misspelled_key_is_rejected(file, capsys):
    file.write_text(f"[profile game]\ncognito_identity_pool_id = {POOL}\ncognito_logn = a=env:B\n")
    assert main(["process", "--profile", "game"]) == 2
    what, step, _ = capsys.readouterr().err.splitlines()
    assert "cognito_logn (profile game in " in what
    assert "cognito_logins" in step


def test_an_existing_region_is_not_changed(file):
    file.write_text("[profile game]\nregion = us-west-2\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    assert "us-west-2" in file.read_text()
    assert "region = eu-west-1" not in file.read_text()


def test_configuring_again_changes_nothing(file):
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    text = file.read_text()
    assert main(CONFIGURE) == 0
    assert file.read_text() == text


@pytest.mark.parametrize("key", [*credential_sources.OTHER_SOURCES, "credential_process"])
def test_another_source_of_credentials_is_removed_only_with_replace(key, file, capsys):
    before = f"[profile game]\n{key} = theirs\n# theirs\n"
    file.write_text(before)
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 2
    assert file.read_text() == before
    what, step, _ = capsys.readouterr().err.splitlines()
    assert key in what
    assert "--replace" in step
    assert main([*CONFIGURE, "--identity-pool-id", POOL, "--replace"]) == 0
    assert "= theirs" not in file.read_text()
    assert "# theirs" in file.read_text()


@pytest.mark.parametrize(
    "process",
    [
        "/old/bin/cognito-credentials process --profile game",
        "python -m cognito_credentials process",
    ],
)
def test_an_older_credential_process_of_this_program_is_replaced(process, file):
    file.write_text(f"[profile game]\ncredential_process = {process}\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    assert f"credential_process = {CREDENTIAL_PROCESS}\n" in file.read_text()


def test_a_profile_in_the_credentials_file_is_rejected(file, home, capsys):
    (home / ".aws" / "credentials").write_text("[game]\naws_access_key_id = x\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL, "--replace"]) == 2
    assert not file.exists()
    assert "[game]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--identity-pool-id", "nonsense"],
        ["--identity-pool-id", POOL, "--login", "accounts.google.com=literal"],
        ["--identity-pool-id", POOL, "--duration", "900"],
        ["--identity-pool-id", POOL, "--endpoint-url", "nonsense"],
        ["--identity-pool-id", POOL, "--user", "a\nb = c"],
        ["--identity-pool-id", POOL, "--user", ""],
    ],
)
def test_values_that_process_would_reject_are_not_written(words, file, capsys):
    assert main([*CONFIGURE, *words]) == 2
    assert not file.exists()
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_file_that_cannot_be_parsed_is_not_changed(file, capsys):
    file.write_text("[profile game]\nwhat is this\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 2
    assert "line 2" in capsys.readouterr().err
    assert file.read_text() == "[profile game]\nwhat is this\n"


def test_find_command_returns_a_quoted_absolute_path(tmp_path, monkeypatch):
    folder = tmp_path / "with space's"
    folder.mkdir()
    program = folder / "cognito-credentials"
    program.write_text("")
    program.chmod(0o700)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["./cognito-credentials"])
    assert shlex.split(configure.find_command()) == [os.path.abspath(program)]
    program.unlink()
    assert shlex.split(configure.find_command()) == [sys.executable, "-m", "cognito_credentials"]


@pytest.mark.parametrize("name", ["Foo Bar", "Ann's pool", "game"])
def test_boto3_finds_the_profile(file, name):
    assert main(["configure", "--yes", "--profile", name, "--identity-pool-id", POOL]) == 0
    assert load_config(str(file))["profiles"][name]["region"] == "eu-west-1"


def test_a_second_section_is_not_added_for_a_header_that_boto3_does_not_read(file, capsys):
    file.write_text("[profile Foo Bar]\nregion = us-east-1\n")
    words = ["configure", "--yes", "--profile", "Foo Bar", "--identity-pool-id", POOL]
    assert main(words) == 2
    assert '[profile "Foo Bar"]' in capsys.readouterr().err


@pytest.mark.parametrize("region", ["us-east-1 ; comment", '"us-east-1"', "US-EAST-1", "us-esat-1"])
def test_a_region_that_boto3_does_not_accept_is_rejected(file, capsys, region):
    file.write_text(f"[profile game]\nregion = {region}\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 2
    assert repr(region) in capsys.readouterr().err
    assert main([*CONFIGURE, "--identity-pool-id", POOL, "--region", "eu-west-1"]) == 0


def test_an_exported_endpoint_is_written(file, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    assert "\nendpoint_url = http://127.0.0.1:1\n" in file.read_text()


def test_the_endpoint_of_the_profile_is_not_replaced_by_an_exported_endpoint(file, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    file.write_text("[profile game]\nendpoint_url = http://127.0.0.1:2\n")
    assert main([*CONFIGURE, "--identity-pool-id", POOL]) == 0
    assert "endpoint_url = http://127.0.0.1:2\n" in file.read_text()


def test_a_profile_with_an_issuer_needs_a_login_first(file, capsys):
    issuer = ["--issuer", "https://login.example.com", "--client-id", "application"]
    assert main([*CONFIGURE, "--identity-pool-id", POOL, *issuer]) == 0
    sign_in, test = capsys.readouterr().out.splitlines()[-2:]
    assert sign_in.endswith(": cognito-credentials login --profile game")
    assert test.endswith(": aws sts get-caller-identity --profile game")


def test_profiles_with_an_identity_pool_are_listed(file, capsys):
    file.write_text(
        f"[profile other]\nregion = x\n[profile game]\ncognito_identity_pool_id = {POOL}\n"
    )
    assert main(["configure", "--list"]) == 0
    assert capsys.readouterr().out.split() == ["game", POOL]


def test_a_profile_name_with_a_control_character_does_not_hide_the_other_profiles(file, capsys):
    sections = (
        f'[profile "{name}"]\ncognito_identity_pool_id = {POOL}\n' for name in ("a\tb", "c")
    )
    file.write_text("".join(sections))
    assert main(["configure", "--list"]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == [POOL, POOL]


def test_a_control_character_in_the_profile_name_is_reported_with_its_source(file, capsys):
    words = ["--profile", "a\tb", "--identity-pool-id", POOL]
    assert main(["configure", "--yes", *words]) == 2
    assert "(option --profile)" in capsys.readouterr().err


def test_the_list_without_profiles_names_the_next_step(file, capsys):
    assert main(["configure", "--list"]) == 2
    assert "configure --profile NAME" in capsys.readouterr().err
