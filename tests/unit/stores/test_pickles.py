"""Stores in pickles."""

from __future__ import annotations

import copy
import pickle

import pytest

from cognito_credentials.stores import AsyncRedisStore, FileStore, MemoryStore, RedisStore

KEY = bytes(32)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize(
    ("create", "reason"),
    [
        (MemoryStore, "memory of one process"),
        (lambda: RedisStore("redis://localhost", sealing_key=KEY), "sealing key"),
        (lambda: AsyncRedisStore("redis://localhost", sealing_key=KEY), "sealing key"),
    ],
)
def test_pickling_a_store_of_one_process_raises_an_error_with_the_reason(duplicate, create, reason):
    store = create()
    with pytest.raises(TypeError, match=reason):
        duplicate(store)


def test_a_file_store_can_be_pickled(tmp_path):
    store = FileStore(tmp_path / "store")
    store.put("key", b"value", expires_at=None)
    assert pickle.loads(pickle.dumps(store)).get("key") == b"value"  # noqa: S301
