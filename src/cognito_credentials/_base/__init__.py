"""State and base classes that `_sync/` and `_aio/` share, in modules with the same names."""
