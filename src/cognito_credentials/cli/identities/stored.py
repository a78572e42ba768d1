"""Entries in this machine's credential store, without their secrets.

The keys of most credentials are digests, which reveal neither the identity pool nor the user. The
pool and the user are therefore taken from the entry that stores the same identity ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognito_credentials._core import logs, records
from cognito_credentials._core.identity_id_keys import GUEST, parse_store_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.clock import SystemClock
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.stores import FileStore

__all__ = [
    "CREDENTIALS",
    "GUEST",
    "IDENTITY_ID",
    "StoredEntry",
    "delete_entry",
    "list_stored_entries",
    "load_credentials",
]

# The kinds of entries, which are the prefixes of their keys.
CREDENTIALS = "credentials"
IDENTITY_ID = "identity-id"
LEASE_SECONDS = 5.0


@dataclass(slots=True)
class StoredEntry:
    """One entry in the store.

    Attributes:
        seconds_left: Time until the entry expires; None if it does not expire.
        problem: Reason why the entry cannot be read; None if the entry is readable.
    """

    key: str
    kind: str
    identity_pool_id: str | None = None
    user: str | None = None
    identity_id: str | None = None
    access_key_id: str | None = None
    seconds_left: float | None = None
    is_guest: bool = False
    problem: str | None = None


def list_stored_entries(store: FileStore, clock: SystemClock) -> list[StoredEntry]:
    """Return the entries for identity IDs, then the entries for credentials; omit all others."""
    entries = sorted(_read_entries(store, clock), key=lambda entry: entry.kind, reverse=True)
    owners = {
        entry.identity_id: entry for entry in entries if entry.kind == IDENTITY_ID and entry.user
    }
    for entry in entries:
        owner = owners.get(entry.identity_id)
        if entry.kind == CREDENTIALS and owner is not None and entry.identity_id is not None:
            entry.identity_pool_id, entry.user = owner.identity_pool_id, owner.user
    return entries


def delete_entry(store: FileStore, entry: StoredEntry) -> bool:
    """Delete an entry; return False without deleting it if another process has locked it."""
    lease = store.lock(entry.key, LEASE_SECONDS)
    if lease is None:
        logs.debug("%s of %s is locked by another process", entry.kind, entry.identity_id)
        return False
    store.delete(entry.key)
    lease.release()
    return True


def load_credentials(
    store: FileStore, entry: StoredEntry, clock: SystemClock
) -> Credentials | None:
    """Return the credentials of an entry; None if the entry was deleted or cannot be read."""
    value = store.get(entry.key)
    try:
        return (
            None if value is None else records.decode(entry.key, value, now=clock.now).credentials
        )
    except records.UnreadableRecordError:
        return None


def _read_entries(store: FileStore, clock: SystemClock) -> Iterator[StoredEntry]:
    for key in store.list_keys():
        kind = key.partition(":")[0]
        if kind not in (CREDENTIALS, IDENTITY_ID):
            continue
        entry = StoredEntry(key, kind)
        if (pool_and_user := parse_store_key(key)) is not None:
            entry.identity_pool_id, entry.user = pool_and_user
        value = store.get(key)
        if value is None:
            entry.seconds_left = 0.0  # The entry has expired.
        else:
            _decode(entry, value, clock)
        yield entry


def _decode(entry: StoredEntry, value: bytes, clock: SystemClock) -> None:
    try:
        if entry.kind == IDENTITY_ID:
            entry.identity_id = records.decode_identity_id(entry.key, value)
            return
        record = records.decode(entry.key, value, now=clock.now)
    except records.UnreadableRecordError as error:
        entry.problem = str(error)
        return
    entry.identity_id = record.credentials.identity_id
    entry.access_key_id = record.credentials.access_key_id
    entry.is_guest = not record.accepted
    entry.seconds_left = record.expires_at - clock.now() - (record.skew or 0.0)
