from __future__ import annotations

import logging
import subprocess
import sys

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
