from __future__ import annotations

import io
import sys

from cognito_credentials._core import logs
from cognito_credentials.cli.reporting.line_handler import show_warnings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_warnings_are_lines_that_fit_the_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_warnings():
        logs.warning("The store %s is not available", "a\033b")
        logs.debug("not shown")
    logs.warning("not shown either")
    assert terminal.getvalue() == "The store a\\x1bb is\nnot available\n"


def test_a_closed_terminal_is_ignored(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("logging.raiseExceptions", False)
    monkeypatch.setattr(sys, "stderr", terminal)
    terminal.close()
    with show_warnings():
        logs.warning("The store is not available")
