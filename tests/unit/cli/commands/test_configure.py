from __future__ import annotations

import os
import shlex
import sys

import pytest
from special_files import KINDS, make_special_file

from cognito_credentials.cli.aws_config import credential_sources
from cognito_credentials.cli.commands import configure
from cognito_credentials.cli.program import main
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS

POOL = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
GAME = ["configure", "--yes", "--profile", "game"]
OURS = f"{shlex.quote(sys.executable)} -m cognito_credentials process --profile game"


@pytest.fixture
def file(home):
    (home / ".aws").mkdir()
    return home / ".aws" / "config"


def test_a_new_profile(file):
    assert main([*GAME, "--identity-pool-id", POOL]) == 0
    assert file.read_text() == (
        f"[profile game]\ncognito_identity_pool_id = {POOL}\ncredential_process = {OURS}\n"
        "region = eu-west-1\n"
    )


def test_each_option_has_its_key(file, home, monkeypatch):
    monkeypatch.chdir(home)
    given = {
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
        if s.name in given
        for word in (s.option, given[s.name])
    ]
    logins = ["--login", "a.b=@token", "--login", "c.d=env:TOKEN"]
    assert main([*GAME, *words, *logins, "--endpoint-url", "http://127.0.0.1:1"]) == 0
    text = file.read_text()
    for name, value in given.items():
        assert f"\ncognito_{name} = {value}\n" in text
    assert f"\ncognito_logins =\n  a.b = @{home}/token\n  c.d = env:TOKEN\n" in text
    assert "\nendpoint_url = http://127.0.0.1:1\n" in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_config_file_that_is_not_a_regular_file(file, capsys, kind, more):
    make_special_file(file, kind)
    mode = file.stat().st_mode
    assert main([*GAME, "--identity-pool-id", POOL, *more]) == 2
    assert f"{file} is {kind}, not a regular file" in capsys.readouterr().err
    assert file.stat().st_mode == mode


def test_what_process_would_refuse_is_refused_and_named_as_it_was_given(file, capsys):
    role = "arn:aws:iam::123456789012:role/one"
    words = ["--identity-pool-id", POOL, "--role-arn", role]
    for more, said in (
        (["--custom-role-arn", role], "option --custom-role-arn and option --role-arn"),
        (["--duration", "10"], "option --duration"),
        (["--endpoint-url", "nope"], "option --endpoint-url"),
    ):
        assert main([*GAME, *words, *more]) == 2
        assert f"cognito-credentials: {said}" in capsys.readouterr().err
    assert not file.exists()
    # The region of a profile is for other services.
    assert main([*GAME, "--identity-pool-id", POOL, "--region", "us-east-1"]) == 0


def test_what_a_variable_says_is_written_unless_the_profile_has_it(file, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_LOGINS", "a.b=env:A\nc.d=env:C\n")
    file.write_text("[profile game]\ncognito_user = ada\n")
    monkeypatch.setenv("AWS_COGNITO_USER", "bob")
    assert main(GAME) == 0
    text = file.read_text()
    assert f"\ncognito_identity_pool_id = {POOL}\n" in text
    assert "\ncognito_logins =\n  a.b = env:A\n  c.d = env:C\n" in text
    assert "\nregion = eu-west-1\n" in text
    assert "bob" not in text


def test_somebody_may_sign_in_later(file, capsys):
    issuer = ["--issuer", "us-east-1_Example", "--client-id", "app"]
    assert main([*GAME, "--identity-pool-id", POOL, *issuer]) == 0
    assert "\ncognito_issuer = us-east-1_Example\n" in file.read_text()
    assert main(["doctor", "--profile", "game"]) == 1
    said = capsys.readouterr()
    assert "✗ session" in said.out
    assert "cognito-credentials login --profile game" in said.out
    assert "checks failed" in said.out
    assert said.err == ""


def test_a_key_that_is_misspelt_is_refused(file, capsys):
    file.write_text(f"[profile game]\ncognito_identity_pool_id = {POOL}\ncognito_logn = a=env:B\n")
    assert main(["process", "--profile", "game"]) == 2
    said = capsys.readouterr().err
    assert "cognito_logn (profile game in " in said
    assert "cognito_logins." in said


def test_a_region_that_is_there_stays(file):
    file.write_text("[profile game]\nregion = us-west-2\n")
    assert main([*GAME, "--identity-pool-id", POOL]) == 0
    assert "us-west-2" in file.read_text()
    assert "region = eu-west-1" not in file.read_text()


def test_again_it_changes_nothing_and_needs_no_pool(file, capsys):
    assert main([*GAME, "--identity-pool-id", POOL]) == 0
    text = file.read_text()
    capsys.readouterr()
    assert main(GAME) == 0
    assert file.read_text() == text
    assert "No changes" in capsys.readouterr().out


@pytest.mark.parametrize("key", [*credential_sources.OTHER_SOURCES, "credential_process"])
def test_what_else_gives_credentials_is_not_overwritten_but_replaced(key, file, capsys):
    before = f"[profile game]\n{key} = theirs\n# theirs\n"
    file.write_text(before)
    assert main([*GAME, "--identity-pool-id", POOL]) == 2
    assert file.read_text() == before
    what, step = capsys.readouterr().err.splitlines()
    assert what.endswith(f"takes credentials from elsewhere: {key}")
    assert "--replace" in step
    assert main([*GAME, "--identity-pool-id", POOL, "--replace"]) == 0
    assert "= theirs" not in file.read_text()
    assert "# theirs" in file.read_text()


@pytest.mark.parametrize(
    "process",
    [
        "/old/bin/cognito-credentials process --profile game",
        "python -m cognito_credentials process",
    ],
)
def test_a_credential_process_of_ours_is_renewed(process, file):
    file.write_text(f"[profile game]\ncredential_process = {process}\n")
    assert main([*GAME, "--identity-pool-id", POOL]) == 0
    assert f"credential_process = {OURS}\n" in file.read_text()


def test_keys_in_the_credentials_file_would_come_first(file, home, capsys):
    (home / ".aws" / "credentials").write_text("[game]\naws_access_key_id = x\n")
    assert main([*GAME, "--identity-pool-id", POOL, "--replace"]) == 2
    assert not file.exists()
    assert "Take [game] out of that file" in capsys.readouterr().err


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
def test_what_process_would_refuse_is_not_written(words, file, capsys):
    assert main([*GAME, *words]) == 2
    assert not file.exists()
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_broken_file_stays_as_it_is(file, capsys):
    file.write_text("[profile game]\nwhat is this\n")
    assert main([*GAME, "--identity-pool-id", POOL]) == 2
    assert "is broken at line 2" in capsys.readouterr().err


def test_the_command_is_an_absolute_path_that_splits_as_it_was(tmp_path, monkeypatch):
    folder = tmp_path / "with space's"
    folder.mkdir()
    program = folder / "cognito-credentials"
    program.write_text("")
    program.chmod(0o700)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["./cognito-credentials"])
    assert shlex.split(configure.command()) == [os.path.abspath(program)]
    program.unlink()
    assert shlex.split(configure.command()) == [sys.executable, "-m", "cognito_credentials"]
