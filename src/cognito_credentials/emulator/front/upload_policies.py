"""Policies of upload forms: conditions that the fields of a form must meet."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.json_values import as_mapping, as_sequence, parse_object

# Fields that need no condition: the policy, its signature (in version 2, with the access key ID) and
# the file. The bucket is not a field of the form.
_FIELDS_WITHOUT_CONDITIONS = {
    "policy",
    "x-amz-signature",
    "signature",
    "awsaccesskeyid",
    "file",
    "bucket",
}
_RANGE = "content-length-range"
_RANGE_LENGTH = 3


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """A policy of an upload form.

    Attributes:
        expires_at: When the policy expires, in seconds since the epoch (UTC).
        conditions: The conditions, each an object or an array.
    """

    expires_at: float
    conditions: Sequence[Any]

    @classmethod
    def parse(cls, text: str) -> UploadPolicy:
        """Parse the Base64 text of a policy.

        Raises:
            AwsError: If the policy is malformed.
        """
        try:
            document = parse_object(base64.b64decode(text))
        except ValueError:
            document = None
        if document is None:
            raise _invalid_policy("Invalid JSON.")
        try:
            expiration = datetime.fromisoformat(document["expiration"])
        except (KeyError, TypeError, ValueError):
            raise _invalid_policy("Invalid 'expiration' value") from None
        conditions = document.get("conditions")
        if not isinstance(conditions, list):
            raise _invalid_policy("Policy missing conditions.")
        expires_at = expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)
        return cls(expires_at.timestamp(), as_sequence(conditions))

    def check(self, fields: Mapping[str, str], size: int) -> None:
        """Check the fields of a form and the size of its file.

        Raises:
            AwsError: If a condition is not met, or a field has no condition.
        """
        exempt = {
            name
            for name in fields
            if name in _FIELDS_WITHOUT_CONDITIONS or name.startswith("x-ignore-")
        }
        covered: set[str] = set()
        for condition in self.conditions:
            if _is_range(condition):
                _check_size(condition, size)
            else:
                covered |= _check_condition(condition, fields)
        extra = sorted(fields.keys() - covered - exempt)
        if extra:
            raise _denied(f"Extra input fields: {', '.join(extra)}")


def _is_range(condition: Any) -> bool:
    parts = as_sequence(condition)
    return len(parts) == _RANGE_LENGTH and str(parts[0]).lower() == _RANGE


def _check_condition(condition: Any, fields: Mapping[str, str]) -> set[str]:
    """Check a condition; return the names of its fields."""
    if isinstance(condition, dict):
        expected = {name.lower(): value for name, value in as_mapping(condition).items()}
        for name, value in expected.items():
            if fields.get(name) != value:
                raise _denied(f'Policy Condition failed: ["eq", "${name}", "{value}"]')
        return set(expected)
    parts = as_sequence(condition)
    if len(parts) != _RANGE_LENGTH:
        raise _invalid_policy("Invalid Simple-Condition.")
    operator, name, value = map(str, parts)
    field = name.lower().removeprefix("$")
    actual = fields.get(field)
    if operator.lower() == "eq":
        is_met = actual == value
    elif operator.lower() == "starts-with":
        is_met = actual is not None and actual.startswith(value)
    else:
        raise _invalid_policy(f"Invalid Condition operator: {operator}")
    if not is_met:
        raise _denied(f"Policy Condition failed: {json.dumps(condition)}")
    return {field}


def _check_size(condition: Sequence[Any], size: int) -> None:
    try:
        minimum, maximum = map(int, condition[1:])
    except (TypeError, ValueError):
        raise _invalid_policy("Invalid content-length-range.") from None
    if size > maximum:
        text = "Your proposed upload exceeds the maximum allowed size"
        raise AwsError("EntityTooLarge", text, 400)
    if size < minimum:
        text = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", text, 400)


def _denied(reason: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {reason}", 403)


def _invalid_policy(reason: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {reason}", 400)
