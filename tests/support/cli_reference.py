"""Documentation that `make docs` generates from the command; a test compares the pages."""

from __future__ import annotations

import argparse
from pathlib import Path

from cognito_credentials.cli import dispatch
from cognito_credentials.cli.settings.names import OPTION_SETTINGS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "cli.md"
PROFILES_PAGE = DOCS / "cli" / "profiles.md"
TABLE_BEGIN, TABLE_END = "<!-- begin of the settings: make docs -->", "<!-- end of the settings -->"


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


def settings_table() -> str:
    """Return the table for docs/cli/profiles.md, which lists every name of each setting."""
    lines = [
        "| Option | Environment variable | Profile key | Value |",
        "| --- | --- | --- | --- |",
    ]
    for setting in OPTION_SETTINGS.values():
        note = ", one per line" if setting.is_repeatable else ""
        variables = ", ".join(f"`{variable}`" for variable in setting.variables)
        keys = [setting.key, "services" if setting.service else ""]
        cells = [
            f"`{setting.option}`",
            variables + note if variables else "",
            ", ".join(f"`{key}`" for key in keys if key) + (note if setting.key else ""),
            setting.help,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def profiles_page() -> str:
    """Return docs/cli/profiles.md with its current text and the table of the settings."""
    text = PROFILES_PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(TABLE_BEGIN)
    _, _, after = rest.partition(TABLE_END)
    return f"{before}{TABLE_BEGIN}\n\n{settings_table()}\n\n{TABLE_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    PROFILES_PAGE.write_text(profiles_page(), encoding="utf-8")
