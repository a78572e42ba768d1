"""Run benchmarks and print a table; `--write FILE` generates docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import inspect
from importlib import import_module
from pathlib import Path

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

PAGE = """\
# Benchmarks

All figures of a benchmark come from the same run. A ratio is the value of this library divided by the other value.
Run the benchmarks with `make bench`.

{table}

{machine}; {date}; `{command}`.

{methods}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
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
        command = " ".join(["python -m benchmarks", *arguments.names])
        methods = "\n\n".join(
            f"## {name}\n\n{inspect.getdoc(module)}" for name, module in modules.items()
        )
        arguments.write.write_text(
            PAGE.format(
                table=table(rows),
                machine=machine(),
                date=datetime.datetime.now(datetime.UTC).date(),
                command=command,
                methods=methods,
            ),
            encoding="utf-8",
        )


main()
