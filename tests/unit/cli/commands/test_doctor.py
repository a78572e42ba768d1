from __future__ import annotations

import io
import json

import pytest

from cognito_credentials.cli.checks.report import FAILED, NOT_CHECKED, PASSED, Report, Row
from cognito_credentials.cli.commands.doctor import Printer, verdict
from cognito_credentials.cli.program import main
from cognito_credentials.cli.terminal.output import Output

ROWS = (
    Row("DNS", PASSED, "found"),
    Row("role", FAILED, "refused", fix="Mend it.", policy={"Version": "2012-10-17"}),
    Row("credentials", NOT_CHECKED, "not checked, because role failed"),
)


def printed(encoding: str) -> list[str]:
    raw = io.BytesIO()
    printer = Printer(Output(io.TextIOWrapper(raw, encoding=encoding)))
    for row in ROWS:
        printer.show(row)
    return raw.getvalue().decode(encoding).splitlines()


def test_rows_are_aligned_with_the_fix_and_the_policy_below():
    assert printed("utf-8") == [
        "✓ DNS              found",
        "✗ role             refused",
        "                   Fix: Mend it.",
        "                   {",
        '                     "Version": "2012-10-17"',
        "                   }",
        "- credentials      not checked, because role failed",
    ]


def test_marks_can_be_written_everywhere():
    assert [line[0] for line in printed("ascii") if line[0] != " "] == ["+", "x", "-"]


def test_the_verdict_names_what_has_a_fix():
    report = Report(lambda _row: None)
    report.passed("DNS", "found")
    report.not_checked("TLS", "the endpoint is http")
    assert verdict(report) == "Nothing failed: 1 checks passed."
    report.not_checked("AWS process", "there is none", fix="Make one.")
    assert verdict(report) == "Nothing failed: 1 checks passed. See the fix of AWS process, too."
    report.failed("role", "refused", "Mend it.")
    assert verdict(report) == "1 of 4 checks failed."


def test_without_a_pool_the_status_says_so(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "✗ configuration    no identity pool is named" in out
    assert out.endswith("\n1 of 6 checks failed.\n")
    assert main(["doctor", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in rows if row["result"] == "failed"] == ["configuration"]
