from __future__ import annotations

from valkey_server import one_valkey, valkey

__all__ = ["one_valkey", "valkey"]
