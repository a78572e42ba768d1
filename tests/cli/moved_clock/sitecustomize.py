"""On the path of a program: its clock is ahead by as many seconds as the file AHEAD says."""

from __future__ import annotations

import os
import time

with open(os.environ["AHEAD"], encoding="utf-8") as file:
    AHEAD = float(file.read())
real = time.time
time.time = lambda: real() + AHEAD
