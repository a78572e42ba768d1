"""Lookup of this package's messages in `own_messages.json`, which `make docs` generates.

A message is a sequence of constant parts, with values between them that may be any text.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from importlib import resources
from typing import NamedTuple

__all__ = ["PREFIX", "OwnMessage", "find_own_message"]

PACKAGE, TABLE = "cognito_credentials.cli.explanations", "own_messages.json"
MAX_VALUE_LENGTH = 500
MAX_OCCURRENCES = 20
PREFIX = "cognito-credentials:"
# If the prefix is missing, a message with fewer letters or words could come from another program.
MIN_LETTERS, MIN_WORDS = 14, 3
MIN_LETTERS_AFTER_PREFIX = 8
MIN_LETTERS_OF_PART, MIN_WORDS_OF_PART = 10, 2


class OwnMessage(NamedTuple):
    """Message from this package: its hint and the error's `reason` ("" for a check of doctor)."""

    reason: str
    hint: str


class _Pattern(NamedTuple):
    """Constant parts of a message, in lower case; `is_distinctive` means that they identify it."""

    parts: list[str]
    message: OwnMessage
    letters: int
    is_distinctive: bool


def find_own_message(text: str) -> OwnMessage | None:
    """Return the message from this package that the text contains, or None.

    Args:
        text: Text in which single spaces are the only white space.
    """
    lower = text.lower()
    min_letters = MIN_LETTERS_AFTER_PREFIX if lower.startswith(PREFIX) else math.inf
    found = [
        pattern
        for pattern in _load_patterns()
        if (pattern.letters >= min_letters or pattern.is_distinctive)
        and _contains(lower, pattern.parts)
    ]
    if not found:
        return None
    # Among patterns with the same number of letters, prefer an error to a message from `doctor`.
    # Then prefer the pattern that matches first in the text, because a later match may be a value
    # within the message.
    best = max(
        found,
        key=lambda each: (each.letters, bool(each.message.reason), -lower.find(each.parts[0])),
    )
    return best.message


@cache
def _load_patterns() -> list[_Pattern]:
    table = resources.files(PACKAGE).joinpath(TABLE).read_text(encoding="utf-8")
    return [
        _Pattern(
            parts,
            OwnMessage(reason, hint),
            sum(map(_count_letters, parts)),
            _are_distinctive(parts),
        )
        for parts, reason, hint in json.loads(table)
    ]


def _are_distinctive(parts: list[str]) -> bool:
    counts = [(_count_letters(part), _count_words(part)) for part in parts]
    letters, words = map(sum, zip(*counts, strict=True))
    return (letters >= MIN_LETTERS and words >= MIN_WORDS) or any(
        letters >= MIN_LETTERS_OF_PART and words >= MIN_WORDS_OF_PART for letters, words in counts
    )


def _count_letters(text: str) -> int:
    return len(re.findall(r"[a-z]", text))


def _count_words(text: str) -> int:
    return len(re.findall(r"[a-z]{2,}", text))


def _contains(lower: str, parts: list[str]) -> bool:
    """Return True if the parts occur in the text in this order, near each other."""
    start = -1
    for _ in range(MAX_OCCURRENCES):
        start = lower.find(parts[0], start + 1)
        if start < 0:
            return False
        end = start + len(parts[0])
        for part in parts[1:]:
            position = lower.find(part, end, end + MAX_VALUE_LENGTH + len(part))
            if position < 0:
                break
            end = position + len(part)
        else:
            return True
    return False
