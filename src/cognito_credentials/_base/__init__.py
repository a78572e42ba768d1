"""State and decisions that the sync and async classes share; modules are named as in `_sync/` and `_aio/`."""
