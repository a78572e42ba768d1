"""The package's version, as a constant because reading it from the metadata takes 20 ms."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
