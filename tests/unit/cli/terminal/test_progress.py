from __future__ import annotations

import io
import os
import sys
import threading
import time

import pytest

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal import progress
from cognito_credentials.cli.terminal.progress import AFTER, Progress

WIPED = "\r\033[K"
CLOCK_STANDS = 1000.0


class Terminal(io.StringIO):
    encoding = "ascii"

    def __init__(self, columns=None):
        super().__init__()
        self.columns = columns

    def isatty(self):
        return True

    def written(self):
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


class Moved:
    """A progress whose clock is moved, and that is looked at by hand."""

    def __init__(self):
        self.now = CLOCK_STANDS
        self.terminal = Terminal()
        self.progress = Progress(self.terminal, clock=lambda: self.now)

    def after(self, seconds):
        self.now += seconds
        self.progress.look()
        return self.terminal.written()


@pytest.fixture
def moved():
    moved = Moved()
    yield moved
    moved.progress.close()


def test_what_is_quick_is_not_shown(moved):
    wait = logs.Wait("a store")
    moved.progress.begin(wait)
    assert moved.after(AFTER - 0.1) == ""
    moved.progress.end(wait)
    assert moved.after(100) == ""


def test_a_long_wait_is_shown_counted_and_wiped(moved):
    wait = logs.Wait("a store")
    moved.progress.begin(wait)
    assert moved.after(AFTER) == f"{WIPED}2 s, waiting for a store"
    assert moved.after(0.5) == ""
    wait.text = "a store, attempt 2"
    assert moved.after(0.6) == f"{WIPED}3 s, waiting for a store, attempt 2"
    moved.progress.end(wait)
    assert moved.terminal.written() == WIPED
    assert moved.after(1) == ""


def test_the_innermost_wait_that_is_long_is_shown(moved):
    outer, inner = logs.Wait("approval"), logs.Wait("an answer")
    moved.progress.begin(outer)
    moved.after(5)
    moved.progress.begin(inner)
    assert moved.after(1) == f"{WIPED}6 s, waiting for approval"
    assert moved.after(1) == f"{WIPED}2 s, waiting for an answer"
    moved.progress.end(inner)
    assert moved.terminal.written() == WIPED
    assert moved.after(1) == f"{WIPED}8 s, waiting for approval"


def test_it_makes_room_and_comes_back(moved):
    moved.progress.begin(logs.Wait("a store"))
    moved.after(AFTER)
    moved.progress.make_room()
    assert moved.terminal.written() == WIPED
    assert moved.after(0) == f"{WIPED}2 s, waiting for a store"


def test_closing_wipes_what_was_interrupted(moved):
    moved.progress.begin(logs.Wait("a store"))
    moved.after(AFTER)
    moved.progress.close()
    assert moved.terminal.written() == WIPED
    assert moved.after(10) == ""


def test_another_threads_wait_is_not_shown(moved):
    thread = threading.Thread(target=lambda: moved.progress.begin(logs.Wait("a store")))
    thread.start()
    thread.join(30)
    assert moved.after(100) == ""


def test_the_line_is_one_and_cannot_steer_the_terminal(moved):
    moved.progress.begin(logs.Wait("é\033[2J\n" + "x" * 200))
    line = moved.after(AFTER).removeprefix(WIPED)
    assert line.startswith("2 s, waiting for ??[2J?xxx")
    assert len(line) == 79


def test_a_terminal_that_is_gone_is_no_error(moved):
    moved.progress.begin(logs.Wait("a store"))
    moved.terminal.close()
    moved.now += 10
    moved.progress.look()


def test_a_thread_looks_while_something_is_waited_for(monkeypatch):
    terminal, now = Terminal(), [CLOCK_STANDS]
    shown = Progress(terminal, clock=lambda: now[0])
    before = threading.active_count()
    wait = logs.Wait("a store")
    shown.begin(wait)
    now[0] += 7
    until = time.monotonic() + 30
    while "7 s" not in terminal.getvalue() and time.monotonic() < until:
        pass
    shown.end(wait)
    assert terminal.getvalue() == f"{WIPED}7 s, waiting for a store{WIPED}"
    while threading.active_count() > before and time.monotonic() < until:
        pass
    assert threading.active_count() == before


# --- where it is shown --------------------------------------------------------------------------


def test_on_a_terminal_the_library_tells_it(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress.shown():
        assert len(logs.watchers) == 1
    assert logs.watchers == []


def test_an_interrupted_wait_is_told_no_more(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), progress.shown(), logs.Wait("a store"):
        raise KeyboardInterrupt
    assert logs.watchers == []


@pytest.mark.parametrize("is_terminal", [False, True])
def test_elsewhere_nothing_is_shown(monkeypatch, is_terminal):
    monkeypatch.setattr(sys, "stderr", Terminal() if is_terminal else io.StringIO())
    monkeypatch.setenv("TERM", "dumb" if is_terminal else "xterm")
    with progress.shown():
        assert logs.watchers == []


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs terminals")
def test_the_width_is_the_terminals():
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    now = [CLOCK_STANDS]
    with open(theirs, "w", encoding="utf-8") as terminal:
        shown = Progress(terminal, clock=lambda: now[0])
        shown.begin(logs.Wait("x" * 100))
        now[0] += AFTER
        shown.look()
        line = os.read(ours, 1000).decode().removeprefix(WIPED)
        shown.close()
    os.close(ours)
    assert line == "2 s, waiting for..."  # the seconds are never what is cut
