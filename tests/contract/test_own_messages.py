"""The table of the messages that `explain` recognizes must match the source code."""

from __future__ import annotations

from own_messages_table import TABLE, render_table


def test_the_table_matches_the_source_code() -> None:
    assert TABLE.read_text(encoding="utf-8") == render_table(), "run `make docs`"
