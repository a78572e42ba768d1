"""Transcripts of commands, with placeholders for values that change from run to run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli_world import World

PATTERNS = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:PORT"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\b59 min( \d+ s)?|\b1 h\b"), "59 min"),
    (re.compile(r"\bASIA…\w{4}"), "ASIA…KEY1"),
    (re.compile(r"[a-z0-9+,.-]+\.json: [^.\n]+"), "ENTRY.json: REASON"),
    (re.compile(r"unreadable: .*"), "unreadable: REASON"),
    (re.compile(r"\b[0-9a-f]{8}…"), "SUBJECT1…"),
    (re.compile(r"\brole-[0-9a-f]{8}\b"), "role-NAME"),
    (re.compile(r"us-east-1_\w{9}\b"), "us-east-1_Example"),
)
IDENTITY = re.compile(r"us-east-1:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Transcript:
    """A record of the commands that were run, with their output and exit status."""

    def __init__(self, world: World, replacements: dict[str, str]) -> None:
        self.world = world
        self.replacements = {world.pool: "us-east-1:POOL"} | replacements
        self.blocks: list[str] = []

    def run(self, *words: str) -> None:
        result = self.world.run(*words)
        self.add(shlex.join(words), result.out + result.err, result.status)

    def add(self, words: str, output: str, status: int = 0) -> None:
        end = f"(exit status {status})\n" if status else ""
        self.blocks.append(f"$ cognito-credentials {words}\n{output}{end}")

    def text(self) -> str:
        text = "\n".join(self.blocks)
        for value, replacement in self.replacements.items():
            text = text.replace(value, replacement)
        identities = dict.fromkeys(IDENTITY.findall(text))
        for number, identity in enumerate(identities, 1):
            text = text.replace(identity, f"us-east-1:IDENTITY{number}")
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
