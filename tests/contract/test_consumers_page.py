"""The table in docs/consumers.md must show the results of the tests."""

from __future__ import annotations

import json

from consumer_definitions import RESULTS, load_consumers
from consumers_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_result_has_a_definition() -> None:
    assert {path.stem for path in RESULTS.iterdir()} == {*load_consumers()}


def test_a_library_does_the_same_for_guests_and_signed_in_users() -> None:
    for path in RESULTS.iterdir():
        results = json.loads(path.read_text(encoding="utf-8"))
        assert results["guest"] == results["signed-in"], path.stem
