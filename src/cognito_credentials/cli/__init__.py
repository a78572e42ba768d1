"""The command `cognito-credentials`."""

from __future__ import annotations

__all__ = ["PROGRAM"]

PROGRAM = "cognito-credentials"
