"""The differences of the emulator from moto and ministack.

`test_other_emulators.py` compares the outcomes of generated sequences, and every difference must have a
row in one of these tables. docs/emulator-differences.md lists the rows.
"""

from __future__ import annotations

from emulator_differences.ministack import MINISTACK
from emulator_differences.moto import MOTO

__all__ = ["MINISTACK", "MOTO"]
