from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The fakes are shared by this folder's tests only; import-mode importlib adds no path itself.
sys.path.insert(0, str(Path(__file__).parent))

from emulator_fakes import World


@pytest.fixture
def world() -> World:
    return World()
