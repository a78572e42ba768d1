"""A few worlds; `make worlds` runs any number of them."""

from __future__ import annotations

import logging

import pytest

from simulation.mutants import MUTANTS
from simulation.worlds import KINDS, STORE_KINDS, World

# Each combination of kinds is run with this many consecutive seeds.
WORLDS_PER_KIND = 8
FIRST_SEED = 1
# The worlds must show each known defect within this many seeds.
MAX_SEEDS_PER_MUTANT = 40


@pytest.fixture(autouse=True)
def silent_log():
    """Do not format debug records, which takes time; other tests search them for secrets."""
    logger = logging.getLogger("cognito_credentials")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def run(seed: int, **kinds: str) -> None:
    """Run a world; if it has a violation, run it again for its history."""
    if not World(seed, **kinds).run():
        return
    world = World(seed, is_recorded=True, **kinds)
    world.run()
    options = " ".join(f"--{name.removesuffix('_kind')} {kind}" for name, kind in kinds.items())
    lines = [f"{seconds:12.4f}  {who:12}  {text}" for seconds, who, text in world.history]
    pytest.fail("\n".join([*lines[-60:], f'make worlds ARGS="--replay --seed {seed} {options}"']))


@pytest.mark.parametrize("store_kind", STORE_KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_worlds_have_no_violations(kind, store_kind):
    for seed in range(FIRST_SEED, FIRST_SEED + WORLDS_PER_KIND):
        run(seed, kind=kind, store_kind=store_kind)


# Each of these worlds had a violation before the library was corrected. As a seed determines another
# world after a change to the simulation, each defect also has a test of its own.
@pytest.mark.parametrize(
    ("kind", "store_kind", "seed"),
    [
        ("cache", "memory", 35),  # expired credentials were returned
        ("cache", "memory", 54),  # one guest became several
        ("cache", "memory", 218),  # a call failed after the last fault
        ("cache", "memory", 313370),  # one guest became several
        ("cache", "redis", 22),  # expired credentials were returned
        ("cache", "redis", 52),  # one guest became several
        ("cache", "file", 4),  # one guest became several
        ("cache", "file", 18),  # expired credentials were returned
        ("cache", "file", 50),  # expired credentials were returned
        ("broker", "file", 4),  # one guest became several
        ("broker", "file", 304542),  # a call failed after the last fault
        ("broker", "file", 313442),  # expired credentials were returned
        ("broker", "memory", 17),  # a call failed after the last fault
        ("broker", "memory", 63),  # one guest became several
    ],
)
def test_a_world_that_showed_a_defect_has_no_violations(kind, store_kind, seed):
    run(seed, kind=kind, store_kind=store_kind)


def test_a_response_that_arrives_after_a_suspension_does_not_show_the_current_time():
    # During the suspension, the wall clock was set back and the monotonic clock stood still, so no
    # clock of the process shows that the credentials in the response have expired.
    run(799_472_192)


@pytest.mark.parametrize("store_kind", STORE_KINDS)
def test_a_seed_determines_the_history(store_kind):
    for seed in range(3):
        worlds = [World(seed, store_kind=store_kind, is_recorded=True) for _ in range(2)]
        for world in worlds:
            world.run()
        assert worlds[0].history == worlds[1].history
        assert worlds[0].history


@pytest.mark.parametrize("name", MUTANTS)
def test_a_known_defect_is_found(name):
    introduce, kinds, expected, first = MUTANTS[name]
    for seed in range(first, first + MAX_SEEDS_PER_MUTANT):
        world = World(seed, **kinds)
        introduce(world)
        if expected in {violation.name for violation in world.run()}:
            return
    pytest.fail(f"{MAX_SEEDS_PER_MUTANT} worlds have not shown that {name}")
