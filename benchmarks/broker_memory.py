"""What one user costs a broker in memory, of 100,000.

The growth of the process's resident memory over the number of users, each with a session token and
an ID token of 1,000 characters: everything that is held is in it, the login for the next refresh
too. In a process of its own, once.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Ratio, Row
from benchmarks.users import broker, login_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "memory"
USERS = 100_000


def measure() -> Iterator[Row]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.broker_memory"],
        capture_output=True,
        text=True,
        check=True,
    )
    each = Figure("a user in CredentialBroker", "bytes", [float(done.stdout)])
    yield Row(NAME, each, Ratio(each, Figure("3 KB", "bytes", [3072.0]), 1.0))


def _resident() -> int:
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    with broker() as held:
        held.get("first", login_of(USERS))
        before = _resident()
        for number in range(USERS):
            held.get(f"user-{number}", login_of(number))
        print((_resident() - before) / USERS)


if __name__ == "__main__":
    main()
