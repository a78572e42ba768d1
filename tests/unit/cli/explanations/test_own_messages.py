"""`explain` must recognize this package's error messages, which the golden files contain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import exceptions

from cognito_credentials.cli.explanations.lookup import explain
from cognito_credentials.cli.explanations.own_messages import find_own_message

# Messages from shells or tests, and messages that consist mostly of values.
UNKNOWN = {
    "core_responses: no response",
    "endpoint_errors: exec: missing program",
    "endpoint_errors: exec: file without permission",
    "flow_errors: deferred refresh",
    "integrations: boto3: an async session",
    "integrations: aiobotocore: a sync session",
    "supplier_errors: empty file",
}
GOLDEN = Path(__file__).parents[4] / "tests" / "golden"
# Messages that were written by tests or shells, not by this package.
OTHER_TEXTS = {"message", "no route", "no route to host", "SomethingNewException", "text"}


def messages() -> dict[str, str]:
    """Return the error messages in the golden files, by file and title."""
    found = {}
    for path in sorted(GOLDEN.glob("*.txt")):
        for title, kind, message in re.findall(
            r"^## (.+)\n(\w+) \([a-z-]+\)\n(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if kind.endswith(("Error", "Expired", "Exception")) and message not in OTHER_TEXTS:
                found[f"{path.stem}: {title}"] = message
    return found


MESSAGES = messages()


def test_the_golden_files_contain_messages():
    assert len(MESSAGES) > 250


def test_messages_of_this_package_are_explained():
    unknown = {title: text for title, text in MESSAGES.items() if explain(text) is None}
    assert set(unknown) <= UNKNOWN


def test_the_hint_of_the_message_is_the_next_step():
    own = find_own_message("the redirect belongs to another sign-in (the state does not match)")
    assert own is not None
    assert own.reason == "login-token"
    assert own.hint.endswith(".")


def test_a_hint_names_options():
    own = find_own_message("login.example.com sent a response that is not HTTP (BadStatusLine)")
    assert own is not None
    assert "--endpoint-url" in own.hint


def test_the_hint_of_a_message_precedes_the_hints_of_its_values():
    own = find_own_message("the ID token from https://login.example.com names no user (sub)")
    assert own is not None
    assert own.hint


def test_an_error_precedes_a_check_of_doctor_with_the_same_text():
    own = find_own_message("the file 'missing' cannot be read: No such file or directory")
    assert own is not None
    assert own.reason


def test_other_output_of_this_package_is_recognized():
    explanation = explain("cognito-credentials: something that no version says")
    assert explanation is not None
    assert "--debug" in explanation.next_step


def test_a_log_record_is_explained_by_its_reason():
    explanation = explain("The credential refresh for us-east-1:1 failed (transport). Continuing")
    assert explanation is not None
    assert explanation.reason == "transport"


@pytest.mark.parametrize("prefix", ["must ", "is not ", "cannot be read "])
def test_a_long_text_is_searched_in_linear_time(prefix: str):
    assert find_own_message((prefix * 100_000)[:100_000]) is None


def test_messages_of_botocore_are_not_taken_for_own_messages():
    texts = [
        error.fmt
        for error in vars(exceptions).values()
        if isinstance(error, type) and isinstance(getattr(error, "fmt", None), str)
    ]
    assert len(texts) > 50
    assert [text for text in texts if find_own_message(text)] == []
