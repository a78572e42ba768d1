"""Synchronous classes; each module has a counterpart in `_aio`."""
