from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials.cli.checks.report import FAILED, NOT_CHECKED, PASSED, Report, Row
from cognito_credentials.cli.reporting.hints import next_step


def report() -> tuple[Report, list[Row]]:
    shown: list[Row] = []
    return Report(shown.append), shown


def test_rows_are_kept_shown_and_counted():
    made, shown = report()
    made.passed("DNS", "found")
    made.failed("clock", "late", "Set it.")
    made.not_checked("pool", "clock failed")
    assert made.rows == shown
    assert [made.count(result) for result in (PASSED, FAILED, NOT_CHECKED)] == [1, 1, 1]
    assert [row.as_object() for row in shown] == [
        {"check": "DNS", "result": "passed", "text": "found"},
        {"check": "clock", "result": "failed", "text": "late", "fix": "Set it."},
        {"check": "pool", "result": "not checked", "text": "not checked, because clock failed"},
    ]


def test_an_errors_hint_is_the_fix_unless_there_is_a_better_one():
    made, shown = report()
    made.refused("store", errors.ConfigurationError("it is open", hint="Close it."))
    made.refused("store", errors.ConfigurationError("it is open", hint="Close it."), fix="Look.")
    made.refused("store", errors.ConfigurationError("it is open"), policy={"Statement": []})
    assert [(row.text, row.fix, row.reason) for row in shown] == [
        ("it is open", "Close it.", "configuration"),
        ("it is open", "Look.", "configuration"),
        ("it is open", next_step(errors.ConfigurationError("")), "configuration"),
    ]
    assert shown[-1].policy == {"Statement": []}


def test_a_refusal_is_said_with_its_operation_and_code():
    made, shown = report()
    made.refused(
        "pool",
        errors.IdentityPoolNotFound(
            "not there", operation_name="GetId", code="ResourceNotFoundException", http_status=400
        ),
    )
    assert shown[0].text == "GetId failed with ResourceNotFoundException: not there"


def test_what_was_not_checked_may_have_a_fix():
    made, _ = report()
    made.not_checked("AWS process", "there is none", fix="Make one.")
    (row,) = made.rows
    assert (row.result, row.as_object()["fix"]) == (NOT_CHECKED, "Make one.")
