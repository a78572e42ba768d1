from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
from special_files import make_special_file

from cognito_credentials._config import aws_files
from cognito_credentials._config.aws_files import in_credentials_file, load_profile, profiles_with
from cognito_credentials.errors import ConfigurationError


@pytest.fixture
def files(tmp_path: Path):
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def write(files: dict[str, str], text: str) -> None:
    Path(files["AWS_CONFIG_FILE"]).write_text(text, encoding="utf-8")


def refused(files: dict[str, str], name: str = "game") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_profile(files, name, source="environment AWS_PROFILE")
    return caught.value


@pytest.mark.parametrize(
    "section", ["profile game", 'profile "game"', "profile  game", "profile 'game'"]
)
def test_a_profile_is_found_however_it_is_written(files: dict[str, str], section: str):
    write(files, f"[{section}]\nregion = us-east-1\nmax_attempts=4\n")
    profile = load_profile(files, "game", source="argument")
    assert profile.values == {"region": "us-east-1", "max_attempts": "4"}


@pytest.mark.parametrize("text", [None, "[profile game]\nmax_attempts = 1\n"])
def test_the_default_profile_may_be_named_where_there_is_none(
    files: dict[str, str], text: str | None
):
    if text:
        write(files, text)
    for source in ("environment AWS_PROFILE", "option --profile"):
        assert load_profile(files, "default", source=source).values == {}


