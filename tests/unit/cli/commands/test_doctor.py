from __future__ import annotations

import io
import json

import pytest

from cognito_credentials.cli.checks.report import CheckResult, Outcome, Report
from cognito_credentials.cli.commands.doctor import Printer, summarize
from cognito_credentials.cli.program import main
from cognito_credentials.cli.terminal.output import Output

RESULTS = (
    CheckResult("DNS", Outcome.PASSED, "found"),
    CheckResult("role", Outcome.FAILED, "rejected", fix="Fix it.", policy={"Version": "x"}),
    CheckResult("credentials", Outcome.NOT_CHECKED, "not checked because role failed"),
)


def print_results(encoding: str) -> list[str]:
    raw = io.BytesIO()
    printer = Printer(Output(io.TextIOWrapper(raw, encoding=encoding)))
    for result in RESULTS:
        printer.print(result)
    return raw.getvalue().decode(encoding).splitlines()


def test_results_are_aligned_with_the_fix_and_the_policy_below():
    assert print_results("utf-8") == [
        "✓ DNS              found",
        "✗ role             rejected",
        "                   Fix: Fix it.",
        "                   {",
        '                     "Version": "x"',
        "                   }",
        "- credentials      not checked because role failed",
    ]


def test_the_marks_are_ascii_if_the_encoding_requires_it():
    assert [line[0] for line in print_results("ascii") if line[0] != " "] == ["+", "x", "-"]


def test_the_summary_counts_failures_and_names_optional_fixes():
    report = Report(lambda _result: None)
    report.add_pass("DNS", "found")
    report.add_skip("TLS", "the endpoint uses http")
    assert summarize(report) == "No check failed; 1 check passed."
    report.add_skip("AWS process", "there is none", fix="Make one.")
    assert "See also the fix for AWS process." in summarize(report)
    report.add_failure("role", "rejected", "Fix it.")
    assert summarize(report) == "1 of 4 checks failed."


@pytest.mark.usefixtures("home")
def test_the_exit_status_is_1_without_an_identity_pool(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("✗ configuration ") for line in lines)
    assert lines[-1] == "1 of 6 checks failed."
    assert main(["doctor", "--json"]) == 1
    results = json.loads(capsys.readouterr().out)
    assert [result["check"] for result in results if result["result"] == "failed"] == [
        "configuration"
    ]
