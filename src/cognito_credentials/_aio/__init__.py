"""Asynchronous classes; each module has a counterpart in `_sync`."""
