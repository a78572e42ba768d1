"""AWS STS's limits on session tags.

The same limits apply to AssumeRole, whose tags are parameters, and to AssumeRoleWithWebIdentity,
whose tags are claims of a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

MAX_TAGS = 50
_MIN_LENGTHS = {"key": 1, "value": 0}
_MAX_LENGTHS = {"key": 128, "value": 256}
_PATTERNS = {
    "key": r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
    "value": r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*",
}
_PUNCTUATION = re.compile(r"[_.:/=+\-@]")
_CATEGORIES = ("L", "Z", "N")
# STS packs the tags into the session token, in an unpublished format. This number is the documented
# maximum total size of the attributes of an identity ("Attributes for access control").
_MAX_PACKED_BYTES = 460


def find_tag_constraints(member: str, text: str) -> Iterator[str]:
    """Yield the constraints that a tag violates. `member` is "key" or "value"."""
    if len(text) > _MAX_LENGTHS[member]:
        yield f"have length less than or equal to {_MAX_LENGTHS[member]}"
    if len(text) < _MIN_LENGTHS[member]:
        yield f"have length greater than or equal to {_MIN_LENGTHS[member]}"
    if not all(map(_is_allowed, text)):
        yield f"satisfy regular expression pattern: {_PATTERNS[member]}"


def packed_percentage(tags: Mapping[str, str]) -> int:
    """Return the used percentage of the space for session tags, rounded up."""
    size = sum(len(f"{key}{value}".encode()) for key, value in tags.items())
    return -(-size * 100 // _MAX_PACKED_BYTES)


def _is_allowed(character: str) -> bool:
    if _PUNCTUATION.fullmatch(character):
        return True
    return unicodedata.category(character)[0] in _CATEGORIES
