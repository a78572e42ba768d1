"""Run benchmarks and print a table; `--write` generates docs/benchmarks.md and its chart."""

from __future__ import annotations

import argparse
import datetime
import inspect
from importlib import import_module
from pathlib import Path

from benchmarks.chart import draw
from benchmarks.figures import table
from benchmarks.processes import machine

BENCHMARKS = (
    "cold_start",
    "command_line",
    "fetch_cpu",
    "read_credentials",
    "refresh_under_load",
    "concurrent_calls",
    "broker_memory",
    "redis_memory",
    "user_clients",
    "emulator",
)

DOCS = Path(__file__).parents[1] / "docs"
PAGE = """\
# Benchmarks

![The figures of the main benchmarks as bars](images/benchmarks.svg)

All figures of a benchmark come from the same run. A ratio is the value of this library divided by the other value.
Run the benchmarks with `make bench`; `make bench ARGS=--write` also writes this page.

{table}

{machine}; {date}.

{methods}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if arguments.names and arguments.write:
        parser.error("--write requires all benchmarks: pass no NAME")
    if unknown:
        parser.error(
            f"unknown benchmark {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}"
        )

    modules = {name: import_module(f"benchmarks.{name}") for name in arguments.names or BENCHMARKS}
    rows = []
    for name, module in modules.items():
        print(f"measuring {name} ...", flush=True)
        rows += module.measure()
    print(f"\n{table(rows)}\n\n{machine()}")

    if arguments.write:
        methods = "\n\n".join(
            f"## {name}\n\n{inspect.getdoc(module)}" for name, module in modules.items()
        )
        page = PAGE.format(
            table=table(rows),
            machine=machine(),
            date=datetime.datetime.now(datetime.UTC).date(),
            methods=methods,
        )
        (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
        (DOCS / "images" / "benchmarks.svg").write_text(draw(rows), encoding="utf-8")


main()
