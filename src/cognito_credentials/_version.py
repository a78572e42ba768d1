"""The package's version. It is a constant, because reading the metadata takes 20 ms."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
