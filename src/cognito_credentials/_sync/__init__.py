"""Sync classes, for threads; each module has a counterpart in `_aio`."""
