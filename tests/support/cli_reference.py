"""The content of docs/cli.md, which `make docs` generates from the command's help."""

from __future__ import annotations

import argparse
from pathlib import Path

from cognito_credentials.cli import dispatch

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def reference() -> str:
    """Return docs/cli.md: the help of every subcommand."""
    lines = [
        "# The command `cognito-credentials`",
        "",
        "The `--help` text of each subcommand. `make docs` generates this page.",
        "`python -m cognito_credentials` runs the same command.",
        "",
        _block(dispatch.create_overview_parser().format_help()),
    ]
    for name in dispatch.SUBCOMMANDS:
        parser = dispatch.create_parser(name)
        lines += ["", f"## {name}", "", _block(parser.format_help())]
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for inner, subparser in action.choices.items():
                    lines += ["", f"### {name} {inner}", "", _block(subparser.format_help())]
    return "\n".join(lines) + "\n"


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"```text\n{lines}\n```"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
