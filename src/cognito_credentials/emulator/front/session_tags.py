"""Session tags in the parameters of AssumeRole.

The error messages are the same as in AWS STS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.policy.session_tag_limits import (
    MAX_TAGS,
    find_tag_constraints,
)

_TAG = re.compile(r"Tags\.member\.(\d+)\.(Key|Value)")
_TRANSITIVE_KEY = re.compile(r"TransitiveTagKeys\.member\.\d+")


@dataclass(frozen=True, slots=True)
class SessionTags:
    """The tags of a session.

    Attributes:
        values: The values of all tags by their keys, including the tags inherited from the caller's
            session.
        transitive: The keys of the tags that are inherited in role chaining.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    transitive: frozenset[str] = frozenset()


def read_session_tags(parameters: Mapping[str, str], inherited: Mapping[str, str]) -> SessionTags:
    """Return the tags of a session; `inherited` contains the caller's transitive tags.

    Raises:
        AwsError: If a key occurs twice, a transitive key has no tag, or a tag would replace an
            inherited tag.
    """
    tags = dict(_list_tags(parameters))
    keys = [key.lower() for key, _ in _list_tags(parameters)]
    if len(keys) != len(set(keys)):
        raise _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    transitive = {
        value.lower() for name, value in parameters.items() if _TRANSITIVE_KEY.fullmatch(name)
    }
    known = {key.lower() for key in inherited}
    if not transitive <= {*keys, *known}:
        raise _invalid("The specified transitive tag key must be included in the requested tags.")
    if not known.isdisjoint(keys):
        raise _invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a"
            " transitive tag key from the calling session."
        )
    all_tags = {**tags, **inherited}
    return SessionTags(
        all_tags, frozenset(key for key in all_tags if key.lower() in transitive | known)
    )


def find_tag_violations(parameters: Mapping[str, str]) -> Iterator[str]:
    """Yield the constraints that session tags violate, in the words of a validation error."""
    numbers: set[str] = set()
    for name, value in parameters.items():
        match = _TAG.fullmatch(name)
        if match is None:
            continue
        numbers.add(match[1])
        member = match[2].lower()
        for constraint in find_tag_constraints(member, value):
            yield (
                f"Value '{value}' at 'tags.{match[1]}.member.{member}' failed to satisfy"
                f" constraint: Member must {constraint}"
            )
    if len(numbers) > MAX_TAGS:
        yield (
            "Value at 'tags' failed to satisfy constraint: Member must have length less than or"
            f" equal to {MAX_TAGS}"
        )


def validation_error(violations: Sequence[str]) -> AwsError:
    """Return the error that names all violated constraints."""
    plural = "s" if len(violations) > 1 else ""
    count = f"{len(violations)} validation error{plural} detected: "
    return AwsError("ValidationError", count + "; ".join(violations))


def _list_tags(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (value, parameters.get(f"Tags.member.{match[1]}.Value", ""))
        for name, value in parameters.items()
        if (match := _TAG.fullmatch(name)) is not None and match[2] == "Key"
    ]


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterValue", text, 400)
