"""The differences from ministack, with `AUTH=true` and the package cryptography."""

from __future__ import annotations

from emulator_differences.ministack_pools import MISSING, POOL_DIFFERENCES
from emulator_differences.ministack_sign_in import SIGN_IN_DIFFERENCES

MINISTACK = (*POOL_DIFFERENCES, *SIGN_IN_DIFFERENCES)

__all__ = ["MINISTACK", "MISSING"]
