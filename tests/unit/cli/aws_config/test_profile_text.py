from __future__ import annotations

import configparser

import botocore.configloader
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.cli.aws_config.profile_text import update_profile
from cognito_credentials.errors import ConfigurationError

FILE = """\
# Mine.
[default]
region=eu-west-1

[profile game]
; a comment
output : json
s3 =
    max_concurrent_requests = 20
    # inside

    max_queue_size = 10

# About the next profile.
[profile last]
region = us-west-2"""


def read_with_botocore(path):
    """Return the sections that botocore finds in a file."""
    botocore.configloader.load_config(str(path))  # This raises if nested settings are invalid.
    return botocore.configloader.raw_config_parse(str(path), parse_subsections=False)


line_breaks = st.sampled_from(["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\0"])
words = st.sampled_from(
    ["ann", " ", "[default]", "[profile x]", "credential_process = touch owned", "="]
)


@given(st.lists(words | line_breaks, max_size=6).map("".join), st.sampled_from([FILE, ""]))
def test_botocore_finds_no_other_change_whatever_the_value(tmp_path_factory, value, text):
    path = tmp_path_factory.mktemp("aws") / "config"
    path.write_text(text, newline="")
    before = read_with_botocore(path)
    try:
        changed = update_profile(text, "game", {"cognito_user": value})
    except ConfigurationError:
        return
    path.write_text(changed, newline="", encoding="utf-8")
    after = read_with_botocore(path)
    old = before.pop("profile game", {})
    assert after.pop("profile game") == {**old, "cognito_user": value}
    assert after == before


def test_a_carriage_return_ends_a_line_as_in_botocore():
    attack = "ann\r[default]\rcredential_process = touch owned"
    with pytest.raises(ConfigurationError):
        update_profile(FILE, "game", {"cognito_user": attack})
    text = FILE.replace("\n", "\r")
    assert update_profile(text, "game", {"output": "json"}) == text


def test_a_file_with_defaults_for_all_sections_can_be_changed():
    text = f"[DEFAULT]\noutput = text\n{FILE}"
    assert update_profile(text, "game", {"cognito_user": "ada"}).endswith(
        FILE[FILE.index("\n# About") :]
    )


def test_new_keys_follow_the_existing_keys_of_the_profile():
    assert update_profile(FILE, "game", {"cognito_user": "ada", "output": "json"}) == FILE.replace(
        "    max_queue_size = 10\n", "    max_queue_size = 10\ncognito_user = ada\n"
    )


def test_a_changed_value_remains_in_its_place():
    text = update_profile(FILE, "game", {"output": "text", "s3": "\nx = 1"})
    assert text == FILE.replace("output : json", "output = text").replace(
        "    max_concurrent_requests = 20\n    # inside\n\n    max_queue_size = 10\n", "  x = 1\n"
    )


def test_a_key_is_removed_with_all_its_lines():
    text = update_profile(FILE, "game", {}, without=["s3", "not-there"])
    start, end = FILE.index("s3 ="), FILE.index("\n# About the next")
    assert text == FILE[:start] + FILE[end:]


def test_a_new_profile_is_added_at_the_end():
    assert (
        update_profile(FILE, "a b", {"region": "x"}) == f'{FILE}\n\n[profile "a b"]\nregion = x\n'
    )
    assert update_profile("", "game", {"region": "x"}) == "[profile game]\nregion = x\n"
    assert update_profile("", "default", {"region": "x"}) == "[default]\nregion = x\n"


def test_a_file_may_lack_its_last_line_ending():
    assert update_profile(FILE, "last", {"output": "json"}) == f"{FILE}\noutput = json\n"


def test_a_profile_may_have_no_keys():
    text = "[profile game]\n# nothing yet\n\n[default]\n"
    assert update_profile(text, "game", {"region": "x"}) == (
        "[profile game]\nregion = x\n# nothing yet\n\n[default]\n"
    )


def test_windows_line_endings_and_the_byte_order_mark_remain():
    text = "\ufeff[profile game]\r\noutput = json\r\n"
    assert update_profile(text, "game", {"region": "x"}) == f"{text}region = x\r\n"


def test_the_same_update_a_second_time_changes_nothing():
    values = {"cognito_logins": "\na.b = @/x\nc.d = env:Y", "region": "x"}
    once = update_profile(FILE, "game", values)
    assert "cognito_logins =\n  a.b = @/x\n  c.d = env:Y\n" in once
    assert update_profile(once, "game", values) == once


@pytest.mark.parametrize("name", ["a]b", "a\nb", 'a"b', "a#b", "-a", "--"])
def test_an_invalid_profile_name_is_rejected(name):
    with pytest.raises(ConfigurationError, match="profile name"):
        update_profile("", name, {"region": "x"})


@pytest.mark.parametrize(
    "text",
    ["[profile a]\nregion =\n  us-east-1\n", "[profile a]\nx = 1\nx = 2\n", "[profile a]\n" * 2],
)
def test_a_file_that_aws_tools_cannot_read_is_not_changed(text):
    with pytest.raises((ConfigurationError, configparser.Error)) as caught:
        update_profile(text, "game", {"region": "x"})
    assert "profile game" not in str(caught.value)


def test_a_change_that_would_affect_other_sections_is_rejected():
    # configparser reads the indented header as a section, but `update_profile` does not.
    text = "[profile game]\n\n  [profile other]\nregion = x\n"
    with pytest.raises(ConfigurationError, match="profile game"):
        update_profile(text, "game", {"region": "y"})


LINES = st.sampled_from(
    [*FILE.splitlines(), "[profile other]", "k", "  # x", "", "\t", "a = b", "  more", "c = [d]"]
)


@given(lines=st.lists(LINES, max_size=12), end=st.sampled_from(["\n", "\r\n"]))
def test_all_other_lines_remain(lines, end):
    text = "".join(line + end for line in lines)
    end = end if lines else "\n"
    try:
        result = update_profile(text, "game", {"new_key": "value"})
    except Exception as error:  # noqa: BLE001 - the file is invalid, or the change was rejected
        assert isinstance(error, ConfigurationError) or "configparser" in type(error).__module__
        return
    remaining = result.splitlines(keepends=True)
    remaining.remove(f"new_key = value{end}")
    if f"[profile game]{end}" not in text:
        remaining.remove(f"[profile game]{end}")
    assert "".join(remaining).rstrip() == text.rstrip()


@pytest.mark.parametrize("key", ["cognito_logins", "cognito_user", "endpoint_url"])
def test_a_value_that_is_not_utf_8_is_rejected(key):
    with pytest.raises(ConfigurationError, match=key) as caught:
        update_profile(FILE, "game", {key: "x = @/tmp/\udcff"})
    assert caught.value.hint
