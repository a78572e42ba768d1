"""Advance this program's clock by the number of seconds in the file that the variable AHEAD names."""

from __future__ import annotations

import os
import time

with open(os.environ["AHEAD"], encoding="utf-8") as file:
    AHEAD = float(file.read())
real = time.time
time.time = lambda: real() + AHEAD
