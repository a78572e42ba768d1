"""Program that fetches with one `ProviderConfig` in all processes of a pool, at a virtual time.

Each line of the input is a number of seconds. For each line, the program sets the clocks of the
processes ahead of real time by that many seconds, lets each process get credentials, and prints the
number of processes and their results.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import time

PROCESS_COUNT = 8

# Replace the clock before the library is imported, in this process and in each process of the pool.
_now = time.time
ahead = 0.0
time.time = lambda: _now() + ahead  # type: ignore[method-assign]

from cognito_credentials import ProviderConfig  # noqa: E402


def initialize(barrier):
    globals()["barrier"] = barrier


def fetch(config, side, seconds):
    global ahead  # noqa: PLW0603
    ahead = seconds
    # Each process waits for the others, so that no process gets the task of another.
    globals()["barrier"].wait()
    credentials = config.cached().get() if side == "sync" else asyncio.run(get_async(config))
    return os.getpid(), credentials.access_key_id, credentials.identity_id


async def get_async(config):
    return await config.async_cached().get()


def main():
    start_method, side, arguments = sys.argv[1:]
    config = ProviderConfig(**json.loads(arguments))
    context = multiprocessing.get_context(start_method)
    barrier = context.Barrier(PROCESS_COUNT)
    with context.Pool(PROCESS_COUNT, initialize, (barrier,)) as pool:
        for line in sys.stdin:
            tasks = [(config, side, float(line))] * PROCESS_COUNT
            results = pool.starmap(fetch, tasks, chunksize=1)
            pids = {pid for pid, *_ in results}
            print(len(pids), *sorted({f"{key}/{identity}" for _, key, identity in results}))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
