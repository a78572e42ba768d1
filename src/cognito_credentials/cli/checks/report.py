"""Rows: what was looked at, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cognito_credentials.cli.reporting.exit_status import describe_error
from cognito_credentials.cli.reporting.hints import next_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["FAILED", "NOT_CHECKED", "PASSED", "Report", "Row"]

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"


class Row(NamedTuple):
    """One check; `policy` is a document to paste, where that is the fix."""

    check: str
    result: str
    text: str
    fix: str = ""
    reason: str = ""
    policy: dict[str, Any] | None = None

    def as_object(self) -> dict[str, Any]:
        """Return it for JSON, without what is empty."""
        return {name: value for name, value in self._asdict().items() if value}


class Report:
    """All rows so far; each is told to `show` when it is there."""

    def __init__(self, show: Callable[[Row], None]) -> None:
        self.rows: list[Row] = []
        self._show = show

    def passed(self, check: str, text: str) -> None:
        """Add a check that found nothing wrong."""
        self._add(Row(check, PASSED, text))

    def failed(self, check: str, text: str, fix: str) -> None:
        """Add a check that found something, and what to do about it."""
        self._add(Row(check, FAILED, text, fix=fix))

    def refused(
        self,
        check: str,
        error: CognitoCredentialsError,
        *,
        fix: str = "",
        policy: dict[str, Any] | None = None,
    ) -> None:
        """Add what an error says: its next step is the fix, unless there is a better one."""
        fix = fix or next_step(error)
        self._add(
            Row(check, FAILED, describe_error(error), fix=fix, reason=error.reason, policy=policy)
        )

    def not_checked(self, check: str, why: str, *, fix: str = "") -> None:
        """Add a check that could not be made; `fix` is for whoever wants it made."""
        self._add(Row(check, NOT_CHECKED, f"not checked, because {why}", fix=fix))

    def count(self, result: str) -> int:
        """Return how many have this result."""
        return sum(row.result == result for row in self.rows)

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        self._show(row)
