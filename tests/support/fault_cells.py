"""Cells: the combinations of operation, API, side, number of attempts, cache state and user.

Every fault is tested in two cells, which are selected with a fixed seed. `FAULTS=all` tests every
fault in all of its cells, almost 45,000 tests, and `FAULTS=20` tests each fault in twenty cells.
"""

from __future__ import annotations

import itertools
import os
import random
from typing import NamedTuple

from harness import ASSUME_ROLE, GET_CREDENTIALS, GET_ID, GET_OPENID_TOKEN
from service_faults import FAULTS, Fault

CELLS_PER_FAULT = 2
SEED = "1"
PROVIDER, CACHE, BOTO3 = "provider", "cache", "boto3"
COLD, WARM, EXPIRED = "cold", "warm", "expired"


class Cell(NamedTuple):
    operation: str
    api: str
    side: str
    attempts: int
    state: str
    user: str


ALL_CELLS = [
    Cell(*values)
    for values in itertools.product(
        (GET_ID, GET_CREDENTIALS, GET_OPENID_TOKEN, ASSUME_ROLE),
        (PROVIDER, CACHE, BOTO3),
        ("sync", "aio"),
        (1, 3),
        (COLD, WARM, EXPIRED),
        ("guest", "user"),
    )
]


def is_possible(fault: Fault, cell: Cell) -> bool:
    if cell.operation not in fault.operations:
        return False
    if cell.state == EXPIRED and cell.api == PROVIDER:
        return False
    if cell.operation == GET_ID and cell.state != COLD:
        return False
    # A fault that occurs when a connection is opened affects only the first operation.
    first_operations = (GET_ID,) if cell.state == COLD else (GET_CREDENTIALS, GET_OPENID_TOKEN)
    return not fault.at_connection or cell.operation in first_operations


def select_cells(fault: Fault) -> list[Cell]:
    cells = [cell for cell in ALL_CELLS if is_possible(fault, cell)]
    size = os.environ.get("FAULTS", str(CELLS_PER_FAULT))
    if size == "all" or int(size) >= len(cells):
        return cells
    return random.Random(f"{SEED} {fault.name}").sample(cells, int(size))  # noqa: S311 - the numbers are not secret


def count_cells() -> int:
    """Return the number of cells that this run tests."""
    return sum(len(select_cells(fault)) for fault in FAULTS)
