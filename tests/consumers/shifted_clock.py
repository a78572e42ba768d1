"""A clock for the programs in this folder, which run in the environments of other libraries."""

from __future__ import annotations

import time

from cognito_credentials.clock import SystemClock


class ShiftedClock(SystemClock):
    """Clock that is ahead of the clock of this machine by `offset` seconds."""

    offset = 0.0

    def now(self):
        return time.time() + self.offset

    def monotonic(self):
        return time.monotonic() + self.offset
