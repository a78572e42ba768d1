"""The table in docs/consumers.md; `make docs` writes it from the results of tests/consumers."""

from __future__ import annotations

import json
import re
from pathlib import Path

from consumer_definitions import Consumer, load_consumers

PAGE = Path(__file__).parents[2] / "docs" / "consumers.md"
BEGIN, END = "<!-- begin of the table: make docs -->", "<!-- end of the table -->"
HEADER = """\
| Library (tested version) | What you pass | If the refresh fails | If AWS rejects the token |
| --- | --- | --- | --- |"""
RECOVERS = "fetches once and retries"
RAISES = "raises its error"


def page() -> str:
    """Return the page with its current text and the table."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    headings = set(re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    rows = [
        _describe(consumer, headings)
        for consumer in sorted(load_consumers().values(), key=lambda each: each.title.lower())
    ]
    table = "\n".join([HEADER, *rows])
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _describe(consumer: Consumer, headings: set[str]) -> str:
    results = json.loads(consumer.results.read_text(encoding="utf-8"))
    # The identity makes no difference, which the test checks.
    observed = results["guest"]
    title = consumer.title
    if title in headings:
        title = f"[{title}](#{re.sub('[^a-z0-9 _-]', '', title.lower()).replace(' ', '-')})"
    error = f"`{observed['error_if_refresh_fails']}`"
    if not observed["error_names_cause"]:
        error += " without the reason"
    rejected = RECOVERS if observed["recovers_from_rejection"] else RAISES
    version = results["version"]
    return f"| {title} ({version}) | {consumer.hook} | {error} | {rejected} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
