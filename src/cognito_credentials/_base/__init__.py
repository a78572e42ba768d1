"""State and base classes that both sides share; modules are named as in `_sync/` and `_aio/`."""
