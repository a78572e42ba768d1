"""Run worlds: `make worlds`, or `python -m simulation` in the directory `tests`."""

from __future__ import annotations

import argparse
import itertools
import logging
import multiprocessing
import os
import secrets
import sys
import time
from typing import NamedTuple

from simulation.worlds import KINDS, STORE_KINDS, World


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="first seed; a random number by default")
    parser.add_argument("--worlds", type=int, help="number of worlds; overrides --seconds")
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit; 60 by default")
    parser.add_argument("--kind", choices=KINDS, help="what each process uses")
    parser.add_argument("--store", choices=STORE_KINDS, help="store that the processes share")
    parser.add_argument("--replay", action="store_true", help="print the history of one world")
    parser.add_argument(
        "--continue", dest="continues", action="store_true", help="do not stop at a violation"
    )
    return parser.parse_args()


def run(first: int, options: argparse.Namespace) -> int:
    """Run worlds with consecutive seeds in parallel processes, and print a summary."""
    print(f"Worlds from seed {first}", flush=True)
    started_at = time.perf_counter()
    worker_count = os.cpu_count() or 1
    tasks = [(first + number, worker_count, options) for number in range(worker_count)]
    world_count = call_count = violation_count = 0
    failed_seed: int | None = None
    # Leaving the block ends the other workers.
    with multiprocessing.Pool(worker_count) as pool:
        for result in pool.imap_unordered(run_every, tasks):
            world_count += result.world_count
            call_count += result.call_count
            violation_count += result.violation_count
            failed_seed = result.failed_seed if failed_seed is None else failed_seed
            if failed_seed is not None and not options.continues:
                break
    elapsed = time.perf_counter() - started_at
    print(
        f"{world_count} worlds with {call_count} calls, from seed {first}, in {elapsed:.1f} s "
        f"({world_count / elapsed:.0f} worlds per second): {violation_count} violations"
    )
    if failed_seed is not None and not options.continues:
        replay(failed_seed, options)
    return 1 if failed_seed is not None else 0


class Result(NamedTuple):
    """Result of one worker; `failed_seed` is the last seed with a violation."""

    world_count: int
    call_count: int
    violation_count: int
    failed_seed: int | None


def run_every(task: tuple[int, int, argparse.Namespace]) -> Result:
    """Run each n-th world, until the time limit, the number of worlds or a violation is reached."""
    first, step, options = task
    until = time.perf_counter() + options.seconds
    last = None if options.worlds is None else options.seed + options.worlds
    world_count = call_count = violation_count = 0
    failed_seed = None
    for seed in itertools.count(first, step):
        if time.perf_counter() > until if last is None else seed >= last:
            break
        world = World(seed, kind=options.kind, store_kind=options.store)
        names = {violation.name for violation in world.run()}
        world_count += 1
        call_count += world.invariants.call_count
        violation_count += len(names)
        for name in names:
            print(f"Seed {seed} ({world.kind}, {world.store_kind}): {name}", flush=True)
            failed_seed = seed
        if names and not options.continues:
            break
    return Result(world_count, call_count, violation_count, failed_seed)


def replay(seed: int, options: argparse.Namespace) -> int:
    """Print the history of a world until its first violation."""
    world = World(seed, kind=options.kind, store_kind=options.store, is_recorded=True)
    violations = world.run()
    for seconds, who, text in world.history:
        if violations and seconds > violations[0].seconds:
            break
        print(f"{seconds:12.4f}  {who:12}  {text}")
    print(f"Seed {seed}: {world.kind}, {world.store_kind}, faults: {dict(world.fault_counts)}")
    for violation in violations:
        print(f"Violation after {violation.seconds:.4f} s: {violation.name}: {violation.text}")
    return 1 if violations else 0


if __name__ == "__main__":
    options = parse_options()
    logging.getLogger("cognito_credentials").setLevel(logging.CRITICAL)
    if options.seed is None:
        options.seed = secrets.randbelow(10**9)
    sys.exit((replay if options.replay else run)(options.seed, options))
