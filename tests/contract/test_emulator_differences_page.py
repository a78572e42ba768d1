"""docs/emulator-differences.md must list every known difference from moto and ministack."""

from __future__ import annotations

from emulator_differences_page import PAGE, page


def test_the_page_lists_all_differences():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
