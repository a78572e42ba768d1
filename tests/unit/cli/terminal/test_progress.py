from __future__ import annotations

import io
import os
import sys
import threading
import time

import pytest

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal import progress
from cognito_credentials.cli.terminal.progress import DELAY_SECONDS, ERASE_LINE, ProgressLine

FROZEN_CLOCK = 1000.0


class Terminal(io.StringIO):
    encoding = "ascii"

    def isatty(self):
        return True

    def take_output(self):
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


class Screen:
    """A progress line whose clock and updates the test controls."""

    def __init__(self):
        self.now = FROZEN_CLOCK
        self.terminal = Terminal()
        self.line = ProgressLine(self.terminal, clock=lambda: self.now)

    def update_after(self, seconds):
        self.now += seconds
        self.line.update()
        return self.terminal.take_output()


@pytest.fixture
def screen():
    screen = Screen()
    yield screen
    screen.line.close()


def test_a_short_wait_is_not_shown(screen):
    wait = logs.Wait("a store")
    screen.line.begin(wait)
    assert screen.update_after(DELAY_SECONDS - 0.1) == ""
    screen.line.end(wait)
    assert screen.update_after(100) == ""


def test_a_long_wait_is_shown_with_its_seconds_and_erased(screen):
    wait = logs.Wait("a store")
    screen.line.begin(wait)
    assert screen.update_after(DELAY_SECONDS) == f"{ERASE_LINE}2 s, waiting for a store"
    assert screen.update_after(0.5) == ""
    wait.text = "a store, attempt 2"
    assert screen.update_after(0.6) == f"{ERASE_LINE}3 s, waiting for a store, attempt 2"
    screen.line.end(wait)
    assert screen.terminal.take_output() == ERASE_LINE
    assert screen.update_after(1) == ""


def test_the_innermost_long_wait_is_shown(screen):
    outer, inner = logs.Wait("approval"), logs.Wait("a response")
    screen.line.begin(outer)
    screen.update_after(5)
    screen.line.begin(inner)
    assert screen.update_after(1) == f"{ERASE_LINE}6 s, waiting for approval"
    assert screen.update_after(1) == f"{ERASE_LINE}2 s, waiting for a response"
    screen.line.end(inner)
    assert screen.terminal.take_output() == ERASE_LINE
    assert screen.update_after(1) == f"{ERASE_LINE}8 s, waiting for approval"


def test_a_cleared_line_returns_with_the_next_update(screen):
    screen.line.begin(logs.Wait("a store"))
    screen.update_after(DELAY_SECONDS)
    screen.line.clear()
    assert screen.terminal.take_output() == ERASE_LINE
    assert screen.update_after(0) == f"{ERASE_LINE}2 s, waiting for a store"


def test_close_erases_an_interrupted_wait(screen):
    screen.line.begin(logs.Wait("a store"))
    screen.update_after(DELAY_SECONDS)
    screen.line.close()
    assert screen.terminal.take_output() == ERASE_LINE
    assert screen.update_after(10) == ""


def test_a_wait_of_another_thread_is_not_shown(screen):
    thread = threading.Thread(target=lambda: screen.line.begin(logs.Wait("a store")))
    thread.start()
    thread.join(30)
    assert screen.update_after(100) == ""


def test_the_text_fits_on_one_line_without_control_characters(screen):
    screen.line.begin(logs.Wait("é\033[2J\n" + "x" * 200))
    line = screen.update_after(DELAY_SECONDS).removeprefix(ERASE_LINE)
    assert line.startswith(r"2 s, waiting for ?\x1b[2J xxx")
    assert len(line) == 79


def test_a_closed_terminal_is_ignored(screen):
    screen.line.begin(logs.Wait("a store"))
    screen.terminal.close()
    screen.now += 10
    screen.line.update()


def test_a_thread_updates_the_line_while_there_are_waits():
    terminal, now = Terminal(), [FROZEN_CLOCK]
    line = ProgressLine(terminal, clock=lambda: now[0])
    before = threading.active_count()
    wait = logs.Wait("a store")
    line.begin(wait)
    now[0] += 7
    deadline = time.monotonic() + 30
    while "7 s" not in terminal.getvalue() and time.monotonic() < deadline:
        pass
    line.end(wait)
    assert terminal.getvalue() == f"{ERASE_LINE}7 s, waiting for a store{ERASE_LINE}"
    while threading.active_count() > before and time.monotonic() < deadline:
        pass
    assert threading.active_count() == before


# --- when waits are shown -----------------------------------------------------------------------


def use_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")


def test_waits_are_shown_on_a_terminal(monkeypatch):
    use_terminal(monkeypatch)
    with progress.show_waits():
        assert isinstance(logs.wait_display, ProgressLine)
    assert logs.wait_display is None


def test_an_interrupted_wait_is_shown_no_longer(monkeypatch):
    use_terminal(monkeypatch)
    with pytest.raises(KeyboardInterrupt), progress.show_waits(), logs.Wait("a store"):
        raise KeyboardInterrupt
    assert logs.wait_display is None


@pytest.mark.parametrize("is_terminal", [False, True])
def test_waits_are_not_shown_on_dumb_terminals_and_in_files(monkeypatch, is_terminal):
    monkeypatch.setattr(sys, "stderr", Terminal() if is_terminal else io.StringIO())
    monkeypatch.setenv("TERM", "dumb" if is_terminal else "xterm")
    with progress.show_waits():
        assert logs.wait_display is None


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs terminals")
def test_the_text_is_cut_to_the_width_of_the_terminal():
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    now = [FROZEN_CLOCK]
    with open(theirs, "w", encoding="utf-8") as terminal:
        line = ProgressLine(terminal, clock=lambda: now[0])
        line.begin(logs.Wait("x" * 100))
        now[0] += DELAY_SECONDS
        line.update()
        text = os.read(ours, 1000).decode().removeprefix(ERASE_LINE)
        line.close()
    os.close(ours)
    assert text == "2 s, waiting for..."  # The seconds come first, so they are never truncated.
