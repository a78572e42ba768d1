"""docs/javascript-sdk.md must list every deliberate difference from the JavaScript SDK."""

from __future__ import annotations

from javascript_page import PAGE, page


def test_the_page_lists_all_differences():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
