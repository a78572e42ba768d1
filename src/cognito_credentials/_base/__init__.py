"""State and base classes that `_sync/` and `_aio/` share, in modules of the same names."""
