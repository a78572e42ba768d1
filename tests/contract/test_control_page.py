"""docs/emulator-control.md must list every endpoint of the control interface."""

from __future__ import annotations

from control_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
