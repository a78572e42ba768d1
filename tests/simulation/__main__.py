"""Run worlds: `make worlds`, or `python -m simulation` in the directory `tests`."""

from __future__ import annotations

import argparse
import itertools
import logging
import secrets
import sys
import time
from collections import Counter

from simulation.worlds import KINDS, STORE_KINDS, World


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="first seed; a random number by default")
    parser.add_argument("--worlds", type=int, help="number of worlds; overrides --seconds")
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit, by default 60")
    parser.add_argument("--kind", choices=KINDS, help="what each process uses")
    parser.add_argument("--store", choices=STORE_KINDS, help="store that the processes share")
    parser.add_argument("--replay", action="store_true", help="print the history of one world")
    parser.add_argument(
        "--continue", dest="continues", action="store_true", help="do not stop at a violation"
    )
    return parser.parse_args()


def run(first: int, options: argparse.Namespace) -> int:
    """Run worlds with consecutive seeds, and print a summary."""
    print(f"Worlds from seed {first}")
    started_at = time.perf_counter()
    found: Counter[str] = Counter()
    world_count = call_count = 0
    for seed in itertools.count(first):
        world = World(seed, kind=options.kind, store_kind=options.store)
        names = {violation.name for violation in world.run()}
        world_count += 1
        call_count += world.invariants.call_count
        for name in names:
            found[name] += 1
            print(f"Seed {seed} ({world.kind}, {world.store_kind}): {name}")
        elapsed = time.perf_counter() - started_at
        is_last = elapsed > options.seconds if options.worlds is None else False
        if is_last or world_count == options.worlds or (names and not options.continues):
            break
    print(
        f"{world_count} worlds with {call_count} calls, seeds {first} to {seed}, in {elapsed:.1f} s "
        f"({world_count / elapsed:.0f} worlds per second): {sum(found.values())} violations"
    )
    if found and not options.continues:
        replay(seed, options)
    return 1 if found else 0


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
    first = secrets.randbelow(10**9) if options.seed is None else options.seed
    sys.exit((replay if options.replay else run)(first, options))
