"""Run AWS CLI commands in this process, which takes less time than a process for each command.

Run this program with the Python of the AWS CLI. Each line of the standard input is a JSON array of arguments; the
program prints the exit status and the output of the command as a JSON array.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver  # pyright: ignore[reportMissingImports]

for line in sys.stdin:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = create_clidriver().main(json.loads(line))
    print(json.dumps([status, output.getvalue()]), flush=True)
