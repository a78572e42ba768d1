"""No regular expression may take cubic or exponential time.

External text is truncated to `MAX_MESSAGE_LENGTH` characters before a search. At that length, a
quadratic search takes a few hundred milliseconds, and a cubic search takes minutes.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time

import cognito_credentials

# Lengths are ascending, because a search cannot be interrupted. At the last length, a quadratic
# search takes about 10 ms, and a cubic search takes seconds.
LENGTHS = (24, 128, 1024)
MAX_SECONDS = 0.5
# Repetitions of these strings begin many matches that fail at the end.
UNITS = (
    " ",
    "a",
    "0",
    "-",
    "=",
    "/",
    "'",
    "a ",
    "a.",
    "${ ",
    "[ ",
    "token",
    "Value '{",
    "eyJ",
    "?a=",
)
BEGINNINGS = ("", "${", "[", "a=", "Value '{", "token: ")


def collect_patterns() -> dict[str, re.Pattern[str]]:
    """Return the compiled expressions in all modules of the package, by name."""
    patterns = {}
    for module in pkgutil.walk_packages(cognito_credentials.__path__, "cognito_credentials."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    patterns[f"{module.name}.{name}"] = value
    return patterns


def find_slow_text(pattern: re.Pattern[str]) -> str | None:
    for length in LENGTHS:
        for beginning in BEGINNINGS:
            for unit in UNITS:
                started = time.process_time()
                pattern.search(beginning + unit * (length // len(unit)) + "\0")
                if time.process_time() - started > MAX_SECONDS:
                    return f"{beginning}{unit} ({length} characters)"
    return None


def test_no_expression_is_slow():
    slow = {name: find_slow_text(pattern) for name, pattern in collect_patterns().items()}
    assert {name: text for name, text in slow.items() if text} == {}


def test_a_slow_expression_is_found(monkeypatch):
    """With a lower limit, a quadratic expression must be found."""
    monkeypatch.setitem(globals(), "MAX_SECONDS", 0.0005)
    assert find_slow_text(re.compile("[a0]*[a-c]*!"))
