"""`make report` must record each result, keep the other rows, and fail if a command fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from write_test_report import PARTS, Part, find_tests, main, read_rows

ROOT = Path(__file__).parents[1]


OUTPUTS = {
    "test": (
        "3 failed\n== 3 failed, 14306 passed, 104 skipped in 322.44s ==",
        "3 failed, 14306 passed, 104 skipped",
    ),
    "worlds": (
        "12 worlds with 340 calls, from seed 1, in 0.1 s (99 worlds per second): 0 violations\n",
        "12 worlds with 340 calls, from seed 1, in 0.1 s (99 worlds per second): 0 violations",
    ),
    "faults": (
        "44840 combinations of a fault and a call\n== 253 passed in 800.1s ==",
        "44840 combinations of a fault and a call: 253 passed",
    ),
    "fuzz": (
        "    - 500 passing examples, 0 failing, 1 invalid\n    - 600 passing examples, 2 failing, 0 invalid\n",
        "1,100 examples of 2 properties passed, 2 failed",
    ),
    "coverage": ("_core/ops.py 9 1 98%\nTOTAL   5000   50   99%\n", "99%"),
    "mutation": (
        'x {\n"killed": 90, "survived": 8, "total": 150, "no_tests": 1, "timeout": 1, "segfault": 0}\n',
        "tests failed for 91 of 100 changes (91.0 %); 50 not tested",
    ),
    "bench": ("| ✓ |\n| ✓ |\n| ✗ |", "2 targets met, 1 missed"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_result_is_found_in_the_output_of_its_command(name):
    output, result = OUTPUTS[name]
    assert PARTS[name].summarize(output) == result


@pytest.mark.parametrize("name", ["test", "worlds", "faults", "coverage", "fuzz", "mutation"])
def test_an_output_without_a_result_is_reported(name):
    assert "no result" in PARTS[name].summarize("make: *** Killed\n")


def test_a_new_result_replaces_only_the_row_of_its_part(tmp_path):
    page = tmp_path / "page.md"
    parts = {
        "a": Part("First", ("echo", "1 passed"), find_tests),
        "b": Part("Second", ("echo", "2 passed"), find_tests),
    }
    assert main([], parts, page) == 0
    parts["b"] = Part("Second", ("sh", "-c", "echo 3 passed; exit 4"), find_tests)
    assert main(["b"], parts, page) == 4

    rows = read_rows(page.read_text(encoding="utf-8"))
    assert list(rows) == ["First", "Second"]
    assert " | 1 passed | " in rows["First"]
    assert " | 3 passed; exit code 4 | " in rows["Second"]


def test_a_command_gets_no_variables_of_make_report(tmp_path, monkeypatch):
    monkeypatch.setenv("ARGS", "worlds")
    monkeypatch.setenv("MAKEFLAGS", " -- ARGS=worlds")
    parts = {
        "a": Part("A", ("sh", "-c", "echo 1 passed $ARGS $MAKEFLAGS"), lambda text: text.strip())
    }
    main([], parts, tmp_path / "page.md")
    assert " | 1 passed | " in read_rows((tmp_path / "page.md").read_text(encoding="utf-8"))["A"]


def test_the_published_page_contains_no_failure():
    rows = read_rows((ROOT / "docs" / "test-report.md").read_text(encoding="utf-8"))
    assert set(rows) <= {part.title for part in PARTS.values()}
    failures = re.compile(r"no result|exit code|\b[1-9]\d* (failed|violations|missed)|-dirty")
    assert not [row for row in rows.values() if failures.search(row)]
