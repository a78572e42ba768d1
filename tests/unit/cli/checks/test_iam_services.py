from __future__ import annotations

import pytest

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.cli.checks.iam_services import is_known, likely


def test_what_guests_may_use_is_known():
    actions = [action for each in GUEST_SESSION_POLICY["Statement"] for action in each["Action"]]
    assert [action for action in actions if not is_known(action.partition(":")[0])] == []
    assert is_known("S3")
    assert not is_known("qqq")


@pytest.mark.parametrize(
    ("name", "first"),
    [("dynamo", "dynamodb"), ("Lamda", "lambda"), ("location", "geo"), ("SESv2", "ses")],
)
def test_what_may_have_been_meant(name: str, first: str):
    found = likely(name)
    assert found[0] == first
    assert all(map(is_known, found))


def test_nothing_is_made_up():
    assert likely("qqq") == []
