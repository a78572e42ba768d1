"""Lookup of the explanation for an error message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.next_steps import RUN_DOCTOR
from cognito_credentials._core.error_catalog.sign_in_errors import SIGN_IN_ERRORS
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.own_messages import PREFIX, find_own_message
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES
from cognito_credentials.cli.reporting.hints import command_wording
from cognito_credentials.errors import TROUBLESHOOTING_URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cognito_credentials._core.error_catalog import CatalogEntry
    from cognito_credentials.cli.explanations.known_error import KnownError

__all__ = ["Explanation", "explain", "similar_messages"]

ENTRIES = (*error_catalog.SERVICE_ENTRIES, *SIGN_IN_ERRORS)
# Text that tools put around an error code: "An error occurred (CODE) when calling the GetId
# operation: ".
WRAPPER = re.compile(
    r"^.*an error occurred|\bwhen calling the \w+ operation\b|\((reached max retries[^)]*)\)",
    re.IGNORECASE,
)
INVALID_VALUE = re.compile(r"\bmust \w+ [^,]{1,200}, not ")
REASON = re.compile(rf"\(([a-z-]+)\)|{re.escape(TROUBLESHOOTING_URL)}#([a-z-]+)")
DOCTOR_MEANING = "A check of `cognito-credentials doctor` failed."
MAX_SIMILAR_MESSAGES = 3
MIN_SHARE_OF_COMMON_WORDS = 0.5


class Explanation(NamedTuple):
    """Meaning, common causes and next step of an error; `reason` is "" if the error has none."""

    reason: str
    meaning: str
    causes: Sequence[str]
    next_step: str


OWN_OUTPUT = Explanation(
    "",
    "This message comes from cognito-credentials itself.",
    (),
    "Follow the advice after `Next:` in the output, or run the command again with --debug.",
)


def explain(text: str) -> Explanation | None:
    """Return the explanation of an error message, or None if the message is unknown.

    Args:
        text: Output of any program, in any format, that contains errors or warnings; or a `reason`
            that this package defines.
    """
    text = _normalize(text)
    if entry := error_catalog.entry_for_reason(text.strip("`'\". ").lower()):
        return _explanation_of(entry)
    if explanation := _search(SERVICE_MESSAGES, text):
        return explanation
    if entry := _entry_in(text):
        return _explanation_of(entry)
    return (
        _explain_code(text)
        or _search(TOOL_MESSAGES, text)
        or _explain_own_message(text)
        or _explain_reason_in(text)
        or _search(LOG_WARNINGS, text)
        or _explain_invalid_value(text)
        or (OWN_OUTPUT if text.startswith(PREFIX) else None)
    )


def similar_messages(text: str) -> list[str]:
    """Return up to three known messages; at least half of the words of each occur in the text."""
    words = set(re.findall(r"\w+", text.lower()))
    scored: list[tuple[float, str]] = []
    for known in {text for entry in ENTRIES for text in entry.texts}:
        known_words = re.findall(r"\w+", known.lower())
        scored.append((sum(word in words for word in known_words) / len(known_words), known))
    best = sorted(scored, reverse=True)[:MAX_SIMILAR_MESSAGES]
    return [known for share, known in best if share >= MIN_SHARE_OF_COMMON_WORDS]


def _normalize(text: str) -> str:
    """Replace escape sequences, typographic quotation marks and line breaks in the text."""
    from html import unescape

    text = unescape(text).replace("\\u0027", "'").replace('\\"', '"').replace("\\'", "'")
    return " ".join(text.replace("\u2019", "'").replace("\u2018", "'").split())


def _entry_in(text: str) -> CatalogEntry | None:
    """Return the entry that fits the text best: by code and message, by message, or by code."""
    lower = text.lower()
    codes = _codes_in(text)
    with_texts = [entry for entry in ENTRIES if entry.texts and _contains_message(lower, entry)]
    for entry in with_texts:
        if entry.code in codes:
            return entry
    # Constant parts that end with a quotation mark, such as "Identity '", also occur in other
    # messages, so accept such a part only in a message with "not found".
    is_not_found = "not found" in lower
    for entry in with_texts:
        if is_not_found or not any(part.endswith("'") for part in entry.texts):
            return entry
    for entry in ENTRIES:
        if entry.code in codes and not entry.texts and not entry.is_catch_all:
            return entry
    return None


def _codes_in(text: str) -> set[str]:
    return {error_catalog.canonical_code(word) for word in re.findall(r"\w+", text)}


def _explain_code(text: str) -> Explanation | None:
    """Return an explanation of every meaning of an error code; None if the text is not a code."""
    bare = WRAPPER.sub("", text).strip("`'\".:()[] ")
    code = error_catalog.canonical_code(bare.rpartition(".")[2])
    meanings = {entry.meaning: None for entry in ENTRIES if code and entry.code == code}
    if not meanings:
        return None
    return Explanation(
        "",
        f"The error code {code} has several causes, which only the message distinguishes.",
        [*meanings],
        "Run `cognito-credentials explain` with the full message, or `cognito-credentials doctor` "
        "with the same settings.",
    )


def _explain_own_message(text: str) -> Explanation | None:
    """Return the explanation of a message from this package."""
    own = find_own_message(text)
    if own is None:
        return None
    entry = error_catalog.entry_for_reason(own.reason)
    if entry is None:
        return Explanation("", DOCTOR_MEANING, (), own.hint or RUN_DOCTOR)
    general = _explanation_of(entry)
    return general._replace(causes=(), next_step=own.hint) if own.hint else general


def _explain_invalid_value(text: str) -> Explanation | None:
    """Return the explanation of a message in the form "NAME must be …, not VALUE"."""
    entry = error_catalog.entry_for_reason("configuration")
    return _explanation_of(entry) if entry and INVALID_VALUE.search(text) else None


def _explain_reason_in(text: str) -> Explanation | None:
    """Return the explanation of a reason in a log record, or in the URL of the documentation."""
    for in_record, in_url in REASON.findall(text):
        if entry := error_catalog.entry_for_reason(in_record or in_url):
            return _explanation_of(entry)
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
