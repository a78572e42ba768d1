"""Every regular expression must take linear time.

Some text is truncated to 4096 characters before a search, but a `Host` header may have 64,000
characters, and the standard input of `explain` may have 100,000. Each expression is tested with the
methods that its module calls, because the time depends on the method: `[a-z]+-1` takes quadratic
time with `search`, but not with `fullmatch`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable

import cognito_credentials
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.lookup import explain
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES
from cognito_credentials.emulator.policy.patterns import matches_pattern

# Shorter strings are searched first, so that the test can stop before a slow search becomes very
# slow. At the last length, a quadratic search takes 0.3 seconds or more, and a linear search a few
# milliseconds.
LENGTHS = (24, 128, 1024, 8192)
MAX_SECONDS = 0.15
# In repetitions of these strings, a match begins at many positions, and fails only at the end.
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
    "a-",
    "://",
    ".s3.",
    "${ ",
    "[ ",
    "token",
    "Value '{",
    "eyJ",
    "?a=",
)
BEGINNINGS = ("", "${", "[", "a=", "Value '{", "token: ")


Searches = dict[str, Callable[[str], object]]


def collect_searches() -> Searches:
    """Return a search function for each regular expression of the package, by name."""
    searches: Searches = {}
    for module in pkgutil.walk_packages(cognito_credentials.__path__, "cognito_credentials."):
        if module.name.endswith("__main__"):
            continue
        imported = importlib.import_module(module.name)
        for name, value in vars(imported).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                used = set(re.findall(rf"\b{name}\.(\w+)", inspect.getsource(imported)))
                is_anchored = used and used <= {"fullmatch", "match"}
                method = "fullmatch" if is_anchored else "search"
                searches[f"{module.name}.{name}"] = getattr(value, method)
    for known in (*SERVICE_MESSAGES, *TOOL_MESSAGES, *LOG_WARNINGS):
        searches[f"explain {known.pattern}"] = re.compile(known.pattern, re.IGNORECASE).search
    return searches


def find_slow_text(search: Callable[[str], object]) -> str | None:
    for length in LENGTHS:
        for beginning in BEGINNINGS:
            for unit in UNITS:
                started = time.process_time()
                search(beginning + unit * (length // len(unit)) + "\0")
                if time.process_time() - started > MAX_SECONDS:
                    return f"{beginning}{unit} ({length} characters)"
    return None


def test_no_expression_is_slow():
    slow = {name: find_slow_text(search) for name, search in collect_searches().items()}
    assert {name: text for name, text in slow.items() if text} == {}


def test_a_slow_expression_is_found():
    assert find_slow_text(re.compile("[a0]*[a-c]*!").search)


def test_policies_with_many_wildcards_take_linear_time():
    def match(value: str) -> bool:
        return matches_pattern("*a" * 5 + "b*", value, {})

    started = time.process_time()
    assert not match("a" * 60)
    assert not match("a" * 10_000)
    assert match("a" * 10_000 + "b")
    assert time.process_time() - started < 1


def test_long_text_is_explained_quickly():
    explain("-")  # The first call parses the package.
    started = time.process_time()
    assert explain("a-" * 50_000) is None
    assert time.process_time() - started < 2
