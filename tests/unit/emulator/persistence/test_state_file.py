"""The state file of the emulator."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.emulator.identity.identity_records import LinkedLogin, PoolIdentity
from cognito_credentials.emulator.identity.pools import IdentityPool, PrincipalTagMap
from cognito_credentials.emulator.identity.state import RegisteredToken, ServiceState
from cognito_credentials.emulator.persistence.documents import identity_document
from cognito_credentials.emulator.persistence.state_file import StateFile
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POOL = IdentityPool(
    id="us-east-1:11111111-2222-3333-4444-555555555555",
    arn="",
    serial=3,
    settings={
        "IdentityPoolName": "game",
        "AllowUnauthenticatedIdentities": True,
        "IdentityPoolTags": {"stage": "tést"},
    },
    roles={"unauthenticated": "arn:aws:iam::123456789012:role/guest"},
    role_mappings={"graph.facebook.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
    principal_tags={"graph.facebook.com": PrincipalTagMap(False, {"team": "custom:team"})},
)
IDENTITY = PoolIdentity(
    id="us-east-1:11111111-2222-3333-4444-666666666666",
    pool_id=POOL.id,
    serial=7,
    created_at=1.25,
    modified_at=2.5,
    logins=frozenset({LinkedLogin("graph.facebook.com", "ann"), LinkedLogin("app", "a", False)}),
    is_enabled=False,
)
TOKEN = RegisteredToken("graph.facebook.com", "token;secret", "app", "ann")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def reopen(path: Path) -> ServiceState:
    with contextlib.closing(StateFile(path)) as file:
        return file.load()


def write_all(path: Path) -> None:
    with contextlib.closing(StateFile(path)) as file:
        journal = file.open_journal()
        journal.save_pool(POOL)
        journal.save_identities([IDENTITY])
        journal.save_opaque_token(TOKEN)


def test_a_new_file_is_empty_and_private(path: Path):
    assert reopen(path) == ServiceState([], [], [])
    assert path.stat().st_mode & 0o777 == 0o600


def test_all_fields_are_retained(path: Path):
    write_all(path)
    assert reopen(path) == ServiceState([POOL], [IDENTITY], [TOKEN])


def test_identities_are_deleted_with_their_pool(path: Path):
    write_all(path)
    with contextlib.closing(StateFile(path)) as file:
        file.open_journal().delete_pool(POOL.id)
    assert reopen(path) == ServiceState([], [], [TOKEN])


def test_identities_without_a_pool_are_deleted(path: Path):
    write_all(path)
    with contextlib.closing(StateFile(path)) as file:
        journal = file.open_journal()
        journal.delete_pool(POOL.id)
        journal.save_identities([IDENTITY])
    with contextlib.closing(StateFile(path)) as file:
        file.open_journal().save_pool(POOL)
        assert file.load().identities == []


def test_a_replaced_state_cannot_be_changed_through_an_earlier_journal(path: Path):
    write_all(path)
    with contextlib.closing(StateFile(path)) as file:
        earlier = file.open_journal()
        later = file.replace(ServiceState([POOL]))
        with pytest.raises(RuntimeError):
            earlier.delete_pool(POOL.id)
        later.save_identities([IDENTITY])
    assert reopen(path) == ServiceState([POOL], [IDENTITY], [])


def test_a_failed_transaction_changes_nothing(path: Path):
    write_all(path)
    with contextlib.closing(StateFile(path)) as file:
        journal = file.open_journal()
        cyclic: dict[str, object] = {}
        cyclic["itself"] = cyclic
        with pytest.raises(ValueError, match="Circular"):
            journal.save_pool(replace(POOL, settings=cyclic))
        journal.delete_identities([])
    assert reopen(path).pools == [POOL]


def test_a_second_emulator_cannot_open_the_file(path: Path):
    with contextlib.closing(StateFile(path)):
        for _ in range(2):  # The failed attempt must not release the lock.
            with pytest.raises(ConfigurationError, match="in use") as caught:
                StateFile(path)
            assert str(path) in str(caught.value)
            assert caught.value.hint
    reopen(path)


def make_text(path: Path) -> None:
    path.write_text("my notes " * 1000)


def make_other_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


def make_marked_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 17")


def make_newer_file(path: Path) -> None:
    write_all(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (make_text, "not a state file"),
        (make_other_database, "not a state file"),
        (make_marked_database, "not a state file"),
        (make_newer_file, "newer version"),
    ],
)
def test_other_files_are_rejected_unchanged(path: Path, make: Callable[[Path], None], text: str):
    make(path)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match=text) as caught:
        StateFile(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_special_files_and_missing_directories_are_rejected(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing" / "state.db"):
        with pytest.raises(ConfigurationError) as caught:
            StateFile(path)
        assert str(path) in str(caught.value)


def change(path: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def check_damaged(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="damaged") as caught:
        reopen(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "5", '{"id": 1}', "[" * 100_000, b"\xff", '{"serial": 1e999}', '{"a": NaN}'],
)
@pytest.mark.parametrize("table", ["pools", "identities", "opaque_tokens"])
def test_a_damaged_entry_is_reported(path: Path, table: str, document: str | bytes):
    write_all(path)
    change(path, f"UPDATE {table} SET document = ?", document)
    check_damaged(path)


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0\x80"])
def test_text_that_is_not_utf_8_is_reported(path: Path, data: bytes):
    write_all(path)
    change(path, "UPDATE pools SET document = CAST(? AS TEXT)", data)
    check_damaged(path)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("serial", -1),
        ("serial", 2**64),
        ("created_at", float("inf")),
        ("modified_at", 1e300),
        ("id", "us-east-1:\ud800"),
        ("id", "eu-west-1:11111111-2222-3333-4444-666666666666"),
    ],
)
def test_values_that_no_identity_has_are_reported(path: Path, member: str, value: object):
    write_all(path)
    document = {**identity_document(IDENTITY), member: value}
    change(path, "UPDATE identities SET document = ?", json.dumps(document))
    check_damaged(path)


def test_a_login_or_a_serial_of_two_identities_is_reported(path: Path):
    write_all(path)
    other = "us-east-1:11111111-2222-3333-4444-777777777777"
    guest = replace(IDENTITY, id=other, serial=8, logins=frozenset())
    for identity in (replace(IDENTITY, id=other, serial=8), replace(guest, serial=7), guest):
        with contextlib.closing(StateFile(path)) as file:
            file.open_journal().save_identities([identity])
        if identity is not guest:
            check_damaged(path)
    assert len(reopen(path).identities) == 2


@pytest.mark.parametrize("length", [50, 3000, 5000, 12_000])
def test_a_truncated_file_is_reported_and_not_changed(path: Path, length: int):
    write_all(path)
    data = path.read_bytes()[:length]
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=re.escape(str(path))):
        reopen(path)
    assert path.read_bytes() == data


@pytest.mark.skipif(os.name != "posix", reason="requires POSIX limits")
def test_a_change_that_cannot_be_written_is_reported_and_changes_nothing(path: Path):
    import resource

    write_all(path)
    with contextlib.closing(StateFile(path)) as file:
        journal = file.open_journal()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
        try:
            with pytest.raises(ConfigurationError, match="cannot be read and written"):
                journal.delete_pool(POOL.id)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert file.load().pools == [POOL]
        journal.save_identities([replace(IDENTITY, is_enabled=True)])
    assert reopen(path).identities[0].is_enabled


def test_tokens_are_not_printed():
    assert "secret" not in repr(TOKEN)
