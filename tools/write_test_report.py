"""Run long tests, and record their results in docs/test-report.md.

`make report` runs all parts, which takes a day; `make report ARGS="worlds fuzz"` runs two. For the other
parts, the page keeps the last result, with the commit that was tested.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "test-report.md"
INTRODUCTION = """\
# Test report

Results of the tests that take too long to run after each change. `make report` runs the commands and writes this page.
The last column contains the date, the commit and the duration of the last run.

| Tests | Command | Result | Last run |
| --- | --- | --- | --- |
"""


NO_RESULT = "no result"


def find(pattern: str) -> Callable[[str], str]:
    """Return a function that returns the last match of a pattern in a program's output."""

    def find_last(output: str) -> str:
        matches = [match[0] for match in re.finditer(pattern, output)]
        return matches[-1] if matches else NO_RESULT

    return find_last


def count_examples(output: str) -> str:
    """Return the number of examples in hypothesis's statistics."""
    if "passing examples" not in output:
        return NO_RESULT
    counts = re.findall(r"(\d+) passing examples, (\d+) failing", output)
    passing, failing = (sum(map(int, column)) for column in zip(*counts, strict=True))
    return f"{passing:,} examples of {len(counts)} properties passed, {failing} failed"


def count_faults(output: str) -> str:
    """Return the number of combinations, and the result of the tests."""
    combinations = find(r"\d+ combinations of a fault and a call")(output)
    return f"{combinations}: {find_tests(output)}"


def count_mutants(output: str) -> str:
    """Return the share of the changes for which a test failed, from mutmut's statistics."""
    if '"killed"' not in output:
        return NO_RESULT
    counts = json.loads(output[output.rindex("{") :])
    caught = counts["killed"] + counts["timeout"] + counts["segfault"]
    tested = caught + counts["survived"] + counts["no_tests"]
    return (
        f"tests failed for {caught:,} of {tested:,} changes ({100 * caught / tested:.1f} %); "
        f"{counts['total'] - tested:,} not tested"
    )


def count_targets(output: str) -> str:
    """Return how many of the targets in the table of `make bench` are met."""
    return f"{output.count('✓')} targets met, {output.count('✗')} missed"


find_tests = find(r"(?:\d+ failed, )?\d+ passed(?:, \d+ (?:skipped|errors?))*")


@dataclass(frozen=True)
class Part:
    """A row of the page: a command, and a function that returns the result from its output."""

    title: str
    command: tuple[str, ...]
    summarize: Callable[[str], str]


PARTS = {
    "test": Part("All tests", ("make", "test"), find_tests),
    "worlds": Part(
        "[Simulated worlds](https://github.com/cognito-credentials/cognito-credentials/blob/main/CONTRIBUTING.md"
        "#simulated-worlds)",
        ("make", "worlds", "ARGS=--worlds 1000000 --continue"),
        find(r"\d+ worlds with \d+ calls.*violations"),
    ),
    "differential": Part(
        "The same cases for [the JavaScript SDK](javascript-sdk.md), and the same calls for moto and ministack",
        ("make", "differential", "CASES=10000", "SEQUENCES=3000"),
        find_tests,
    ),
    "faults": Part(
        "Faults of the service and of stores, over real sockets", ("make", "faults"), count_faults
    ),
    "fuzz": Part(
        "Parsers, records and decisions with generated input",
        ("make", "fuzz", "EXAMPLES=20000", "ARGS=--hypothesis-show-statistics"),
        count_examples,
    ),
    "coverage": Part(
        "Branch coverage of `_core`, `_sync`, `_aio` and `stores`",
        ("make", "coverage"),
        find(r"[\d.]+%(?=\n)"),
    ),
    "mutation": Part(
        "Changes of the code in `_core`, `_sync`, `_aio` and `stores`",
        ("make", "mutation"),
        count_mutants,
    ),
    "consumers": Part("Large libraries and other tools", ("make", "consumers"), find_tests),
    "suites": Part(
        "moto's and ministack's own tests against the emulator", ("make", "suites"), find_tests
    ),
    "bench": Part("[Benchmarks](benchmarks.md)", ("make", "bench", "ARGS=--write"), count_targets),
}


def read_rows(page: str) -> dict[str, str]:
    """Return the rows of an earlier page by their titles."""
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def run(part: Part) -> tuple[int, str]:
    """Run the command of a part; return its exit code, and its row."""
    print(f"Running {' '.join(part.command)}", flush=True)
    tested = commit()  # before the command writes files
    started = time.monotonic()
    # Do not pass on the variables and options of `make report`.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ARGS", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS"}
    }
    done = subprocess.run(
        part.command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    minutes = (time.monotonic() - started) / 60
    result = part.summarize(done.stdout)
    if done.returncode:
        print(done.stdout)
        result += f"; exit code {done.returncode}"
    now = datetime.datetime.now(datetime.UTC).date()
    words = [f'"{word}"' if " " in word else word for word in part.command]
    cells = (part.title, f"`{' '.join(words)}`", result, f"{now}, {tested}, {minutes:.0f} min")
    return done.returncode, "| " + " | ".join(cells) + " |"


def commit() -> str:
    """Return the commit that is tested, with the suffix "-dirty" if files differ from it."""
    described = subprocess.run(
        ("git", "describe", "--always", "--dirty"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return described.stdout.strip()


def main(arguments: Sequence[str], parts: Mapping[str, Part] = PARTS, page: Path = PAGE) -> int:
    """Run the parts, and write the page after each of them; return 0 if all commands succeeded."""
    parser = argparse.ArgumentParser(prog="write_test_report.py", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    names = parser.parse_args(arguments).parts or list(parts)
    if unknown := set(names) - set(parts):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(parts)}")

    exit_code = 0
    for name in names:
        code, row = run(parts[name])
        exit_code = exit_code or code
        rows = read_rows(page.read_text(encoding="utf-8")) if page.exists() else {}
        rows[parts[name].title] = row
        ordered = [rows[each.title] for each in parts.values() if each.title in rows]
        page.write_text(INTRODUCTION + "\n".join(ordered) + "\n", encoding="utf-8")
        print(row, flush=True)
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
