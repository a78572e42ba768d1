from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from cognito_credentials._core import logs


def test_debug_and_warning_reach_the_packages_logger(caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    logs.debug("attempt %d", 1)
    logs.warning("failed with %s", "OSError")
    assert caplog.record_tuples == [
        ("cognito_credentials", logging.DEBUG, "attempt 1"),
        ("cognito_credentials", logging.WARNING, "failed with OSError"),
    ]


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )


def test_a_debug_line_does_not_import_logging():
    program = (
        "import sys; from cognito_credentials._core import logs; logs.debug('x');"
        "print('logging' in sys.modules)"
    )
    assert run(program).stdout == "False\n"


def test_a_warning_is_seen_where_nothing_was_set_up():
    program = "from cognito_credentials._core import logs; logs.warning('look at %s', 'this')"
    assert run(program).stderr == "look at this\n"


class Watcher:
    def __init__(self):
        self.seen = []

    def begin(self, wait):
        self.seen.append(("begin", wait.text))

    def end(self, wait):
        self.seen.append(("end", wait.text))

    def make_room(self):
        self.seen.append(("room",))


@pytest.fixture
def watcher(monkeypatch):
    watcher = Watcher()
    monkeypatch.setattr(logs, "watchers", [watcher])
    return watcher


def test_who_watches_is_told_what_is_waited_for(watcher):
    def fail():
        with logs.Wait("a") as wait:
            wait.text = "b"
            raise OSError("x")

    with pytest.raises(OSError, match="x"):
        fail()
    assert watcher.seen == [("begin", "a"), ("end", "b")]


def test_without_anybody_a_wait_is_nothing():
    with logs.Wait("a"):
        assert logs.watchers == []


def test_a_warning_asks_for_room(watcher):
    logs.warning("x")
    logs.debug("y")
    assert watcher.seen == [("room",)]
