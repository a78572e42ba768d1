"""The troubleshooting page has a row for each reason that an error can have, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from cognito_credentials import errors

ROOT = Path(__file__).parents[2]


def reasons_in_code() -> set[str]:
    classes = {
        value.reason
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.CognitoCredentialsError)
    }
    given = {
        reason
        for path in (ROOT / "src/cognito_credentials").rglob("*.py")
        for reason in re.findall(r'reason="([a-z-]+)"', path.read_text())
    }
    return (classes | given) - {"error"}  # the base class is never raised


def test_every_reason_has_a_row_and_every_row_is_a_reason() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, flags=re.MULTILINE)) == reasons_in_code()
