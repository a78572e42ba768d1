"""`KnownError`, a row in the tables of messages that are not in the error catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KnownError"]


@dataclass(frozen=True, slots=True)
class KnownError:
    """Message of another tool, of an operation that this package does not call, or of a log record.

    Attributes:
        pattern: Regular expression to search in the text, without regard to case. A group named
            `action` matches an IAM action.
        example: Message that the pattern matches, with "…" for the parts that vary.
        meaning: What happened, as one sentence.
        next_step: What to do, or a function that returns it for the `action` in the text.
        causes: Common causes, as noun phrases.
        reason: Corresponding `reason` in the error catalog, or "".
    """

    pattern: str
    example: str
    meaning: str
    next_step: str | Callable[[str], str]
    causes: tuple[str, ...] = ()
    reason: str = ""
