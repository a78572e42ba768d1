"""Generated sequences of calls, which the emulator, moto's server and ministack run.

Each call must succeed, or fail with the same error, and return the same members, except for the
differences in `MOTO` and `MINISTACK`. `make differential` compares 3,000 new sequences with each of
the two emulators and prints how often each difference occurs. `SEED=43` repeats one sequence.
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
from emulator_servers import (
    MINISTACK_PROGRAM,
    Server,
    running_emulator,
    running_ministack,
    running_moto,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peer

# The same 60 sequences each time, or this number of new sequences.
COUNT = int(os.environ.get("DIFFERENTIAL_SEQUENCES", "0"))
FIRST_SEED = random.SystemRandom().randrange(10**9) if COUNT else 0
SEEDS = (
    [int(os.environ["SEED"])]
    if "SEED" in os.environ
    else range(FIRST_SEED, FIRST_SEED + (COUNT or 60))
)


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
    if not MINISTACK_PROGRAM.exists():
        pytest.skip("requires `make differential`")
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
    for seed in SEEDS:
        sequence = make_sequence(seed, missing=missing)
        error = None
        try:
            comparison = compare(sequence, other, emulator, differences)
        except AssertionError as caught:
            error = shrink(sequence, other, emulator, differences) or caught
        assert error is None, f"SEED={seed}\n{error}"
        found.update(f"{row.operations}: {row.condition}" for _, row in comparison.points)
        calls += comparison.calls
    print(f"\n{len(SEEDS)} sequences, {calls} calls, {found.total()} differences:")
    for name, count in found.most_common():
        print(f"{count:6} {name}")


def test_moto_differs_only_in_listed_ways(moto_server: Server, emulator: Server):
    check_sequences(moto_server, emulator, MOTO, moto.MISSING)


def test_ministack_differs_only_in_listed_ways(ministack_server: Server, emulator: Server):
    check_sequences(ministack_server, emulator, MINISTACK, ministack.MISSING)


@pytest.mark.parametrize("difference", MOTO, ids=lambda difference: difference.condition)
def test_each_difference_from_moto_exists(
    moto_server: Server, emulator: Server, difference: Difference
):
    comparison = compare(difference.example, moto_server, emulator, MOTO)
    assert difference in [row for _, row in comparison.points]


@pytest.mark.parametrize("difference", MINISTACK, ids=lambda difference: difference.condition)
def test_each_difference_from_ministack_exists(
    ministack_server: Server, emulator: Server, difference: Difference
):
    comparison = compare(difference.example, ministack_server, emulator, MINISTACK)
    assert difference in [row for _, row in comparison.points]
