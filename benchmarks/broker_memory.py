"""Memory that a broker uses per user, with 100,000 users.

The figure is the growth of a separate process's resident memory, divided by the number of users. Each
user has a session token and an ID token of 1,000 characters. The figure includes everything that the
broker stores, such as the logins for the next refresh. It is measured once.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Ratio, Row
from benchmarks.users import create_broker, create_login

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
    per_user = Figure("a user in CredentialBroker", "bytes", [float(done.stdout)])
    yield Row(NAME, per_user, Ratio(per_user, Figure("3 KB", "bytes", [3072.0]), 1.0))


def _resident() -> int:
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    with create_broker() as broker:
        broker.get("first", create_login(USERS))
        before = _resident()
        for number in range(USERS):
            broker.get(f"user-{number}", create_login(number))
        print((_resident() - before) / USERS)


if __name__ == "__main__":
    main()
