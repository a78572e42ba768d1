from __future__ import annotations

from both_sides import side

__all__ = ["side"]
