"""Results of the checks, and the report that collects them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cognito_credentials.cli.reporting.exit_status import describe_error
from cognito_credentials.cli.reporting.hints import next_step
from cognito_credentials.errors import documentation_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["CheckResult", "Outcome", "Report"]


class Outcome(StrEnum):
    """Outcome of a check; `doctor --json` prints the value."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class CheckResult:
    """Result of one check.

    Attributes:
        fix: The next step; empty if no action is required.
        reason: The `reason` of the error that made the check fail; empty if there was no error.
        policy: The trust policy that the role needs, if a wrong trust policy may be the problem.
        documentation: URL of the error's description; empty if there was no error.
    """

    check: str
    outcome: Outcome
    text: str
    fix: str = ""
    reason: str = ""
    policy: dict[str, Any] | None = None
    documentation: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are not empty, with the outcome under the name `result`."""
        names = {"outcome": "result"}
        return {names.get(name, name): value for name, value in asdict(self).items() if value}


class Report:
    """Collection of results, each of which is passed to `show` when it is added."""

    def __init__(self, show: Callable[[CheckResult], None]) -> None:
        self.results: list[CheckResult] = []
        self._show = show

    def add_pass(self, check: str, text: str) -> None:
        """Add a check that found no problem."""
        self._add(CheckResult(check, Outcome.PASSED, text))

    def add_failure(self, check: str, text: str, fix: str) -> None:
        """Add a check that found a problem."""
        self._add(CheckResult(check, Outcome.FAILED, text, fix=fix))

    def add_error(
        self,
        check: str,
        error: CognitoCredentialsError,
        *,
        policy: dict[str, Any] | None = None,
    ) -> None:
        """Add a check that failed with an error; the error's next step becomes the fix."""
        self._add(
            CheckResult(
                check,
                Outcome.FAILED,
                describe_error(error),
                fix=next_step(error),
                reason=error.reason,
                policy=policy,
                documentation=documentation_url(error.reason),
            )
        )

    def add_skip(self, check: str, reason: str, *, fix: str = "") -> None:
        """Add a skipped check; `reason` completes "not checked because"."""
        text = f"not checked because {reason}"
        self._add(CheckResult(check, Outcome.NOT_CHECKED, text, fix=fix))

    def count(self, outcome: Outcome) -> int:
        """Return the number of results with an outcome."""
        return sum(each.outcome == outcome for each in self.results)

    def _add(self, result: CheckResult) -> None:
        self.results.append(result)
        self._show(result)
