from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from special_files import KINDS, make_special_file

from cognito_credentials.cli.aws_config.config_file_change import ConfigFileChange
from cognito_credentials.errors import ConfigurationError


@pytest.fixture
def file(home):
    (home / ".aws").mkdir()
    file = home / ".aws" / "config"
    file.write_bytes(b"[default]\r\nregion = x\r\n")
    return file


def change_file(path, after: str, **options: bool) -> int:
    change = ConfigFileChange(str(path))
    change.after = after
    return change.apply("game", **{"is_dry_run": False, "is_confirmed": True} | options)


def test_a_changed_file_has_exactly_the_new_text_and_its_old_mode(file, capsys):
    file.chmod(0o640)
    assert change_file(file, "one\r\ntwo\n") == 0
    assert file.read_bytes() == b"one\r\ntwo\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["config"]
    assert "aws sts get-caller-identity --profile game" in capsys.readouterr().out


def test_a_new_file_is_accessible_by_this_user_only(home):
    file = home / "directory" / "config"
    assert change_file(file, "x\n") == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs a directory that no user can write"
)
def test_a_file_that_cannot_be_written_has_a_note_with_the_next_step():
    with pytest.raises(OSError, match="/sys") as caught:
        change_file("/sys/.aws/config", "x\n")
    assert caught.value.filename == "/sys/.aws"
    assert "AWS_CONFIG_FILE" in caught.value.__notes__[0]


def test_a_symbolic_link_remains_and_its_target_is_changed(file, home):
    link = home / "link"
    link.symlink_to(file)
    assert change_file(link, "x\n") == 0
    assert link.is_symlink()
    assert file.read_text() == "x\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_linked", [False, True])
def test_only_a_regular_file_is_changed(home, kind, is_linked):
    special, link = home / "special", home / "link"
    make_special_file(special, kind)
    link.symlink_to(special)
    path = link if is_linked else special
    with pytest.raises(ConfigurationError) as caught:
        ConfigFileChange(str(path))
    assert kind in str(caught.value)
    assert "AWS_CONFIG_FILE" in caught.value.hint


def test_a_file_that_became_a_device_in_the_meantime_is_unchanged(file):
    change = ConfigFileChange(str(file))
    change.after = "x\n"
    file.unlink()
    make_special_file(file, "a device")
    mode = file.stat().st_mode
    with pytest.raises(ConfigurationError, match="a device"):
        change.apply("game", is_dry_run=False, is_confirmed=True)
    assert file.stat().st_mode == mode


def test_a_dry_run_only_shows_the_change(file, capsys):
    before = file.read_bytes()
    assert change_file(file, "[default]\r\nregion = y\r\n", is_dry_run=True) == 0
    assert file.read_bytes() == before
    out = capsys.readouterr().out
    assert "-region = x\n+region = y\n" in out
    assert "\033" not in out


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("cognito_logins = graph.facebook.com=hunter2", "cognito_logins = graph.facebook.com=…"),
        ("cognito_logins: example=hunter2 x", "cognito_logins: example=…"),
        ("  api.twitter.com=hunter2;hunter2", "  api.twitter.com=…"),
        ("  arn:aws:iam::123456789012:saml-provider/A=hunter2", None),
        ("cognito_client_secret = hunter2", "cognito_client_secret = …"),
    ],
)
def test_a_secret_next_to_a_change_is_not_printed(file, capsys, line, shown):
    file.write_text(f"[default]\n{line}\n")
    assert change_file(file, f"[default]\n{line}\nregion = x\n", is_dry_run=True) == 0
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert f" {shown or line.replace('hunter2', '…')}\n" in out


