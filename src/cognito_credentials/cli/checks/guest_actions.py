"""What a guest can ever be allowed: `--service` and `--action`, without asking anybody."""

from __future__ import annotations

import re

from cognito_credentials._core import guest_policy
from cognito_credentials.cli.checks.iam_services import is_known, likely
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_guest_actions", "checked_actions"]

CHECK = "guest policy"
FIX = (
    "Sign the user in (--login), or take the basic flow (--role-arn), which has no such policy. "
    "No role can allow it to guests in the enhanced flow."
)


def checked_actions(services: Sequence[str], actions: Sequence[str]) -> list[str]:
    """Return what is asked about, as `SERVICE:` or `SERVICE:ACTION`.

    Raises:
        ConfigurationError: One has not the form of those in IAM policies.
    """
    for option, pattern, example, values in (
        ("service", r"[A-Za-z0-9-]+", "bedrock", services),
        ("action", r"[A-Za-z0-9-]+:[A-Za-z0-9]+", "ec2:DescribeInstances", actions),
    ):
        for value in values:
            if not re.fullmatch(pattern, value):
                raise ConfigurationError(
                    f"option --{option} is {value!r}, which is none of those in IAM policies",
                    hint=f"Write it as in --{option} {example}.",
                )
    return [*(f"{service}:" for service in services), *actions]


def check_guest_actions(
    report: Report, asked: Sequence[str], *, is_guest: bool, is_basic: bool
) -> None:
    """Say of each whether the guests' session policy has it."""
    for action in asked:
        service, _, name = action.partition(":")
        subject = action if name else service
        part = guest_policy.part_of_service(service)
        if not (part or is_known(service)):
            report.failed(
                CHECK, f"{subject}: no service is known by this name in IAM", _meant(service)
            )
        elif not is_guest or is_basic:
            why = "the basic flow" if is_basic else "who signs in"
            report.passed(CHECK, f"{subject}: there is no session policy for {why}; the role says")
        elif name and guest_policy.allows(action):
            report.passed(CHECK, f"{subject}: within it; the role must allow it, too")
        elif not name and part == [f"{service.lower()}:*"]:
            report.passed(CHECK, f"{subject}: all of it is within; the role must allow it, too")
        elif part and not name:
            report.passed(CHECK, f"{subject}: of it only {', '.join(part)}")
        else:
            report.failed(
                CHECK,
                f"{subject}: outside the session policy that Amazon Cognito puts on guests",
                FIX,
            )


def _meant(service: str) -> str:
    names = likely(service)
    if names:
        return f"Write {' or '.join(names)}."
    return "Write what its actions begin with in an IAM policy, as in s3:GetObject."
