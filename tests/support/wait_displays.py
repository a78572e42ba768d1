"""A wait display that records its calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cognito_credentials._core import logs


class RecordingDisplay:
    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def begin(self, wait: logs.Wait, /) -> None:
        self.events.append(("begin", wait.text))

    def end(self, wait: logs.Wait, /) -> None:
        self.events.append(("end", wait.text))

    def clear(self) -> None:
        self.events.append(("clear",))


@contextmanager
def recorded_waits() -> Iterator[list[tuple[str, ...]]]:
    """Install a display that records events, and yield the list of recorded events."""
    display = RecordingDisplay()
    logs.wait_display = display
    try:
        yield display.events
    finally:
        logs.wait_display = None
