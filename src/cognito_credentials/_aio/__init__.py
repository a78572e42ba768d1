"""Async classes, for tasks; each module has a counterpart in `_sync`."""
