from __future__ import annotations

import io

import pytest

from cognito_credentials.cli.terminal.output import Output, format_duration, redact_user_info


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_output_on_a_terminal_is_colored():
    stream = Terminal()
    out = Output(stream, {})
    out.line(f"{out.good('a')} {out.bad('b')} {out.dim('c')}")
    assert stream.getvalue() == "\033[32ma\033[0m \033[31mb\033[0m \033[2mc\033[0m\n"


@pytest.mark.parametrize(
    ("stream", "environment"),
    [
        (io.StringIO(), {}),
        (Terminal(), {"NO_COLOR": "1"}),
        (Terminal(), {"TERM": "dumb"}),
    ],
)
def test_output_is_not_colored_without_a_terminal_that_supports_colors(stream, environment):
    out = Output(stream, environment)
    out.line(out.good("a") + out.bad("b") + out.dim("c"))
    assert stream.getvalue() == "abc\n"


def test_an_empty_no_color_variable_is_ignored():
    assert Output(Terminal(), {"NO_COLOR": ""}).is_colored


def test_columns_are_aligned_regardless_of_color_codes():
    stream = Terminal()
    out = Output(stream, {})
    out.table([["pool", out.good("ok"), "first"], ["identity", "longer", "second"]])
    assert stream.getvalue() == "pool      \033[32mok\033[0m      first\nidentity  longer  second\n"


def test_the_header_of_a_table_is_dimmed():
    stream = Terminal()
    Output(stream, {}).table([["a", "bcd"]], header=("first", "second"))
    assert stream.getvalue() == "\033[2mfirst\033[0m  \033[2msecond\033[0m\na      bcd\n"


def test_tables_may_be_empty_and_rows_short():
    stream = io.StringIO()
    out = Output(stream, {})
    out.table([])
    out.table([["alone"], ["one", "two"]])
    assert stream.getvalue() == "alone\none    two\n"


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_control_characters_are_escaped(stream):
    out = Output(stream, {})
    out.line("\033[2Jname\r\x07\x9b1m\u202egpj.exe")
    out.line("  \ttab")
    out.table([["two\nli\tnes", "\033]0;title"]])
    assert stream.getvalue().split("\n") == [
        r"\x1b[2Jname \x07\x9b1m\u202egpj.exe",
        "   tab",
        r"two li nes  \x1b]0;title",
        "",
    ]


def test_external_text_cannot_change_its_color():
    stream = Terminal()
    out = Output(stream, {})
    text = "\033[32mforged\033[0m"
    out.line(f"{out.bad(text)} {text}")
    escaped = r"\x1b[32mforged\x1b[0m"
    assert stream.getvalue() == f"\033[31m{escaped}\033[0m {escaped}\n"


def test_line_breaks_in_a_line_are_escaped():
    stream = io.StringIO()
    Output(stream, {}).line("one\ntwo\r\nthree\u2028four")
    assert stream.getvalue() == "one two three\\u2028four\n"


def test_characters_that_the_stream_cannot_encode_are_replaced():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Output(stream, {}).line("✓ done")
    stream.flush()
    assert raw.getvalue() == b"? done\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "expired"),
        (0, "expired"),
        (0.5, "less than 1 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min 59 s"),
        (3_601, "1 h 1 s"),
        (90_061, "1 d 1 h"),
    ],
)
def test_format_duration_shows_the_two_largest_units(seconds, text):
    assert format_duration(seconds) == text


def test_redact_user_info_hides_user_names_and_passwords_in_urls():
    assert redact_user_info("http://ann:secret@proxy:8080/x") == "http://…@proxy:8080/x"
    assert redact_user_info("ann:secret@login.example.com/x") == "…@login.example.com/x"
    for text in ("https://example.com/a@b", "ann@example.com", "example.com:80/a@b"):
        assert redact_user_info(text) == text


@pytest.mark.parametrize(("columns", "expected"), [("40", 8), ("25", 2), ("10", 2)])
def test_a_link_is_never_divided_and_begins_further_left_on_a_narrow_terminal(columns, expected):
    stream, url = Terminal(), "https://docs.example.com"
    Output(stream, {"NO_COLOR": "1", "COLUMNS": columns}).link(url, column=8)
    assert stream.getvalue() == " " * expected + url + "\n"
