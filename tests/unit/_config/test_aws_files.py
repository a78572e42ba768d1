from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st
from special_files import make_special_file

from cognito_credentials._config import aws_files
from cognito_credentials._config.aws_files import (
    format_section,
    list_profiles,
    load_profile,
    read_credentials_profile,
)
from cognito_credentials.errors import ConfigurationError


@pytest.fixture
def files(tmp_path: Path):
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def write(files: dict[str, str], text: str) -> None:
    Path(files["AWS_CONFIG_FILE"]).write_text(text, encoding="utf-8")


def rejection(files: dict[str, str], name: str = "game") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        load_profile(files, name, source="environment variable AWS_PROFILE")
    return raised.value


@pytest.mark.parametrize(
    "section", ["profile game", 'profile "game"', "profile  game", "profile 'game'"]
)
def test_a_profile_is_found_with_every_form_of_its_header(files: dict[str, str], section: str):
    write(files, f"[{section}]\nregion = us-east-1\nmax_attempts=4\n")
    profile = load_profile(files, "game", source="argument")
    assert profile.values == {"region": "us-east-1", "max_attempts": "4"}


@pytest.mark.parametrize("text", [None, "[profile game]\nmax_attempts = 1\n"])
def test_the_default_profile_may_be_missing_even_if_it_is_named(
    files: dict[str, str], text: str | None
):
    if text:
        write(files, text)
    for source in ("environment variable AWS_PROFILE", "option --profile"):
        assert load_profile(files, "default", source=source).values == {}


