from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from wait_displays import recorded_waits

from cognito_credentials._core import logs


def test_records_reach_the_logger_of_the_package(caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    logs.debug("attempt %d", 1)
    logs.warning("failed with %s", "OSError")
    assert caplog.record_tuples == [
        ("cognito_credentials", logging.DEBUG, "attempt 1"),
        ("cognito_credentials", logging.WARNING, "failed with OSError"),
    ]


@pytest.mark.parametrize("log", [logs.debug, logs.warning])
def test_a_record_is_one_line_without_control_characters(caplog, log):
    caplog.set_level("DEBUG", "cognito_credentials")

    class Named:
        def __repr__(self):
            return "<Named\033[2J\n>"

    log("%s of %s in %.2f s, %d times", "a\nb\033]0;x\a", Named(), 1.5, 3)
    assert caplog.messages == [r"a b\x1b]0;x\x07 of <Named\x1b[2J > in 1.50 s, 3 times"]
    assert all("\033" not in repr(argument) for argument in caplog.records[0].args)


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )


def test_a_debug_record_does_not_import_logging():
    program = (
        "import sys; from cognito_credentials._core import logs; logs.debug('x');"
        "print('logging' in sys.modules)"
    )
    assert run(program).stdout == "False\n"


def test_a_debug_record_that_is_not_written_needs_no_lock_of_logging():
    """If a signal handler raises an exception inside `logging`, this lock is never released."""
    program = (
        "import logging, os, threading; from cognito_credentials._core import logs\n"
        "logs.debug('x')\n"
        "thread = threading.Thread(target=logging._lock.acquire)\n"
        "thread.start(); thread.join()\n"
        "logs.debug('x')\n"
        "print('done', flush=True)\n"
        "os._exit(0)  # logging needs the lock at exit"
    )
    assert run(program).stdout == "done\n"


def test_a_record_can_be_logged_while_another_thread_imports_logging(tmp_path):
    (tmp_path / "logging.py").write_text(
        "import threading; importing.set(); assert logged.wait(0.2) or True\n"
        "class Logger:\n"
        "    getEffectiveLevel = lambda self: 30\n"
        "getLogger = lambda name: Logger()\n"
    )
    program = (
        "import builtins, sys, threading\n"
        "from cognito_credentials._core import logs\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "importing, logged = builtins.importing, builtins.logged = threading.Event(), threading.Event()\n"
        "threading.Thread(target=__import__, args=('logging',)).start()\n"
        "importing.wait(10)\n"
        "logs.debug('x')\n"
        "print('done')"
    )
    assert run(program).stdout == "done\n"


def test_a_warning_reaches_standard_error_without_configuration():
    program = "from cognito_credentials._core import logs; logs.warning('look at %s', 'this')"
    assert run(program).stderr == "look at this\n"


def test_the_display_is_called_when_a_wait_begins_and_ends():
    def fail():
        with logs.Wait("a") as wait:
            wait.text = "b"
            raise OSError("x")

    with recorded_waits() as events, pytest.raises(OSError, match="x"):
        fail()
    assert events == [("begin", "a"), ("end", "b")]


def test_a_warning_clears_the_display():
    with recorded_waits() as events:
        logs.warning("x")
        logs.debug("y")
    assert events == [("clear",)]
