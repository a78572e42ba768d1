from __future__ import annotations

import re

import pytest

from cognito_credentials.cli.explanations.causes import MEANINGS
from cognito_credentials.cli.explanations.other_texts import OTHERS, Other


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.pattern[:30])
def test_each_says_what_it_means_and_what_to_do(other: Other):
    found = re.compile(other.pattern)
    assert other.meaning.endswith(".")
    # Where there is no fix, it is made of the action that the text names.
    assert other.fix.endswith(".") or "action" in found.groupindex
    assert other.reason in {"", *MEANINGS}
