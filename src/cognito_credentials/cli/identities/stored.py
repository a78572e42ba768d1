"""What the store of this machine holds, as far as it says so itself; nothing secret leaves here.

Credentials are kept under a digest of whose they are, which cannot be read back: their pool and user
are those of the identity id that is kept beside them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognito_credentials._core import records
from cognito_credentials._core.id_cache import GUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

__all__ = ["CREDENTIALS", "GUEST", "IDENTITY_ID", "StoredEntry", "list_stored_entries"]

CREDENTIALS, IDENTITY_ID = "credentials", "identity id"
_KINDS = {"credentials": CREDENTIALS, "identity-id": IDENTITY_ID}
# As `id_cache.cache_key` writes it; a pool id has one colon, a user may have any.
_IDENTITY_ID_KEY = re.compile(
    r"identity-id:aws:cognito-identity-credentials:([^:]+:[^:]+):(.+)", re.DOTALL
)


@dataclass(slots=True)
class StoredEntry:
    """One entry. `problem` says why it cannot be read; `seconds_left` is None for what stays."""

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
    """Return the entries of a store, identity ids first; what is none of ours is left out."""
    entries = sorted(_entries(store, clock), key=lambda entry: entry.kind, reverse=True)
    owners = {
        entry.identity_id: entry for entry in entries if entry.kind == IDENTITY_ID and entry.user
    }
    for entry in entries:
        owner = owners.get(entry.identity_id)
        if entry.kind == CREDENTIALS and owner is not None and entry.identity_id is not None:
            entry.identity_pool_id, entry.user = owner.identity_pool_id, owner.user
    return entries


def _entries(store: FileStore, clock: SystemClock) -> Iterator[StoredEntry]:
    for key in store.list_keys():
        kind = _KINDS.get(key.partition(":")[0])
        if kind is None:
            continue
        entry = StoredEntry(key, kind)
        found = _IDENTITY_ID_KEY.fullmatch(key)
        if found is not None:
            entry.identity_pool_id, entry.user = found.groups()
        value = store.get(key)
        if value is None:
            entry.seconds_left = 0.0  # its time is over
        else:
            _read(entry, value, clock)
        yield entry


def _read(entry: StoredEntry, value: bytes, clock: SystemClock) -> None:
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
