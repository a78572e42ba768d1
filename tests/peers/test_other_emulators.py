"""Generated sequences of calls, which the emulator, moto's server and ministack run.

Each call must succeed, or fail with the same error, and return the same members, except for the
differences in `MOTO` and `MINISTACK`. `make differential` prints how often each difference occurs.
`SEQUENCES=3000` compares that number of new sequences, and `SEED=43` repeats one sequence.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from emulator_comparison import Difference, compare, shrink
from emulator_differences import MINISTACK, MOTO, ministack, moto
from emulator_generator import make_sequence
from emulator_servers import Server, running_emulator, running_ministack, running_moto
from make_targets import only_in

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peer


def choose_seeds() -> range:
    """Return the seeds that the environment selects. By default, they are the same each time."""
    if seed := os.environ.get("SEED"):
        return range(int(seed), int(seed) + 1)
    count = os.environ.get("SEQUENCES")
    first = random.SystemRandom().randrange(10**9) if count else 0
    return range(first, first + int(count or 40))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Server]:
    with running_emulator() as server:
        yield server


@pytest.fixture(scope="module")
def moto_server() -> Iterator[Server]:
    with running_moto() as server:
        yield server


@pytest.fixture(scope="module")
def ministack_server() -> Iterator[Server]:
    with running_ministack() as server:
        yield server


def check_sequences(
    other: Server,
    emulator: Server,
    differences: tuple[Difference, ...],
    missing: tuple[str, ...],
) -> None:
    """Compare generated sequences, and print how often each difference occurs."""
    found: Counter[str] = Counter()
    calls = 0
    seeds = choose_seeds()
    for seed in seeds:
        sequence = make_sequence(seed, missing=missing)
        error = None
        try:
            comparison = compare(sequence, other, emulator, differences)
        except AssertionError as caught:
            error = shrink(sequence, other, emulator, differences) or caught
        assert error is None, f"SEED={seed}\n{error}"
        found.update(f"{row.operations}: {row.condition}" for _, row in comparison.points)
        calls += comparison.calls
    print(f"\n{len(seeds)} sequences, {calls} calls, {found.total()} differences:")
    for name, count in found.most_common():
        print(f"{count:6} {name}")


def test_moto_differs_only_in_listed_ways(moto_server: Server, emulator: Server):
    check_sequences(moto_server, emulator, MOTO, moto.MISSING)


@only_in("differential")
def test_ministack_differs_only_in_listed_ways(ministack_server: Server, emulator: Server):
    check_sequences(ministack_server, emulator, MINISTACK, ministack.MISSING)


@pytest.mark.parametrize("difference", MOTO, ids=lambda difference: difference.condition)
def test_each_difference_from_moto_exists(
    moto_server: Server, emulator: Server, difference: Difference
):
    comparison = compare(difference.example, moto_server, emulator, MOTO)
    assert difference in [row for _, row in comparison.points]


@only_in("differential")
@pytest.mark.parametrize("difference", MINISTACK, ids=lambda difference: difference.condition)
def test_each_difference_from_ministack_exists(
    ministack_server: Server, emulator: Server, difference: Difference
):
    comparison = compare(difference.example, ministack_server, emulator, MINISTACK)
    assert difference in [row for _, row in comparison.points]