@pytest.mark.parametrize(
    "line",
    [
        "cognito_logins = graph.facebook.com=@~/token",
        "  accounts.google.com=env:TOKEN",
        "  accounts.google.com=cmd:get",
        "  addressing_style = path",
        "  addressing_style=path",
        "sso_start_url = https://example.com/?a=b",
        "credential_process = a.sh",
    ],
)
def test_a_line_without_a_secret_is_printed_unchanged(file, capsys, line):
    file.write_text(f"[default]\n{line}\n")
    assert change_file(file, f"[default]\n{line}\nregion = x\n", is_dry_run=True) == 0
    assert f" {line}\n" in capsys.readouterr().out


def test_an_empty_change_writes_nothing(file, capsys):
    before = file.stat()
    assert change_file(file, ConfigFileChange(str(file)).before) == 0
    assert file.stat() == before
    assert "profile game" in capsys.readouterr().out


def test_without_a_terminal_an_unconfirmed_change_is_an_error(file, monkeypatch, tmp_path):
    with (tmp_path / "empty").open("w+") as empty:
        monkeypatch.setattr("sys.stdin", empty)
        with pytest.raises(ConfigurationError) as caught:
            change_file(file, "x\n", is_confirmed=False)
    assert "--yes" in caught.value.hint
    assert file.read_bytes().startswith(b"[default]")


def test_a_change_by_another_program_in_the_meantime_is_retained(file):
    change = ConfigFileChange(str(file))
    change.after = "x\n"
    file.write_text("theirs\n")
    with pytest.raises(ConfigurationError, match="another program"):
        change.apply("game", is_dry_run=False, is_confirmed=True)
    assert file.read_text() == "theirs\n"


def test_every_concurrent_change_that_succeeds_is_in_the_file(file):
    names = [f"profile-{number}" for number in range(8)]
    barrier = threading.Barrier(len(names))

    def write(name: str) -> bool:
        change = ConfigFileChange(str(file))
        change.after = f"{change.before}[{name}]\n"
        barrier.wait()
        try:
            change.apply(name, is_dry_run=False, is_confirmed=True)
        except ConfigurationError:
            return False
        return True

    with ThreadPoolExecutor(len(names)) as pool:
        written = list(pool.map(write, names))
    text = file.read_text()
    assert [f"[{name}]" in text for name in names] == written
    assert any(written)


def test_other_secrets_in_the_file_are_masked_in_the_diff(file, never_printed):
    secret = never_printed("their-own-secret-text")
    names = ("aws_secret_access_key", "aws_access_key_id", "aws_session_token", "x_password")
    file.write_text("".join(f"{name} = {secret}\n" for name in names) + f"{names[0]}:{secret}\n")
    change = ConfigFileChange(str(file))
    change.after = f"new = 1\n{change.before}"
    assert len(change.diff()) == 3 + 1 + 3
    assert secret not in "\n".join(change.diff())
    change.after = "new = 1\n"
    assert secret not in "\n".join(change.diff())


OWN_COMMAND = "credential_process = cognito-credentials process --profile game"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("credential_process = /bin/tool --key SECRET", "credential_process = /bin/tool …"),
        ("credential_process: tool SECRET", "credential_process: tool …"),
        ("credential_process = /bin/tool", "credential_process = /bin/tool"),
        (OWN_COMMAND, OWN_COMMAND),
        ("  accounts.google.com=cmd:tool --key SECRET", "  accounts.google.com=cmd:tool …"),
        ("cognito_client_secret = cmd:tool SECRET", "cognito_client_secret = …"),
        ("endpoint_url = https://ann:SECRET@host/x", "endpoint_url = https://…@host/x"),
        ("region = us-east-1", "region = us-east-1"),
    ],
)
def test_commands_and_urls_of_other_profiles_are_shown_without_secrets(
    file, never_printed, line: str, shown: str
):
    secret = never_printed("their-own-secret-text")
    file.write_text(line.replace("SECRET", secret) + "\n")
    change = ConfigFileChange(str(file))
    change.after = f"{change.before}[profile new]\n"
    assert f" {shown}" in change.diff()
    change.after = "new = 1\n"
    assert f"-{shown}" in change.diff()
