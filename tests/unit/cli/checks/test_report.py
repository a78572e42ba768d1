from __future__ import annotations

import pytest

from cognito_credentials import errors
from cognito_credentials.cli.checks.report import CheckResult, Outcome, Report
from cognito_credentials.cli.reporting.hints import next_step


@pytest.fixture
def shown() -> list[CheckResult]:
    return []


@pytest.fixture
def report(shown: list[CheckResult]) -> Report:
    return Report(shown.append)


def test_results_are_collected_shown_and_counted(report: Report, shown: list[CheckResult]):
    report.add_pass("DNS", "found")
    report.add_failure("clock", "late", "Set it.")
    report.add_skip("pool", "clock failed")
    assert report.results == shown
    assert [report.count(outcome) for outcome in Outcome] == [1, 1, 1]
    assert [result.to_json() for result in shown] == [
        {"check": "DNS", "result": "passed", "text": "found"},
        {"check": "clock", "result": "failed", "text": "late", "fix": "Set it."},
        {"check": "pool", "result": "not checked", "text": shown[2].text},
    ]
    assert "clock failed" in shown[2].text


def test_the_next_step_of_an_error_is_the_fix(report: Report, shown: list[CheckResult]):
    report.add_error("store", errors.ConfigurationError("it is open", hint="Close it."))
    report.add_error("store", errors.ConfigurationError("it is open"), policy={"Statement": []})
    assert [(result.text, result.fix, result.reason) for result in shown] == [
        ("it is open", "Close it.", "configuration"),
        ("it is open", next_step(errors.ConfigurationError("")), "configuration"),
    ]
    assert shown[0].policy is None
    assert shown[1].to_json()["policy"] == {"Statement": []}


def test_an_error_of_the_service_is_reported_with_its_operation_and_code(
    report: Report, shown: list[CheckResult]
):
    report.add_error(
        "pool",
        errors.IdentityPoolNotFound(
            "not there", operation_name="GetId", code="ResourceNotFoundException", http_status=400
        ),
    )
    for part in ("GetId", "ResourceNotFoundException", "not there"):
        assert part in shown[0].text


def test_a_check_that_was_not_made_may_have_a_fix(report: Report):
    report.add_skip("AWS process", "there is none", fix="Make one.")
    (result,) = report.results
    assert (result.outcome, result.to_json()["fix"]) == (Outcome.NOT_CHECKED, "Make one.")
