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


def make(path, after: str, **how: bool) -> int:
    change = ConfigFileChange(str(path))
    change.after = after
    return change.apply("game", **{"is_dry": False, "is_agreed": True} | how)


def test_it_is_written_as_it_is_and_keeps_the_mode(file, capsys):
    file.chmod(0o640)
    assert make(file, "one\r\ntwo\n") == 0
    assert file.read_bytes() == b"one\r\ntwo\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["config"]
    assert "aws sts get-caller-identity --profile game" in capsys.readouterr().out


def test_a_new_file_is_this_users_alone(home):
    file = home / "folder" / "config"
    assert make(file, "x\n") == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder that none can write")
def test_where_nothing_can_be_written_that_is_said():
    with pytest.raises(OSError, match="/sys") as caught:
        make("/sys/.aws/config", "x\n")
    assert caught.value.filename == "/sys/.aws"
    assert caught.value.__notes__[0].startswith("Nothing is changed. ")
    assert "AWS_CONFIG_FILE" in caught.value.__notes__[0]


def test_a_link_stays_one(file, home):
    link = home / "link"
    link.symlink_to(file)
    assert make(link, "x\n") == 0
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
    assert f"the AWS config file {path} is {kind}, not a regular file" in str(caught.value)
    assert "AWS_CONFIG_FILE" in caught.value.hint


def test_a_file_that_a_device_replaced_meanwhile_stays(file):
    change = ConfigFileChange(str(file))
    change.after = "x\n"
    file.unlink()
    make_special_file(file, "a device")
    mode = file.stat().st_mode
    with pytest.raises(ConfigurationError, match="is a device, not a regular file"):
        change.apply("game", is_dry=False, is_agreed=True)
    assert file.stat().st_mode == mode


def test_dry_it_only_shows(file, capsys):
    before = file.read_bytes()
    assert make(file, "[default]\r\nregion = y\r\n", is_dry=True) == 0
    assert file.read_bytes() == before
    out = capsys.readouterr().out
    assert "-region = x\n+region = y\n" in out
    assert "\033" not in out


def test_nothing_to_change_is_said(file, capsys):
    before = file.stat()
    assert make(file, ConfigFileChange(str(file)).before) == 0
    assert file.stat() == before
    assert "Nothing to change" in capsys.readouterr().out


def test_without_a_terminal_nobody_agrees(file, monkeypatch, tmp_path):
    with (tmp_path / "empty").open("w+") as empty:
        monkeypatch.setattr("sys.stdin", empty)
        with pytest.raises(ConfigurationError) as caught:
            make(file, "x\n", is_agreed=False)
    assert caught.value.hint == "Agree to it with --yes."
    assert file.read_bytes().startswith(b"[default]")


def test_what_another_program_wrote_meanwhile_stays(file):
    change = ConfigFileChange(str(file))
    change.after = "x\n"
    file.write_text("theirs\n")
    with pytest.raises(ConfigurationError, match="changed by another program meanwhile"):
        change.apply("game", is_dry=False, is_agreed=True)
    assert file.read_text() == "theirs\n"


def test_of_many_at_once_each_that_says_so_has_written(file):
    names = [f"profile-{number}" for number in range(8)]
    together = threading.Barrier(len(names))

    def write(name: str) -> bool:
        change = ConfigFileChange(str(file))
        change.after = f"{change.before}[{name}]\n"
        together.wait()
        try:
            change.apply(name, is_dry=False, is_agreed=True)
        except ConfigurationError:
            return False
        return True

    with ThreadPoolExecutor(len(names)) as pool:
        written = list(pool.map(write, names))
    text = file.read_text()
    assert [f"[{name}]" in text for name in names] == written
    assert any(written)


def test_the_secrets_of_others_are_not_shown(file, never_printed):
    secret = never_printed("their-own-secret-text")
    names = ("aws_secret_access_key", "aws_access_key_id", "aws_session_token", "x_password")
    file.write_text("".join(f"{name} = {secret}\n" for name in names) + f"{names[0]}:{secret}\n")
    change = ConfigFileChange(str(file))
    change.after = f"new = 1\n{change.before}"
    assert len(change.diff()) == 3 + 1 + 3
    assert secret not in "\n".join(change.diff())
    change.after = "new = 1\n"
    assert secret not in "\n".join(change.diff())
