"""Lookup of the explanation for an error message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES
from cognito_credentials.cli.reporting.hints import command_wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cognito_credentials._core.error_catalog import CatalogEntry
    from cognito_credentials.cli.explanations.known_error import KnownError

__all__ = ["Explanation", "explain", "similar_messages"]

MAX_SIMILAR_MESSAGES = 3
MIN_SHARE_OF_COMMON_WORDS = 0.5


class Explanation(NamedTuple):
    """Meaning, common causes and next step of an error; `reason` is "" if it has none."""

    reason: str
    meaning: str
    causes: Sequence[str]
    next_step: str


def explain(text: str) -> Explanation | None:
    """Return the explanation of an error message, or None if it is unknown.

    Args:
        text: Output of a program in any format, or a `reason` of this package.
    """
    text = _normalize(text)
    entry = error_catalog.entry_for_reason(text.strip("`'\". ").lower())
    if entry is None:
        if explanation := _search(SERVICE_MESSAGES, text):
            return explanation
        entry = _entry_in(text)
    return _search(TOOL_MESSAGES, text) if entry is None else _explanation_of(entry)


def similar_messages(text: str) -> list[str]:
    """Return up to three known messages that have most of their words in common with a text."""
    words = set(re.findall(r"\w+", text.lower()))
    scored: list[tuple[float, str]] = []
    for known in {text for entry in error_catalog.SERVICE_ENTRIES for text in entry.texts}:
        known_words = re.findall(r"\w+", known.lower())
        scored.append((sum(word in words for word in known_words) / len(known_words), known))
    best = sorted(scored, reverse=True)[:MAX_SIMILAR_MESSAGES]
    return [known for share, known in best if share >= MIN_SHARE_OF_COMMON_WORDS]


def _normalize(text: str) -> str:
    """Return a text without the escapes of SDKs, typographic quotes and line breaks."""
    from html import unescape

    text = unescape(text).replace("\\u0027", "'").replace('\\"', '"').replace("\\'", "'")
    return " ".join(text.replace("\u2019", "'").replace("\u2018", "'").split())


def _entry_in(text: str) -> CatalogEntry | None:
    """Return the entry whose code and message occur in the text, or else only the message."""
    lower = text.lower()
    entries = error_catalog.SERVICE_ENTRIES
    words = {error_catalog.canonical_code(word) for word in re.findall(r"[A-Za-z]+", text)}
    for entry in entries:
        if entry.code in words and _contains_message(lower, entry) and not entry.is_catch_all:
            return entry
    # "Identity '…'" occurs in other messages, too.
    is_not_found = "not found" in lower
    for entry in entries:
        is_safe = is_not_found or not any(text.endswith("'") for text in entry.texts)
        if entry.texts and is_safe and _contains_message(lower, entry):
            return entry
    return None


def _contains_message(lower: str, entry: CatalogEntry) -> bool:
    return not entry.texts or any(text.lower() in lower for text in entry.texts)


def _explanation_of(entry: CatalogEntry) -> Explanation:
    next_step = command_wording(entry.next_step(CallContext()))
    return Explanation(entry.reason, entry.meaning, entry.causes, next_step)


def _search(known_errors: Iterable[KnownError], text: str) -> Explanation | None:
    for known in known_errors:
        if match := re.search(known.pattern, text, re.IGNORECASE):
            step = known.next_step
            next_step = step if isinstance(step, str) else step(match["action"])
            return Explanation(known.reason, known.meaning, known.causes, next_step)
    return None
