from __future__ import annotations

from datetime import UTC, datetime

import pytest
from harness import IDENTITY, OTHER, POOL

from cognito_credentials import Credentials
from cognito_credentials._core import records
from cognito_credentials._core.identity_id_keys import format_store_key
from cognito_credentials.cli.identities.stored import (
    CREDENTIALS,
    GUEST,
    IDENTITY_ID,
    list_stored_entries,
)
from cognito_credentials.stores import FileStore
from cognito_credentials.testing import FakeClock

NOW = 1_800_000_000.0


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def store(tmp_path, clock):
    return FileStore(tmp_path / "store", clock=clock)


def put_identity(store, user, identity_id=IDENTITY, pool=POOL):
    key = format_store_key(pool, user)
    store.put(key, records.encode_identity_id(key, identity_id), expires_at=None)


def put_credentials(store, identity_id=IDENTITY, *, seconds=3600, skew=None, accepted=()):
    credentials = Credentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key="secret",
        session_token="token",
        expiration=datetime.fromtimestamp(NOW + seconds, UTC),
        identity_id=identity_id,
    )
    key = f"credentials:{identity_id}"
    record = records.Record(credentials, fetched_at=NOW, skew=skew, accepted=accepted)
    store.put(key, records.encode(key, record), expires_at=NOW + seconds - (skew or 0))


def test_credentials_belong_to_the_user_of_the_stored_identity_id(store, clock):
    put_identity(store, GUEST)
    put_credentials(store)
    put_credentials(store, OTHER)
    identity, *credentials = list_stored_entries(store, clock)
    assert (identity.kind, identity.identity_pool_id, identity.user) == (IDENTITY_ID, POOL, GUEST)
    assert identity.seconds_left is None
    known, unknown = sorted(credentials, key=lambda entry: entry.identity_id != IDENTITY)
    assert (known.kind, known.identity_pool_id, known.user) == (CREDENTIALS, POOL, GUEST)
    assert (unknown.identity_id, unknown.identity_pool_id, unknown.user) == (OTHER, None, None)


def test_a_user_name_may_contain_any_character(store, clock):
    put_identity(store, "ada: the\nfirst")
    (entry,) = list_stored_entries(store, clock)
    assert (entry.identity_pool_id, entry.user) == (POOL, "ada: the\nfirst")


def test_the_time_left_is_measured_by_the_clock_of_the_service(store, clock):
    put_credentials(store, skew=100.0)
    (entry,) = list_stored_entries(store, clock)
    assert entry.seconds_left == 3500.0


def test_an_expired_entry_has_no_time_left(store, clock):
    put_credentials(store)
    clock.advance(3600)
    (entry,) = list_stored_entries(store, clock)
    assert (entry.seconds_left, entry.identity_id) == (0.0, None)


def test_credentials_without_accepted_tokens_are_those_of_a_guest(store, clock):
    put_credentials(store)
    put_credentials(store, OTHER, accepted=("digest",))
    assert {entry.identity_id: entry.is_guest for entry in list_stored_entries(store, clock)} == {
        IDENTITY: True,
        OTHER: False,
    }


def test_an_unreadable_entry_has_a_description_of_its_problem(store, clock):
    store.put("credentials:x", b"no record", expires_at=None)
    store.put("identity-id:odd", b"{}", expires_at=None)
    identity, credentials = list_stored_entries(store, clock)
    assert (identity.identity_pool_id, identity.user) == (None, None)
    assert identity.problem
    assert credentials.problem
    assert identity.problem != credentials.problem


def test_an_entry_of_another_kind_is_left_out(store, clock):
    store.put("session:somebody", b"value", expires_at=None)
    assert list_stored_entries(store, clock) == []
