from __future__ import annotations

import re
from pathlib import Path

import pytest

from cognito_credentials._core import refusals
from cognito_credentials.cli.explain import explanation_of
from cognito_credentials.cli.explanations.causes import CAUSES, FIXES, MEANINGS

PAGE = Path(__file__).parents[4] / "docs" / "troubleshooting.md"


@pytest.mark.parametrize("reason", MEANINGS)
def test_each_reason_is_explained_and_is_in_the_documentation(reason: str):
    for text in (reason, f"`{reason}`", reason.upper()):
        found = explanation_of(text)
        assert found is not None
        assert (found.reason, found.meaning) == (reason, MEANINGS[reason][1])
        assert found.fix
        section = section_of(found.place.partition("#")[2].partition(",")[0])
        assert f"\n| `{reason}` |" in section


def section_of(anchor: str) -> str:
    """Return a section of the page by its heading, as GitHub makes an anchor of it."""
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0].lower()
        if re.sub(r"[^\w -]", "", heading).replace(" ", "-") == anchor:
            return section
    raise AssertionError(anchor)


def test_every_reason_of_the_documentation_has_a_meaning():
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(), flags=re.MULTILINE)
    assert set(MEANINGS) == set(rows)


def test_what_is_told_apart_is_there():
    known = set(MEANINGS) | {row.text for row in refusals.TABLE}
    assert set(CAUSES) <= known
    assert set(FIXES) <= known


def test_other_texts_are_in_the_documentation():
    found = explanation_of("Invalid Cognito Identity Provider")
    assert found is not None
    assert section_of(found.place.partition("#")[2])
