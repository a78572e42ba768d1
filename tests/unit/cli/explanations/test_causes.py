from __future__ import annotations

import re
from pathlib import Path

import pytest

from cognito_credentials._core import error_catalog
from cognito_credentials.cli.commands.explain import explanation_of
from cognito_credentials.cli.explanations.causes import CAUSES, FIXES, MEANINGS

PAGE = Path(__file__).parents[4] / "docs" / "troubleshooting.md"


@pytest.mark.parametrize("reason", MEANINGS)
def test_each_reason_is_explained(reason: str):
    for text in (reason, f"`{reason}`", reason.upper()):
        found = explanation_of(text)
        assert found is not None
        assert (found.reason, found.meaning) == (reason, MEANINGS[reason][0])
        assert found.fix


def test_every_reason_of_the_documentation_has_a_meaning():
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(), flags=re.MULTILINE)
    assert set(MEANINGS) == set(rows)


def test_what_is_told_apart_is_there():
    known = set(MEANINGS) | {row.text for row in error_catalog.TABLE}
    assert set(CAUSES) <= known
    assert set(FIXES) <= known
