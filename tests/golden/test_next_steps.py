"""Each hint and next step begins with what to do, and explains afterwards."""

from __future__ import annotations

import re
from pathlib import Path

from cases import check_each

FILES = sorted(path.name for path in Path(__file__).parent.glob("*.txt"))
STEP = re.compile(
    r"^(?:Hint: |Next: |  command: |- (?:always|nothing is known|guest|fixed token|supplier)[^:]*: )(.+)",
    re.MULTILINE,
)
# A sentence that begins with one of these words states a fact. So does a sentence that begins with a
# name in quotation marks.
EXPLANATORY = {"A", "An", "Another", "It", "No", "One", "The", "There", "These", "This", "Your"}


def find_explanations(text: str) -> list[str]:
    steps = STEP.findall(text)
    return [step for step in steps if step.split()[0] in EXPLANATORY or step.startswith(("'", '"'))]


@check_each("file", FILES)
def test_a_next_step_begins_with_what_to_do(file: str) -> None:
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    assert find_explanations(text) == []


def test_an_explanation_is_found() -> None:
    assert find_explanations("Next: The token has expired. Sign in again.")
    assert find_explanations("- always: 'x' did not respond. Try again.")
    assert not find_explanations("Hint: Sign in again. The token has expired.")
