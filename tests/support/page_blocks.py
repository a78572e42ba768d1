"""The fenced code blocks in README.md and docs/."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md")))
BLOCK = re.compile(r"^( *)(```+|~~~+) *(\w*)[^\n]*\n(.*?)^ *\2 *$", re.MULTILINE | re.DOTALL)
EXTRAS = re.compile(r"cognito-credentials\[([a-z0-9_,]+)\]")

PYTHON, JAVASCRIPT = "python", "javascript"
# A block without a language contains commands.
SHELLS = ("", "bash", "console", "sh", "shell", "zsh")
DATA = ("ini", "json", "text", "toml", "yaml")


@dataclass(frozen=True)
class Block:
    """A fenced code block in a page."""

    page: str
    number: int
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The command lines: in a `console` block, the lines that begin with a dollar sign."""
        if self.language != "console":
            return self.text.splitlines()
        lines = [line for line in self.text.splitlines() if line.startswith("$ ")]
        return [line.removeprefix("$ ") for line in lines]


def list_blocks(page: str, *languages: str) -> list[Block]:
    """Return a page's blocks in these languages, or in any language if none is given."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [
        Block(page, number, language, re.sub(f"^{indent}", "", body, flags=re.MULTILINE))
        for number, (indent, _, language, body) in enumerate(BLOCK.findall(text), 1)
    ]
    return [block for block in blocks if not languages or block.language in languages]


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def list_extras(page: str) -> frozenset[str]:
    """Return the extras that a page tells users to install.

    The page names the extras in a command, or else before its first block. Pages without an
    installation command assume `cli`, which the README tells users of the command to install.
    """
    installs = [
        line
        for block in list_blocks(page, *SHELLS)
        for line in block.text.splitlines()
        if " install " in line
    ]
    introduction = (ROOT / page).read_text(encoding="utf-8").partition("```")[0]
    names = {
        name
        for text in installs or re.findall(r"`pip install [^`]+`", introduction)
        for found in EXTRAS.findall(text.partition("#")[0])
        for name in found.split(",")
    }
    return frozenset(names or {"cli"})
