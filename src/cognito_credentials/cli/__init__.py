"""The command `cognito-credentials`."""

from __future__ import annotations

__all__ = ["INTERRUPTED", "PROGRAM"]

PROGRAM = "cognito-credentials"
INTERRUPTED = 130  # the exit status of a shell after Ctrl-C
