from __future__ import annotations

import pytest
from fake_store import FakeStore
from flows import FlowRunner
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import records
from cognito_credentials._core.identity_id_cache import CacheAdapter, adapt_cache, format_cache_key
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


class Broken(dict):
    def get(self, key, default=None):
        raise OSError("a text that is nobody's business")


class NotForThisSide(dict):
    def get(self, key, default=None):
        raise ConfigurationError("asynchronous")


def run(flow):
    return FlowRunner().run(flow)


def test_the_key_is_written_as_the_javascript_sdk_writes_it():
    assert format_cache_key(POOL, "user") == f"aws:cognito-identity-credentials:{POOL}:user"


pools = st.from_regex(r"[a-z]{2}-[a-z]{4}-\d:[0-9a-f-]{36}", fullmatch=True)


@given(st.lists(st.tuples(pools, st.text()), unique=True))
def test_no_two_users_share_a_key(users):
    # A pool id has one colon, so that the parts cannot run into each other.
    assert len({format_cache_key(*user) for user in users}) == len(users)


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_an_id_is_stored_loaded_and_dropped(make):
    kept = make()
    cache = CacheAdapter(kept, POOL)
    assert run(cache.load("k")) is None
    run(cache.store("k", IDENTITY))
    assert kept.get("k") == IDENTITY
    assert run(cache.load("k")) == IDENTITY
    run(cache.drop("k", IDENTITY))
    assert kept.get("k") is None


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_a_newer_id_is_not_dropped(make):
    kept = make(k=OTHER)
    run(CacheAdapter(kept, POOL).drop("k", IDENTITY))
    assert kept.get("k") == OTHER


@pytest.mark.parametrize("make", [dict, ObjectCache])
def test_what_is_not_there_is_not_dropped(make):
    run(CacheAdapter(make(), POOL).drop("k", IDENTITY))


@pytest.mark.parametrize("value", ["", "x", 5, b"x", IDENTITY.replace("us-east-1", "eu-west-1")])
def test_garbage_is_a_miss_with_one_warning(value, caplog):
    cache = CacheAdapter({"k": value}, POOL)
    assert run(cache.load("k")) is None
    assert run(cache.load("k")) is None
    assert len(caplog.messages) == 1
    assert "under k" in caplog.messages[0]


def test_a_failure_is_a_miss_with_one_warning_that_names_its_kind_only(caplog):
    cache = CacheAdapter(Broken(), POOL)
    assert run(cache.load("k")) is None
    run(cache.drop("k", IDENTITY))
    assert caplog.messages == ["The identity id cache failed with OSError: going on without it"]


def test_a_mistake_is_no_outage():
    with pytest.raises(ConfigurationError):
        run(CacheAdapter(NotForThisSide(), POOL).load("k"))


def test_an_object_that_has_everything_is_used_as_an_object():
    class Both(ObjectCache, dict):
        """As some disk caches are."""

    kept = Both()
    run(CacheAdapter(kept, POOL).store("k", IDENTITY))
    assert kept.entries == {"k": IDENTITY}
    assert len(kept) == 0


def test_an_id_that_another_version_has_stored_stays(caplog):
    store = FakeStore(FakeClock())
    ids = adapt_cache(store, POOL)
    name = records.identity_id_key("k")
    theirs = records.encode_identity_id(name, IDENTITY).replace(b'"format":1', b'"format":2')
    store.entries[name] = theirs
    assert run(ids.load("k")) is None
    run(ids.store("k", OTHER))
    assert store.entries[name] == theirs
    assert len(caplog.messages) == 1
    store.entries[name] = b"garbage"
    run(ids.store("k", OTHER))
    assert run(ids.load("k")) == OTHER