def test_the_default_profile_needs_no_prefix_but_may_have_it(files: dict[str, str]):
    write(files, "[default]\nmax_attempts = 1\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "1"}
    write(files, "[default]\nmax_attempts = 1\n[profile default]\nmax_attempts = 2\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "2"}


def test_a_section_without_the_prefix_is_no_profile(files: dict[str, str]):
    write(files, "[game]\nmax_attempts = 1\n")
    said = str(refused(files))
    assert "has it as [game]" in said
    assert "Write [profile game] there" in said


def test_a_percent_sign_and_a_nested_section_are_just_text(files: dict[str, str]):
    write(files, "[profile game]\ns3 =\n  addressing_style = path\nca_bundle = /a%20b\n")
    assert load_profile(files, "game", source="argument").values["ca_bundle"] == "/a%20b"


def test_services_are_read(files: dict[str, str]):
    write(
        files,
        "[profile game]\nservices = local\n"
        "[services local]\nsts =\n  endpoint_url = http://a\ncognito_identity =\n"
        "    endpoint_url=http://b?x=y\n    other = z\n",
    )
    assert load_profile(files, "game", source="argument").services == {
        "sts": {"endpoint_url": "http://a"},
        "cognito_identity": {"endpoint_url": "http://b?x=y", "other": "z"},
    }


def test_services_that_are_not_there_are_an_error(files: dict[str, str]):
    write(files, "[profile game]\nservices = gone\n")
    error = refused(files)
    assert "config, line 2) is 'gone', but" in error.message
    assert "has no section [services gone]" in error.message
    assert error.hint


def test_without_a_file_there_are_no_values(files: dict[str, str]):
    profile = load_profile(files, "default", source="default")
    assert profile.values == {}
    assert profile.services == {}


def test_a_profile_asked_for_must_exist(files: dict[str, str]):
    error = refused(files)
    assert "profile (environment AWS_PROFILE) is 'game'" in str(error)
    assert "set AWS_CONFIG_FILE" in error.hint
    write(files, "[profile 'x y']\n[default]\n[profile shop]\n[services x]\n[preview]\n")
    assert refused(files).hint == "It has these: default, shop, x y."


def test_a_profile_of_the_credentials_file_exists_too(files: dict[str, str]):
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[game]\naws_access_key_id = x\n")
    assert load_profile(files, "game", source="argument").values == {}
    assert in_credentials_file(files, "game") == {"aws_access_key_id": "x"}
    assert in_credentials_file(files, "shop") is None


def test_a_broken_credentials_file_is_called_what_it_is(files: dict[str, str]):
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[game\n")
    error = refused(files)
    assert f"The AWS credentials file {files['AWS_SHARED_CREDENTIALS_FILE']} is broken" in str(
        error
    )
    assert error.hint == "Correct it, or set AWS_SHARED_CREDENTIALS_FILE to another file."


def test_a_pipe_is_read_until_its_writer_is_done(files: dict[str, str]):
    make_special_file(files["AWS_CONFIG_FILE"], "a named pipe")
    text = "\ufeff[profile game]\r\nregion = us-east-1\r\n"
    writer = threading.Thread(target=write, args=(files, text))
    writer.start()
    assert load_profile(files, "game", source="argument").values == {"region": "us-east-1"}
    writer.join()


def test_a_device_that_is_empty_is_an_empty_file(files: dict[str, str]):
    make_special_file(files["AWS_CONFIG_FILE"], "a device")
    assert load_profile(files, "default", source="default").values == {}


def test_a_pipe_without_a_writer_is_not_waited_for_without_end(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aws_files, "PIPE_TIMEOUT_SECONDS", 0.02)
    make_special_file(files["AWS_CONFIG_FILE"], "a named pipe")
    path = files["AWS_CONFIG_FILE"]
    assert (
        f"The AWS config file {path} cannot be read: it is a pipe that did not end within 0.02 s."
    ) in str(refused(files))
    make_special_file(files["AWS_SHARED_CREDENTIALS_FILE"], "a named pipe")
    with pytest.raises(ConfigurationError, match=r"The AWS credentials file .* did not end within"):
        in_credentials_file(files, "game")


def test_a_file_without_end_is_not_read_without_end(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aws_files, "MAX_FILE_BYTES", 10)
    write(files, "[profile game]\n")
    assert "cannot be read: it is larger than 10 bytes" in str(refused(files))


LINES = """\
# cognito_user = a comment
[default]
cognito_user = other

[profile  "game"]
Cognito_User : ada
  # of the logins
cognito_logins =
  a.b = @one

  # c.d = @two
  c.d = @two
[profile x]
cognito_logins = c.d = @two
"""


@pytest.mark.parametrize(
    ("key", "last_words", "line"),
    [
        ("cognito_user", "", 6),
        ("cognito_logins", "", 8),
        ("cognito_logins", "a.b = @one", 9),
        ("cognito_logins", "c.d = @two", 12),
        ("cognito_issuer", "", 0),
    ],
)
def test_a_key_is_found_on_its_line(files: dict[str, str], key: str, last_words: str, line: int):
    write(files, LINES)
    profile = load_profile(files, "game", source="argument")
    source = f"profile game in {files['AWS_CONFIG_FILE']}"
    assert profile.place_of(key, last_words) == (f"{source}, line {line}" if line else source)
    assert profile.source == source


def test_the_profiles_that_have_a_key(files: dict[str, str]):
    assert profiles_with(files, "a") == []
    write(
        files, "[default]\na = 1\n[profile 'x y']\nb = 1\n[services z]\na = 1\n[profile w]\nc=1\n"
    )
    assert profiles_with(files, "a", "b") == ["default", "x y"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("secret = hunter2\n[default]\n", 1),
        ("[default]\nx = 1\nhunter2\n", 3),
        ("[default]\nx = hunter2\nx = hunter2\n", 3),
        ("[default]\n[profile a]\n[default]\n", 3),
        ("[default\nsecret = hunter2", 1),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_not_repeated(
    files: dict[str, str], text: str, line: int
):
    write(files, text)
    error = refused(files, "default")
    assert f"{files['AWS_CONFIG_FILE']} is broken at line {line}:" in str(error)
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_a_file_of_another_encoding_is_refused(files: dict[str, str]):
    Path(files["AWS_CONFIG_FILE"]).write_bytes(b"[default]\nx = \xff\xfe\n")
    assert "it is not UTF-8 text" in str(refused(files, "default"))


def test_a_byte_order_mark_does_not_matter(files: dict[str, str]):
    write(files, "\ufeff[default]\nmax_attempts = 1\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "1"}


def test_a_folder_is_no_file(files: dict[str, str]):
    Path(files["AWS_CONFIG_FILE"]).mkdir()
    assert "cannot be read: Is a directory" in str(refused(files, "default"))


def test_the_file_is_in_the_home_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text("[default]\nmax_attempts = 1\n")
    assert load_profile({}, "default", source="default").values == {"max_attempts": "1"}


def test_nothing_is_imported_for_a_file_that_is_not_there(tmp_path: Path):
    program = (
        "import sys\n"
        "from cognito_credentials.config import ClientConfig, resolve\n"
        "resolve(ClientConfig(), region_of_id='us-east-1')\n"
        "heavy = {'configparser', 'difflib', 'pathlib', 'logging', 'typing', 'dataclasses',\n"
        "         'http.client', 'urllib.parse', 'ssl', 'botocore'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    environment = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("text", [b"[default]\nhunter2\n", b"[default]\nx = hunter2\xff\n"])
def test_what_a_broken_file_holds_is_in_no_error(files: dict[str, str], text: bytes):
    Path(files["AWS_CONFIG_FILE"]).write_bytes(text)
    error = refused(files, "default")
    assert "hunter2" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
