from __future__ import annotations

import copy
import json
import pickle
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._external_text import (
    HIDDEN,
    HiddenBytes,
    HiddenText,
    clean_text,
    has_control_character,
    hide,
    hide_secrets,
    is_visible_ascii,
    printable,
)

SECRET = "opaque-token-of-a-user"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, Größe 10 €", "plain text, Größe 10 €"),
        ("", ""),
        ("\033[2J\033]0;title\a", r"\x1b[2J\x1b]0;title\x07"),
        ("one\ntwo\r\nthree\rfour\tfive", "one two three four five"),
        ("next\x85line\u2028separator\x0b\x0c", r"next\x85line\u2028separator\x0b\x0c"),
        ("left\u202eto right", r"left\u202eto right"),
        ("a surrogate \udc80 and NUL \0", r"a surrogate \udc80 and NUL \x00"),
        ("a C:\\path", "a C:\\path"),
    ],
)
def test_text_becomes_printable(text, expected):
    assert printable(text) == expected


@pytest.mark.parametrize("character", ["x", "\033", "\n", "😀"])
def test_text_is_limited_in_length(character):
    assert len(printable(character * 1_000_000)) <= 4096
    assert len(printable(character * 1000, 128)) <= 128
    assert printable(character * 1000, 128).endswith("…")


@given(st.text(st.characters(), max_size=40), st.integers(1, 30))
def test_printable_text_is_one_line_within_the_limit(text, limit):
    result = printable(text, limit)
    assert result.isprintable()
    assert len(result) <= limit
    assert printable(result, limit) == result


@pytest.mark.parametrize("value", [None, 1, ["x"], {"a": 1}, b"bytes"])
def test_a_value_that_is_not_text_becomes_an_empty_string(value):
    assert clean_text(value, [SECRET]) == ""


def test_clean_text_hides_secrets_before_it_is_cut():
    text = f" {'x' * 4090}{SECRET} "
    assert SECRET[:4] not in clean_text(text, [SECRET])
    assert clean_text(f"code 1234 of abc of {SECRET}", ["1234", "abc", SECRET, ""]) == (
        f"code {HIDDEN} of abc of {HIDDEN}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<{SECRET}>", f"<{HIDDEN}>"),
        (f"{SECRET}{SECRET}", HIDDEN * 2),
        (f"cut off: {SECRET[:15]}", f"cut off: {HIDDEN}"),
        (f"changed: {SECRET[:15]}XYZ", f"changed: {HIDDEN}XYZ"),
        (f"<{SECRET}-longer>", f"<{HIDDEN}>"),
        (f"other: {SECRET[:11]}", f"other: {SECRET[:11]}"),
        ("nothing", "nothing"),
    ],
)
def test_secrets_and_their_beginnings_are_hidden(text, expected):
    assert hide_secrets(text, [SECRET, f"{SECRET}-longer"]) == expected


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("a" * 400_000, "a" * 50_000 + "b"),
        (("a" * 13) * 30_000, "a" * 12 + "b" * 50_000),
        (("a" * 12 + "b") * 30_000, "a" * 12 + "b" * 50_000),
        ("\033" * 1_000_000, "x" * 50_000),
    ],
)
def test_hostile_texts_take_linear_time(text, secret):
    start = time.process_time()
    clean_text(text, [secret])
    assert time.process_time() - start < 1


@given(st.characters())
def test_control_characters_are_recognized(character):
    expected = unicodedata.category(character) in {"Cc", "Zl", "Zp"}
    assert has_control_character(f"a{character}") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASIA1+/=~!", True),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("é", False),
        ("\x7f", False),
    ],
)
def test_visible_ascii_is_recognized(text, expected):
    assert is_visible_ascii(text) is expected


def test_hidden_values_are_equal_to_the_values_that_they_hide():
    returned = ("id", {"Token": SECRET, "n": 1}, [SECRET.encode(), None])
    hidden = hide(returned)
    assert hidden == returned
    assert SECRET not in repr(hidden)
    assert hash(HiddenText(SECRET)) == hash(SECRET)
    assert json.loads(json.dumps(hidden[1])) == returned[1]
    assert type(str(HiddenText(SECRET))) is str
    assert pickle.loads(pickle.dumps(hidden)) == returned  # noqa: S301
    assert bytes(HiddenBytes(b"x")) == b"x"
    assert copy.deepcopy(hidden) == returned
