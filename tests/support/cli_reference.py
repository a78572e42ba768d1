"""docs/cli.md: the help of every verb, as `make docs` writes it and a test compares it."""

from __future__ import annotations

from pathlib import Path

from cognito_credentials.cli import program

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def reference() -> str:
    """Return the page."""
    verbs = [(verb, program.parser_of(verb).format_help()) for verb in program.VERBS]
    lines = [
        "# The command `cognito-credentials`",
        "",
        "What `--help` says of each verb; `make docs` writes this page. `python -m cognito_credentials`",
        "is the same command.",
        "",
        _block(program.overview().format_help()),
    ]
    for verb, text in verbs:
        lines += ["", f"## {verb}", "", _block(text)]
    return "\n".join(lines) + "\n"


def _block(text: str) -> str:
    shown = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"```text\n{shown}\n```"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
