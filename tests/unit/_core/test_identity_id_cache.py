from __future__ import annotations

import pytest
from fake_store import FakeStore
from flows import FlowRunner

from cognito_credentials._core import records
from cognito_credentials._core.identity_id_cache import CacheAdapter, adapt_cache
from cognito_credentials._core.identity_id_keys import format_cache_key, format_store_key
from cognito_credentials._core.shared_store import SharedStore
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import FakeClock

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"


class ObjectCache:
    def __init__(self, **entries):
        self.entries = entries

    def get(self, key):
        return self.entries.get(key)

    def set(self, key, identity_id):
        self.entries[key] = identity_id

    def delete(self, key):
        del self.entries[key]


class FailingCache(dict):
    def get(self, key, default=None):
        raise OSError("a text that may contain a secret")


class AsyncCache(dict):
    def get(self, key, default=None):
        raise ConfigurationError("asynchronous")


def run(flow):
    return FlowRunner().run(flow)


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_an_id_is_saved_loaded_and_evicted(make):
    entries = make()
    cache = CacheAdapter(entries, POOL)
    assert run(cache.load("k")) is None
    run(cache.save("k", IDENTITY))
    assert entries.get("k") == IDENTITY
    assert run(cache.load("k")) == IDENTITY
    run(cache.evict("k", IDENTITY))
    assert entries.get("k") is None


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_a_newer_id_is_not_evicted(make):
    entries = make(k=OTHER)
    run(CacheAdapter(entries, POOL).evict("k", IDENTITY))
    assert entries.get("k") == OTHER


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_evicting_a_missing_id_does_nothing(make):
    run(CacheAdapter(make(), POOL).evict("k", IDENTITY))


@pytest.mark.parametrize("value", ["", "x", 5, b"x", IDENTITY.replace("us-east-1", "eu-west-1")])
def test_an_invalid_value_is_ignored_with_one_warning(value, caplog):
    cache = CacheAdapter({"k": value}, POOL)
    assert run(cache.load("k")) is None
    assert run(cache.load("k")) is None
    assert len(caplog.messages) == 1


def test_a_failing_cache_is_ignored_with_one_warning_that_names_the_error_class_only(caplog):
    cache = CacheAdapter(FailingCache(), POOL)
    assert run(cache.load("k")) is None
    run(cache.evict("k", IDENTITY))
    (message,) = caplog.messages
    assert "OSError" in message
    assert "secret" not in message


def test_a_configuration_error_of_the_cache_is_raised():
    with pytest.raises(ConfigurationError):
        run(CacheAdapter(AsyncCache(), POOL).load("k"))


def test_set_and_delete_take_precedence_over_the_methods_of_a_mapping():
    class MappingWithMethods(ObjectCache, dict):
        """Mapping that also has the methods `set` and `delete`, as some disk caches do."""

    cache = MappingWithMethods()
    run(CacheAdapter(cache, POOL).save("k", IDENTITY))
    assert cache.entries == {"k": IDENTITY}
    assert len(cache) == 0


def test_an_entry_of_another_version_is_not_overwritten(caplog):
    store = FakeStore(FakeClock())
    cache = adapt_cache(SharedStore(store), POOL)
    key, name = format_cache_key(POOL, "ada"), format_store_key(POOL, "ada")
    other_version = records.encode_identity_id(name, IDENTITY).replace(b'"format":1', b'"format":2')
    store.entries[name] = other_version
    assert run(cache.load(key)) is None
    run(cache.save(key, OTHER))
    assert store.entries[name] == other_version
    assert len(caplog.messages) == 1
    store.entries[name] = b"garbage"
    run(cache.save("k", OTHER))
    assert run(cache.load("k")) == OTHER
