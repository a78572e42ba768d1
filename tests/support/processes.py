"""Observation of processes that tests start."""

from __future__ import annotations

import os
import time

TIMEOUT_SECONDS = 60


def has_exited(pid: int) -> bool:
    """Wait for a killed process, and return True if it exited; a zombie counts as exited."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
    return False
