"""Wording of the errors from login token suppliers."""

from __future__ import annotations

import os
import sys

import pytest
from golden import assert_golden, error_texts

from cognito_credentials import CommandToken, EnvironmentToken, FileToken

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs pipes and POSIX commands")


def test_error_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("A_TOKEN", raising=False)
    monkeypatch.setenv("EMPTY", " ")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    os.symlink(sys.executable, tmp_path / "python")
    os.mkfifo(tmp_path / "pipe")

    def python(source, **options):
        return CommandToken(["./python", "-S", "-c", source], **options)

    endless = "import sys\nwhile True: sys.stdout.write('x' * 1000)"
    waiting = "import threading; threading.Event().wait(60)"
    cases = {
        "missing file": FileToken("missing"),
        "empty file": FileToken("empty"),
        "file that is not text": FileToken("binary"),
        "directory": FileToken("folder"),
        "endless file": FileToken("/dev/zero"),
        "pipe without a writer": FileToken("pipe", timeout=0.02),
        "invalid time limit": lambda: FileToken("missing", timeout=0),
        "variable that is not set": EnvironmentToken("A_TOKEN"),
        "empty variable": EnvironmentToken("EMPTY"),
        "empty command": lambda: CommandToken(""),
        "command with an unclosed quote": lambda: CommandToken('login "'),
        "missing command": CommandToken("./missing"),
        "failing command": python("raise SystemExit(7)"),
        "failing command whose error output is shown": python(
            "raise SystemExit(7)", stderr=lambda line: None
        ),
        "command without output": python(""),
        "command that prints no text": python("import os; os.write(1, b'\\xff')"),
        "endless command": python(endless),
        "command that waits": python(waiting, timeout=0.1),
    }
    assert_golden("supplier_errors", error_texts(cases))
