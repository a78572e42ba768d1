"""Record docs/session.md from real programs in two terminals.

    python examples/record_session.py [FILE]

One terminal runs the emulator, the other a shell with the environment variables that the emulator prints.
In the output, keys and tokens are redacted, and directories are shortened. `make peers` installs
the AWS CLI that runs in the shell.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "session.md"
PROMPT = "$ "
AT_PROMPT = r"^\$ \Z"  # Programs may print dollar signs in other places.
OUTPUT_TIMEOUT_SECONDS = 60.0

EMULATOR = "cognito-credentials emulator --demo --format env"
PARTS = [
    (
        "Guest credentials, and a profile for AWS tools",
        [
            "cognito-credentials whoami",
            "cognito-credentials configure --profile game --yes --identity-pool-id $AWS_COGNITO_IDENTITY_POOL_ID",
            "export AWS_PROFILE=game",
            "aws s3 ls",
            "aws s3 ls s3://demo-bucket",
        ],
    ),
    (
        "Stored credentials",
        [
            "cognito-credentials cache list",
            "cognito-credentials export --format env",
            "cognito-credentials cache clear",
            "cognito-credentials whoami --json",
        ],
    ),
    (
        "Errors",
        [
            "cognito-credentials whoami --profile gmae",
            "cognito-credentials whoami --identity-pool-id eu-west-1_Example",
        ],
    ),
]


class Terminal:
    """A program in its own terminal."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(words[0], words, environment)  # noqa: S606 - the command is a constant of this program
        self.text = ""

    def read_until(self, pattern: str) -> str:
        """Wait for a match, and return the output up to its end; later calls read the rest."""
        while True:
            found = re.search(pattern, self.text, re.MULTILINE)
            if found:
                text, self.text = self.text[: found.end()], self.text[found.end() :]
                return text
            if not select.select([self.terminal], [], [], OUTPUT_TIMEOUT_SECONDS)[0]:
                sys.exit(f"{pattern!r} did not appear in the output:\n{self.text}")
            try:
                read = os.read(self.terminal, 65_536)
            except OSError:  # The program has exited.
                sys.exit(f"the program exited before {pattern!r}:\n{self.text}")
            self.text += read.decode().replace("\r\n", "\n")

    def type(self, line: str) -> str:
        """Type a line, and return its echo and the output up to the next prompt."""
        os.write(self.terminal, f"{line}\n".encode())
        return self.read_until(AT_PROMPT).removesuffix(PROMPT)

    def terminate(self, signal_number: int) -> None:
        os.kill(self.process, signal_number)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


@contextlib.contextmanager
def running(
    words: list[str], environment: dict[str, str], signal_number: int
) -> Iterator[Terminal]:
    terminal = Terminal(words, environment)
    try:
        yield terminal
    finally:
        terminal.terminate(signal_number)


def keys_in(home: str) -> set[str]:
    """Return the access key IDs, secret access keys and session tokens in the store."""
    found = set[str]()
    for file in Path(home, ".aws", "cognito-credentials").glob("*.json"):
        credentials = json.loads(b64decode(json.loads(file.read_text())["value"])).get(
            "credentials"
        )
        if credentials:
            names = ("access_key_id", "secret_access_key", "session_token")
            found |= {credentials[name] for name in names}
    return found


def record(home: str) -> str:
    """Run all commands, and return the page as Markdown."""
    path = os.pathsep.join(
        (str(ROOT / ".venv" / "bin"), str(ROOT / ".build" / "awscli" / "bin"), os.defpath)
    )
    environment = {"HOME": home, "PATH": path, "TERM": "dumb", "LANG": "C.UTF-8", "PS1": PROMPT}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    secrets = set[str]()
    with running(EMULATOR.split(), environment, signal.SIGTERM) as emulator:
        shown = emulator.read_until(r"^Emulating AWS at .*$\n")
        blocks = [("Start the emulator", f"{PROMPT}{EMULATOR}\n{shown}")]
        environment |= dict(re.findall(r"^export (\w+)='(.*)'$", shown, re.MULTILINE))
        secrets.add(environment["COGNITO_EMULATOR_TOKEN"])
        shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
        with running(shell, environment, signal.SIGHUP) as terminal:
            terminal.read_until(AT_PROMPT)
            for title, lines in PARTS:
                shown = ""
                for line in lines:
                    # The terminal echoes the typed line before the output.
                    shown += PROMPT + terminal.type(line)
                    secrets |= keys_in(home)
                blocks.append((title, shown))
    for secret in sorted(secrets, key=len, reverse=True):
        blocks = [(title, shown.replace(secret, "(hidden)")) for title, shown in blocks]
    return page_of(blocks).replace(str(ROOT / ".venv" / "bin"), "~/.local/bin").replace(home, "~")


def page_of(blocks: list[tuple[str, str]]) -> str:
    lines = [
        "# A recorded session",
        "",
        "`examples/record_session.py` recorded this page by running all commands against the emulator. AWS",
        "keys and tokens are replaced with (hidden), the home directory with ~, and the directory of the command with",
        "~/.local/bin.",
        "The first part ran in one terminal. The other parts ran in a second terminal, into which the output of",
        "the first terminal had been pasted.",
    ]
    for title, shown in blocks:
        lines += ["", f"## {title}", "", "```console", shown.strip(), "```"]
    return "\n".join(lines) + "\n"


def main() -> None:
    page = Path(sys.argv[1]) if sys.argv[1:] else PAGE
    with tempfile.TemporaryDirectory() as home:
        page.write_text(record(home), encoding="utf-8")


if __name__ == "__main__":
    main()
