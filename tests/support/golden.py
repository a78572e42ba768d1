"""Golden files, which contain the exact wording of errors, hints, help and output.

Other tests assert an error's class, `reason` and fields, never its wording, so changing the wording
only affects one golden file. `make golden` rewrites the files; review the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cognito_credentials.errors import CognitoCredentialsError

FOLDER = Path(__file__).parents[1] / "golden"


def assert_golden(name, text):
    """Compare the text with `tests/golden/NAME.txt`, or write it there if UPDATE_GOLDEN is set."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "run `make golden` if the change is intended"


def hide_places(text):
    """Return the text with placeholders for the paths and line numbers of Python files."""
    return re.sub(r" in \S+\.py, line \d+", " in FILE, line N", text)


def error_texts(cases):
    """Return the golden text for errors: `cases` maps titles to functions that raise an error."""
    blocks = []
    for title, raise_error in cases.items():
        with pytest.raises(CognitoCredentialsError) as raised:
            raise_error()
        error = raised.value
        lines = [f"## {title}", f"{type(error).__name__} ({error.reason})", error.message]
        blocks.append("\n".join([*lines, f"Hint: {error.hint}"] if error.hint else lines))
    return "\n\n".join(blocks) + "\n"
