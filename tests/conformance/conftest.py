"""The fixture `side`: the tests in this folder run with sync and async providers."""

from __future__ import annotations

from both_sides import side

__all__ = ["side"]
