"""docs/fidelity.md must list every error message with its evidence, and name tests that exist."""

from __future__ import annotations

import ast
import functools
import re
from itertools import chain
from pathlib import Path

from cases import check_each
from fidelity.behaviors import BEHAVIORS
from fidelity.texts import OTHER_TEXTS, STS_TEXTS
from fidelity_page import OPERATIONS, PAGE, describe_condition, page
from service_errors import MALFORMED, ROWS, Evidence

from cognito_credentials.emulator.identity.errors import UnconfirmedText

ROOT = Path(__file__).parents[2]
NOT_RUN = {"skip", "skipif", "xfail"}
LISTED = [*OTHER_TEXTS, *STS_TEXTS]
EVIDENCE = [*ROWS, *MALFORMED, *LISTED, *chain.from_iterable(BEHAVIORS.values())]
TESTS = sorted({each.test for each in (*LISTED, *chain.from_iterable(BEHAVIORS.values()))})

# Other services, such as DynamoDB, return this text. Amazon Cognito Identity does not.
OTHER_SERVICES = {UnconfirmedText.WRONG_TYPE}


def to_pattern(text: UnconfirmedText) -> re.Pattern[str]:
    literals = re.split(r"\{\w+\}", text)
    return re.compile(".+".join(map(re.escape, literals)), re.DOTALL)


def find_unconfirmed_texts(message: str) -> set[UnconfirmedText]:
    """Return the unconfirmed texts in a message or in the constraints that it lists."""
    constraints = re.findall(r"failed to satisfy constraint: (.*?)(?=; Value |$)", message)
    values = re.findall(r"=([^,}]*)[,}]", message)
    return {
        text
        for text in UnconfirmedText
        if any(to_pattern(text).fullmatch(part) for part in (message, *constraints, *values))
    }


FOUND = [
    (row, text) for row in (*ROWS, *MALFORMED) for text in find_unconfirmed_texts(row.message)
] + [(each, text) for each in LISTED for text in find_unconfirmed_texts(each.text)]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_unconfirmed_text_has_evidence() -> None:
    assert {text for _, text in FOUND} == set(UnconfirmedText) - OTHER_SERVICES


def test_an_unconfirmed_text_is_never_marked_as_confirmed() -> None:
    assert [str(row) for row, _ in FOUND if row.evidence is Evidence.CONFIRMED] == []


def test_confirmed_and_documented_entries_have_a_source() -> None:
    proved = {Evidence.CONFIRMED, Evidence.DOCUMENTED, Evidence.CODE_ONLY}
    assert [each for each in EVIDENCE if each.evidence in proved and not each.source] == []


def test_all_operations_are_listed() -> None:
    headings = re.findall(r"^### (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(OPERATIONS) == 23
    assert [heading for heading in headings if heading in OPERATIONS] == OPERATIONS


def test_every_row_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    conditions = {describe_condition(row.title) for row in (*ROWS, *MALFORMED)}
    assert [each for each in conditions if f"| {each} |" not in text] == []


@functools.cache
def parse(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@check_each("reference", TESTS)
def test_a_named_test_exists_and_runs(reference: str) -> None:
    path, *names = reference.split("::")
    nodes: list[ast.stmt] = parse(path).body
    for name in names:
        node = next((each for each in nodes if getattr(each, "name", None) == name), None)
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef), name
        marks = {
            part.attr
            for decorator in node.decorator_list
            for part in ast.walk(decorator)
            if isinstance(part, ast.Attribute)
        }
        assert not marks & NOT_RUN
        nodes = node.body
