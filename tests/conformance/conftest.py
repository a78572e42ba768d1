"""The tests of this folder run with the sync and the async provider."""

from __future__ import annotations

from both_sides import side

__all__ = ["side"]
