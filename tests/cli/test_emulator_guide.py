"""The commands in the guide to the emulator, run by a shell."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import TIMEOUT_SECONDS, command_line

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "testing.md"
AWS = ROOT / ".build" / "awscli" / "bin"


@pytest.mark.peer
def test_a_pool_with_guests_and_a_user_is_made_as_the_page_says(
    home: Path, never_printed: Callable[[str], str]
):
    if not (AWS / "aws").exists():
        pytest.fail("The AWS CLI is not in .build/awscli: run `make peers`.")
    page = PAGE.read_text()
    assert "cognito-credentials emulator --port 4599 --admin-file ~/.aws/emulator-admin" in page
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (home / ".aws").mkdir()
    program = home / "cognito-credentials"
    program.write_text('#!/bin/sh\nexec {} "$@"\n'.format(" ".join(map(repr, command_line()))))
    program.chmod(0o700)
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join((str(home), str(AWS), os.environ["PATH"])),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    admin_file = home / ".aws" / "emulator-admin"
    emulator = subprocess.Popen(
        command_line("emulator", "--format", "json", "--admin-file", str(admin_file)),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert emulator.stdout is not None
        printed = ""
        while not printed.endswith("}\n"):
            line = emulator.stdout.readline()
            assert line, "the emulator exited before it printed all variables"
            printed += line
        variables = json.loads(printed)
        assert variables["AWS_SHARED_CREDENTIALS_FILE"] == str(admin_file)
        assert admin_file.stat().st_mode & 0o777 == 0o600
        done = subprocess.run(
            ["sh", "-eu", "-c", "\n".join(blocks)],
            env=environment | variables,
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    finally:
        emulator.send_signal(signal.SIGTERM)
        errors = emulator.communicate(timeout=TIMEOUT_SECONDS)[1]
    assert not admin_file.exists()
    assert variables["AWS_ENDPOINT_URL"] in errors
    assert errors.count("\n") == 1
    documents = [json.loads(line) for line in done.stdout.splitlines() if line[:1] == "{" != line]
    for document in documents:
        for name in ("SecretAccessKey", "SessionToken"):
            never_printed(document[name])
    assert (done.returncode, done.stderr) == (0, "")
    guest, user = documents
    assert guest["AccessKeyId"] != user["AccessKeyId"]
