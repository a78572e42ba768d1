"""The recorded session in docs/session.md must equal the current output of the commands.

The picture in the README is drawn from that page.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from session_picture import PICTURE, render_picture

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "session.md"

MASKS = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "(uuid)",
    r"127\.0\.0\.1:\d+": "(address)",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?": "(time)",
    r"ASIA(…|\\u2026)[0-9A-Z]{4}": "(key)",
    r"\d+ min( \d+ s)?": "(minutes)",
    r'"seconds_left": \d+': "(seconds)",
}


def mask(text: str) -> list[str]:
    for pattern, name in MASKS.items():
        text = re.sub(pattern, name, text)
    return text.splitlines()


@pytest.mark.peer
def test_the_page_equals_a_new_recording(tmp_path: Path) -> None:
    if not (ROOT / ".build" / "awscli" / "bin" / "aws").exists():
        pytest.fail("The AWS CLI is not in .build/awscli: run `make peers`.")
    page = tmp_path / "session.md"
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "record_session.py"), str(page)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert mask(page.read_text()) == mask(PAGE.read_text()), (
        "run examples/record_session.py if the change is intended"
    )


def test_the_page_contains_no_keys_and_no_tokens() -> None:
    text = PAGE.read_text()
    assert "AWS_SECRET_ACCESS_KEY='(hidden)'" in text
    assert "AWS_SESSION_TOKEN='(hidden)'" in text
    assert "COGNITO_EMULATOR_TOKEN='(hidden)'" in text
    assert not re.search(r"(ASIA|AKIA)[0-9A-Z]{8}", text)
    assert not re.search(r"/(tmp|root|home|work)/", text)


def test_the_picture_shows_the_recorded_session() -> None:
    assert PICTURE.read_text(encoding="utf-8") == render_picture(), "run `make docs`"


def test_the_picture_shows_complete_output() -> None:
    picture = PICTURE.read_text(encoding="utf-8")
    for text in ("(guest)", "[profile game]", "demo-bucket", "must be an identity pool ID"):
        assert text in picture