def test_the_prefix_of_the_default_profile_is_optional(files: dict[str, str]):
    write(files, "[default]\nmax_attempts = 1\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "1"}
    write(files, "[default]\nmax_attempts = 1\n[profile default]\nmax_attempts = 2\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "2"}


def test_a_section_without_the_prefix_is_not_a_profile(files: dict[str, str]):
    write(files, "[game]\nmax_attempts = 1\n")
    error = rejection(files)
    assert "[game]" in error.message
    assert "[profile game]" in error.hint


def test_percent_signs_and_nested_sections_are_not_interpreted(files: dict[str, str]):
    write(files, "[profile game]\ns3 =\n  addressing_style = path\nca_bundle = /a%20b\n")
    assert load_profile(files, "game", source="argument").values["ca_bundle"] == "/a%20b"


def test_the_services_section_of_a_profile_is_read(files: dict[str, str]):
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


def test_a_missing_services_section_is_rejected(files: dict[str, str]):
    write(files, "[profile game]\nservices = gone\n")
    error = rejection(files)
    assert "config, line 2)" in error.message
    assert "[services gone]" in error.message


def test_a_missing_file_counts_as_empty(files: dict[str, str]):
    profile = load_profile(files, "default", source="default")
    assert profile.values == {}
    assert profile.services == {}


def test_a_named_profile_must_exist(files: dict[str, str]):
    error = rejection(files)
    assert error.message.startswith("profile 'game' (environment variable AWS_PROFILE) ")
    assert "AWS_CONFIG_FILE" in error.hint
    write(files, "[profile 'x y']\n[default]\n[profile shop]\n[services x]\n[preview]\n")
    assert rejection(files).hint.endswith(" default, shop, x y.")


def test_a_missing_home_directory_is_named(files: dict[str, str]):
    files["AWS_CONFIG_FILE"] = "~no-such-user/.aws/config"
    error = rejection(files)
    assert "home directory" in error.message
    assert "HOME" in error.hint


def test_a_profile_may_be_only_in_the_credentials_file(files: dict[str, str]):
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[game]\naws_access_key_id = x\n")
    assert load_profile(files, "game", source="argument").values == {}
    assert read_credentials_profile(files, "game") == {"aws_access_key_id": "x"}
    assert read_credentials_profile(files, "shop") is None


def test_an_invalid_credentials_file_is_named(files: dict[str, str]):
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[game\n")
    error = rejection(files)
    path = files["AWS_SHARED_CREDENTIALS_FILE"]
    assert f"AWS credentials file {path}" in error.message
    assert "AWS_SHARED_CREDENTIALS_FILE" in error.hint


def test_a_pipe_is_read_until_its_writer_closes_it(files: dict[str, str]):
    make_special_file(files["AWS_CONFIG_FILE"], "a named pipe")
    text = "\ufeff[profile game]\r\nregion = us-east-1\r\n"
    writer = threading.Thread(target=write, args=(files, text))
    writer.start()
    assert load_profile(files, "game", source="argument").values == {"region": "us-east-1"}
    writer.join()


def test_an_empty_device_counts_as_empty(files: dict[str, str]):
    make_special_file(files["AWS_CONFIG_FILE"], "a device")
    assert load_profile(files, "default", source="default").values == {}


def test_the_wait_for_a_pipe_is_limited(files: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(aws_files, "PIPE_TIMEOUT_SECONDS", 0.02)
    make_special_file(files["AWS_CONFIG_FILE"], "a named pipe")
    path = files["AWS_CONFIG_FILE"]
    assert f"AWS config file {path}" in rejection(files).message
    make_special_file(files["AWS_SHARED_CREDENTIALS_FILE"], "a named pipe")
    with pytest.raises(ConfigurationError, match=r"AWS credentials file .* 0\.02 s"):
        read_credentials_profile(files, "game")


def test_the_size_of_a_file_is_limited(files: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(aws_files, "MAX_FILE_BYTES", 10)
    write(files, "[profile game]\n")
    assert "10 bytes" in rejection(files).message


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
def test_the_line_of_a_key_is_located(files: dict[str, str], key: str, last_words: str, line: int):
    write(files, LINES)
    profile = load_profile(files, "game", source="argument")
    source = f"profile game in {files['AWS_CONFIG_FILE']}"
    assert profile.locate(key, last_words) == (f"{source}, line {line}" if line else source)
    assert profile.source == source


def test_profiles_are_listed_by_their_keys(files: dict[str, str]):
    assert list_profiles(files, "a") == []
    write(
        files, "[default]\na = 1\n[profile 'x y']\nb = 1\n[services z]\na = 1\n[profile w]\nc=1\n"
    )
    assert list_profiles(files, "a", "b") == ["default", "x y"]


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
def test_the_error_for_an_invalid_file_names_the_line_without_its_text(
    files: dict[str, str], text: str, line: int
):
    write(files, text)
    error = rejection(files, "default")
    assert files["AWS_CONFIG_FILE"] in error.message
    assert f"line {line}:" in error.message
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_a_file_with_another_encoding_is_rejected(files: dict[str, str]):
    Path(files["AWS_CONFIG_FILE"]).write_bytes(b"[default]\nx = \xff\xfe\n")
    assert "UTF-8" in rejection(files, "default").message


def test_a_byte_order_mark_is_ignored(files: dict[str, str]):
    write(files, "\ufeff[default]\nmax_attempts = 1\n")
    assert load_profile(files, "default", source="default").values == {"max_attempts": "1"}


def test_a_directory_is_rejected(files: dict[str, str]):
    Path(files["AWS_CONFIG_FILE"]).mkdir()
    assert "Is a directory" in rejection(files, "default").message


def test_the_file_is_in_the_home_directory_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text("[default]\nmax_attempts = 1\n")
    assert load_profile({}, "default", source="default").values == {"max_attempts": "1"}


def test_no_parser_is_imported_for_a_missing_file(tmp_path: Path):
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
def test_the_error_for_an_invalid_file_does_not_chain_its_text(files: dict[str, str], text: bytes):
    Path(files["AWS_CONFIG_FILE"]).write_bytes(text)
    error = rejection(files, "default")
    assert "hunter2" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


# --- names as botocore reads them -------------------------------------------------------------


HEADERS = [
    "profile game",
    "profile  game ",
    "profile\tgame",
    "profile 'game'",
    'profile "game"',
    "profile ga\\me",
    "profile g'am'e",
    "profile Foo Bar",
    'profile "Foo Bar"',
    "profile Ann's pool",
    "profile Ann's",
    'profile "Ann\'s pool"',
    "profile a#b",
    "profile game x",
    "profile\xa0game",
    "profile\fgame",
    "profile",
    "profilegame",
    "profiles game",
    " profile game",
    "Profile game",
    "game",
    "default",
    "profile default",
    "services game",
    'profile ""',
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_read_as_botocore_reads_it(files: dict[str, str], header: str):
    write(files, f"[{header}]\nregion = x\n")
    profiles = load_config(files["AWS_CONFIG_FILE"])["profiles"]
    assert list_profiles(files) == list(filter(None, profiles))


@given(header=st.text(alphabet=st.sampled_from("ab \t'\"\\#;.=é-"), max_size=8))
def test_any_header_is_read_as_botocore_reads_it(tmp_path_factory: Any, header: str):
    path = tmp_path_factory.mktemp("aws") / "config"
    path.write_text(f"[profile {header}]\nregion = x\n", encoding="utf-8")
    profiles = load_config(str(path))["profiles"]
    assert list_profiles({"AWS_CONFIG_FILE": str(path)}) == list(filter(None, profiles))


@pytest.mark.parametrize(
    "name", ["game", "Foo Bar", "Ann's pool", "a.b@c-d_e", "x'y", 'x"y', "a\\b", "default"]
)
def test_a_formatted_header_is_the_profile_in_botocore(files: dict[str, str], name: str):
    write(files, f"[{format_section(name)}]\nregion = x\n")
    assert list(load_config(files["AWS_CONFIG_FILE"])["profiles"]) == [name]


def test_the_last_section_of_a_name_is_used_as_in_botocore(files: dict[str, str]):
    write(files, '[profile game]\nregion = a\n[profile "game"]\nregion = b\n')
    assert load_config(files["AWS_CONFIG_FILE"])["profiles"]["game"] == {"region": "b"}
    assert load_profile(files, "game", source="argument").values == {"region": "b"}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("profile Foo Bar", "Foo Bar"),
        ("profile Ann's pool", "Ann's pool"),
        ("Profile game", "game"),
        (" profile game", "game"),
        ("game", "game"),
    ],
)
def test_a_section_that_aws_tools_do_not_read_is_named_with_the_right_header(
    files: dict[str, str], header: str, name: str
):
    write(files, f"[{header}]\nregion = x\n")
    error = rejection(files, name)
    assert f"[{header}]" in error.message
    assert f"[{format_section(name)}]" in error.hint


@pytest.mark.parametrize("text", [None, "", "[services x]\na = 1\n"])
def test_a_file_without_profiles_is_distinguished_from_a_missing_file(
    files: dict[str, str], text: str | None
):
    if text is not None:
        write(files, text)
    message = rejection(files).message
    assert ("does not exist" in message, "no profiles" in message) == (
        text is None,
        text is not None,
    )


def test_variables_in_the_path_are_expanded_as_in_botocore(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    write(files, "[profile game]\nregion = x\n")
    monkeypatch.setenv("DIRECTORY", str(Path(files["AWS_CONFIG_FILE"]).parent))
    environment = {"AWS_CONFIG_FILE": "$DIRECTORY/config"}
    assert list_profiles(environment) == ["game"]
