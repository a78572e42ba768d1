"""`explain`: what an error means, without asking anybody.

What is given is searched and never printed again: an error's text may hold a token.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials._core import error_catalog, guest_policy
from cognito_credentials._core.call_context import CallContext
from cognito_credentials.cli.explanations.causes import CAUSES, FIXES, MEANINGS
from cognito_credentials.cli.explanations.consumer_texts import CONSUMERS
from cognito_credentials.cli.explanations.other_texts import OTHERS
from cognito_credentials.cli.reporting.hints import with_options
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from cognito_credentials._core.error_catalog import Refusal
    from cognito_credentials.cli.explanations.other_texts import Other

__all__ = ["Explanation", "closest", "explanation_of"]

USAGE = "cognito-credentials explain TEXT | -"
DESCRIPTION = """\
Say what an error of Amazon Cognito, AWS STS or an AWS tool means, its usual causes, and the fix.

  cognito-credentials explain "NotAuthorizedException: Logins don't match. Please include ..."
  aws s3 ls 2>&1 | cognito-credentials explain -

TEXT may be what any AWS SDK made of it, or a `reason` of this package. Nothing is sent, and nothing
of TEXT is printed. The exit status is 1 where it is not known.
"""
MOST_CHARACTERS = 100_000
HALF = 0.5
# A code with these says nothing as long as its text is not known.
_UNTOLD = frozenset(
    (
        "access-denied",
        "invalid-identity-token",
        "invalid-parameter",
        "not-authorized",
        "resource-not-found",
    )
)


class Explanation(NamedTuple):
    """What is printed."""

    reason: str
    meaning: str
    causes: Sequence[str]
    fix: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="the error's text, or - for standard input"
    )


def run(options: Namespace) -> int:
    """Print the explanation."""
    text = " ".join(options.text)
    if text == "-":
        text = sys.stdin.read(MOST_CHARACTERS)
    if not text.strip():
        raise ConfigurationError("there is no text", hint="Give the error's text, or - to read it.")
    output = Output(sys.stdout)
    found = explanation_of(text)
    if found is not None:
        output.line(found.meaning)
        if found.causes:
            output.line("Usual causes:")
            for cause in found.causes:
                output.line(f"  - {cause}")
        output.line(f"{output.good('Fix:')} {found.fix}")
        if found.reason:
            output.line(output.dim(f"Reason: {found.reason}"))
        return 0
    output.line("This text is not known.")
    if near := closest(text):
        output.line("The closest that are:")
        for known in near:
            output.line(f"  - {known}")
    output.line(output.dim("cognito-credentials doctor  looks at everything on the way."))
    return 1


def explanation_of(text: str) -> Explanation | None:
    """Return what a text means, or None where it is not known."""
    text = _plain(text)
    word = text.strip("`'\". ").lower()
    if word in MEANINGS:
        return _of_reason(word)
    if found := _of_others(OTHERS, text):
        return found
    refusal = _refusal_in(text)
    return _of_others(CONSUMERS, text) if refusal is None else _of_refusal(refusal)


def closest(text: str) -> list[str]:
    """Return up to three known texts that have most words in common with this one."""
    words = set(re.findall(r"\w+", text.lower()))
    scored: list[tuple[float, str]] = []
    for known in {row.text for row in error_catalog.TABLE if row.text}:
        parts = re.findall(r"\w+", known.lower())
        scored.append((sum(part in words for part in parts) / len(parts), known))
    return [known for score, known in sorted(scored, reverse=True)[:3] if score >= HALF]


def _plain(text: str) -> str:
    """Return a text as the service wrote it: SDKs escape it, terminals break its lines."""
    from html import unescape

    text = unescape(text).replace("\\u0027", "'").replace('\\"', '"').replace("\\'", "'")
    return " ".join(text.replace("\u2019", "'").replace("\u2018", "'").split())


def _refusal_in(text: str) -> Refusal | None:
    """Return the row of the code that the text has, or else of its words alone."""
    lower = text.lower()
    known = {row.code for row in error_catalog.TABLE}
    codes = {error_catalog.canonical(word) for word in re.findall(r"[A-Za-z]+", text)} & known
    rows = [row for row in error_catalog.TABLE if row.text.lower() in lower]
    for row in rows:
        if row.code in codes and (row.text or row.error.reason not in _UNTOLD):
            return row
    # "Identity '...'" is in other texts, too.
    quoted = "not found" in lower
    return next((row for row in rows if row.text and (quoted or row.text[-1] != "'")), None)


def _of_reason(reason: str) -> Explanation:
    fix = MEANINGS[reason][1]
    hints = (
        row.hint_for(CallContext()) for row in error_catalog.TABLE if row.error.reason == reason
    )
    return _explanation(reason, "", fix or next(hints, ""))


def _of_refusal(row: Refusal) -> Explanation:
    return _explanation(row.error.reason, row.text, row.hint_for(CallContext()))


def _explanation(reason: str, text: str, hint: str) -> Explanation:
    meaning, fix = MEANINGS[reason]
    causes = CAUSES.get(text) or CAUSES.get(reason, ())
    hint = FIXES.get(text) or FIXES.get(reason) or with_options(hint) or fix
    return Explanation(reason, meaning, causes, hint)


def _of_others(others: Sequence[Other], text: str) -> Explanation | None:
    for other in others:
        if match := re.search(other.pattern, text, re.IGNORECASE):
            fix = other.fix or _guests_fix(match["action"])
            return Explanation(other.reason, other.meaning, other.causes, fix)
    return None


def _guests_fix(action: str) -> str:
    """Return what to do where a session policy forbids an action."""
    if guest_policy.allows(action):
        return (
            f"Guests may be allowed {action}, so that this is a session policy of your own "
            "(policy of BasicFlow): add the action there."
        )
    return (
        f"{action} is outside what Amazon Cognito lets guests of the enhanced flow do, whatever the "
        "role says. Sign the user in, or take the basic flow with a role (--role-arn)."
    )
