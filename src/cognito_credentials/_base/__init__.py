"""State and base classes that `_sync/` and `_aio/` share; the modules have the same names."""
