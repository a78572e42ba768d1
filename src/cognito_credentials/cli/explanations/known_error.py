"""`KnownError`, a row in the tables of messages that the error catalog does not contain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KnownError"]


@dataclass(frozen=True, slots=True)
class KnownError:
    """Message that the error catalog does not contain, such as a message from another tool.

    Attributes:
        pattern: Regular expression that is searched for in the text, ignoring case. A group named
            `action` matches an IAM action.
        example: A message that the pattern matches, with "…" for the parts that vary.
        meaning: Description of the error, as one sentence.
        next_step: The next step, or a function that returns the next step for the `action` in the
            text.
        causes: Common causes, as noun phrases.
        reason: Corresponding `reason` in the error catalog, or "".
    """

    pattern: str
    example: str
    meaning: str
    next_step: str | Callable[[str], str]
    causes: tuple[str, ...] = ()
    reason: str = ""
