from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.cli.terminal.layout import (
    label_lines,
    record_lines,
    shorten,
    terminal_width,
    text_width,
    wrap,
)

ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"  # 46 columns


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "columns", "width"),
    [
        (Terminal(), "60", 60),
        (io.StringIO(), "60", None),
        (Terminal(), "", None),
        (Terminal(), "0", None),
        (Terminal(), "-5", None),
        (Terminal(), "many", None),
        (Terminal(), "9" * 5000, None),
        (Terminal(), "²", None),
    ],
)
def test_the_width_is_that_of_columns_if_the_stream_is_a_terminal(stream, columns, width):
    assert terminal_width(stream, {"COLUMNS": columns}) == width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("\033[32mabc\033[0m", 3),
        ("日本", 4),
        ("e\u0301", 1),  # a combining accent
        ("✓…", 2),
        ("", 0),
    ],
)
def test_text_width_counts_columns(text, width):
    assert text_width(text) == width


def test_a_line_that_fits_is_unchanged():
    assert wrap("  a  b ", 7) == ["  a  b "]
    assert wrap("a " * 1000, None) == ["a " * 1000]


def test_lines_break_between_words_and_keep_the_gaps_within_a_line():
    assert wrap("one  two three four", 9) == ["one  two", "three", "four"]


def test_the_indentation_is_that_of_the_first_line_or_of_the_text_after_a_bullet():
    assert wrap("  one two", 6) == ["  one", "  two"]
    assert wrap("  - one two", 8) == ["  - one", "    two"]
    assert wrap("one two", 4, indent=1) == ["one", " two"]


def test_a_long_word_is_on_a_line_of_its_own_and_indented_less():
    assert wrap(f"the identity {ID} is new", 50, indent=19) == [
        "the identity",
        f"  {ID}",
        "  is new",
    ]
    assert wrap(f"the identity {ID} is new", 46, indent=19) == ["the identity", ID, "  is new"]
    assert wrap(f"the identity {ID} is new", 20, indent=19) == ["the identity", ID, "  is new"]


def test_a_command_in_backticks_stays_together_if_it_fits():
    assert wrap("Run `aws s3 ls` again", 14) == ["Run", "`aws s3 ls`", "again"]
    assert wrap("Run `aws s3 ls` again", 9) == ["Run `aws", "s3 ls`", "again"]


def test_texts_are_beside_their_label_or_below_it():
    assert label_lines("name", ["one two", "three"], 12, 6) == [
        "name  one",
        "      two",
        "      three",
    ]
    assert label_lines("name", [ID, "three"], 50, 6) == ["name", f"  {ID}", "  three"]
    assert label_lines("a long name", ["one"], 40, 6) == ["a long name", "      one"]
    assert label_lines("a long name", ["one"], None, 6) == ["a long name one"]


def test_the_labels_of_records_share_a_column():
    assert record_lines([("a", "one"), ("bcd", "two")], 80) == ["a    one", "bcd  two"]
    long = "a-name-longer-than-half-a-line"
    assert record_lines([("a", "one"), (long, "two")], 40) == ["a  one", long, "   two"]


def test_shorten_cuts_before_a_word():
    assert shorten("one two", 7) == "one two"
    assert shorten("one two three", 10) == "one two..."
    assert shorten("one two three", 9) == "one..."
    assert shorten("a-word-that-is-longer", 10) == "a-word-..."


words = st.text(st.sampled_from("ab日\u0301-`é"), min_size=1, max_size=30)


@given(st.lists(words, min_size=1), st.integers(1, 100), st.none() | st.integers(0, 40))
def test_no_word_is_lost_or_divided(parts, width, indent):
    text = " ".join(parts)
    lines = wrap(text, width, indent)
    assert " ".join(lines).split() == text.split()
    for line in lines:
        assert text_width(line) <= width or "`" in line or len(line.split()) == 1
    assert " ".join(label_lines("label", [text], width, 7)).split() == ["label", *text.split()]


@given(st.lists(words, min_size=1), st.integers(4, 100))
def test_a_shortened_text_fits(parts, width):
    text = " ".join(parts)
    short = shorten(text, width)
    assert text_width(short) <= width
    assert short == text or text.startswith(short.removesuffix("..."))
