"""An interactive shell into which tests type the commands on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from terminal import Terminal

# No program prints the text of these prompts.
PROMPT, CONTINUATION = "{$?}$ ", "{more} "
AT_PROMPT = r"\{(\d+)\}\$ \Z"
AT_QUESTION = r"\[y/N\] \Z"
AT_PASSWORD = r"Password: \Z"
PASSWORD = "Correct-horse-7"  # All users on the pages have this password.
STOP = "Press Ctrl-C to stop"
SERVERS = re.compile(r"cognito-credentials (emulator|serve)\b(?! exec| token)")
VARIABLE = re.compile(r"^(?:export |  )([A-Z_a-z]\w+)(?:='(.*)'|  +(\S+))\r?$", re.MULTILINE)
# The last line that a server prints.
READY = {
    "emulator": re.escape(STOP) + r".*\n",
    "serve": r"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE +\S+\r?\n",
}
BASH = ["/bin/bash", "--norc", "--noprofile", "--noediting", "-i"]


class Shell:
    """An interactive bash in a pseudo-terminal."""

    def __init__(self, environment: Mapping[str, str], folder: str) -> None:
        prompts = {"PS1": PROMPT, "PS2": CONTINUATION, "SHELL": "/bin/sh"}
        self.environment = {**environment, **prompts}
        self.folder = folder
        self.servers: list[Shell] = []
        self.terminal = Terminal(BASH, self.environment, folder)
        self.terminal.read_until(AT_PROMPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.close()
        for server in self.servers:
            server.terminal.type("\x03")
            server.terminal.read_until(AT_PROMPT)
            server.terminal.close()

    def run(self, line: str) -> tuple[int | None, str]:
        """Type a line, confirm each question, and return the exit status and the output.

        The status is None if the command continues on the next line. A server is started in another
        terminal, and the variables that it prints are exported in this terminal.
        """
        if server := SERVERS.match(line):
            self.start(line, READY[server[1]])
            return 0, ""
        self.terminal.type(f"{line}\n")
        output = ""
        while True:
            output += self.terminal.read_until(
                f"{AT_PROMPT}|{AT_QUESTION}|{AT_PASSWORD}|{CONTINUATION}\\Z"
            )
            if output.endswith(CONTINUATION):
                return None, output
            if prompt := re.search(AT_PROMPT, output):
                return int(prompt[1]), output[: prompt.start()]
            is_password = re.search(AT_PASSWORD, output) is not None
            self.terminal.type(f"{PASSWORD}\n" if is_password else "y\n")

    def start(self, line: str, ready: str) -> None:
        """Start a server in another terminal, and export its variables in this terminal."""
        server = Shell(self.environment, self.folder)
        self.servers.append(server)
        server.terminal.type(f"{line}\n")
        printed = server.terminal.read_until(ready)
        for name, quoted, plain in VARIABLE.findall(printed):
            assert self.run(f"export {name}='{quoted or plain}'")[0] == 0
