from __future__ import annotations

import io
import json
import os

import pytest
from cli_world import shared_world, world

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import cache
from cognito_credentials.stores import FileStore

__all__ = ["shared_world", "world"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def kinds_in(store):
    return sorted(key.partition(":")[0] for key in store.list_keys())


@pytest.fixture
def store(home):
    return FileStore()


@pytest.fixture
def user(world, store):
    """Store credentials and identity IDs for a guest and a signed-in user; return the user."""
    user = world.sign_in()
    assert world.run("export").status == 0
    assert world.run("export", user.login, "--user", "ada").status == 0
    assert kinds_in(store) == ["credentials", "credentials", "identity-id", "identity-id"]
    return user


# --- list ---------------------------------------------------------------------------------------


def test_an_empty_store_is_listed_and_not_created(world, home):
    assert str(home / ".aws" / "cognito-credentials") in world.run("cache", "list").out
    assert not (home / ".aws" / "cognito-credentials").exists()
    assert json.loads(world.run("cache", "list", "--json").out)["entries"] == []


@pytest.mark.usefixtures("user")
def test_list_shows_the_pool_and_the_user_of_each_entry(world, store, never_printed):
    for key in store.list_keys():
        if key.startswith("credentials:"):
            credentials = json.loads(store.get(key))["credentials"]
            never_printed(credentials["secret_access_key"])
            never_printed(credentials["session_token"])
    result = world.run("cache", "list")
    assert (result.status, result.err) == (0, "")
    _, *rows = result.out.splitlines()
    for kind in ("identity ID", "credentials"):
        matching = [row for row in rows if row.startswith(kind)]
        assert len(matching) == 2
        assert all(world.pool in row for row in matching)
        assert sum("  guest  " in row for row in matching) == 1
        assert sum("  ada  " in row for row in matching) == 1
        assert all((" min" in row) == (kind == "credentials") for row in matching)


@pytest.mark.usefixtures("user")
def test_list_json_prints_every_entry(world):
    document = json.loads(world.run("cache", "list", "--json").out)
    assert document["unreadable"] == []
    guest_id, user_id, *credentials = sorted(
        document["entries"], key=lambda entry: (entry["kind"] == "credentials", entry["user"])
    )
    assert guest_id["user"] == "ANONYMOUS"
    assert user_id["user"] == "ada"
    for entry, identity in zip(credentials, (guest_id, user_id), strict=True):
        assert 3_500 < entry["seconds_left"] <= 3_600
        assert {**entry, "kind": "identity-id", "seconds_left": None} == identity


@pytest.mark.usefixtures("user")
def test_list_of_one_pool(world):
    other = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
    assert (
        json.loads(world.run("cache", "list", "--json", "--identity-pool-id", other).out)["entries"]
        == []
    )
    found = world.run("cache", "list", "--json", "--identity-pool-id", world.pool)
    assert len(json.loads(found.out)["entries"]) == 4


# --- clear --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("user")
def test_clear_deletes_credentials_and_retains_identity_ids(world, store):
    assert world.run("cache", "clear").status == 0
    assert kinds_in(store) == ["identity-id", "identity-id"]
    before = len(world.emulator.calls)
    assert world.run("export").status == 0
    assert world.calls_after(before) == ["GetCredentialsForIdentity"]


@pytest.mark.usefixtures("user")
def test_clear_deletes_identity_ids_with_two_options(world, store):
    assert world.run("cache", "clear", "--identity-ids", "--yes").status == 0
    assert store.list_keys() == []


@pytest.mark.usefixtures("user")
def test_clearing_identity_ids_without_a_terminal_requires_an_option(world, store, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    result = world.run("cache", "clear", "--identity-ids")
    assert (result.status, result.out) == (2, "")
    assert "--yes" in result.err
    assert len(store.list_keys()) == 4


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize(("response", "remaining"), [("y", 0), ("Yes", 0), ("n", 4), ("", 4)])
def test_clearing_identity_ids_on_a_terminal_requires_confirmation(
    world, store, monkeypatch, response, remaining
):
    monkeypatch.setattr("sys.stdin", Terminal(f"{response}\n"))
    result = world.run("cache", "clear", "--identity-ids")
    assert result.err.endswith("[y/N] ")
    assert len(store.list_keys()) == remaining
    assert result.status == (1 if remaining else 0)


@pytest.mark.usefixtures("user")
def test_clear_skips_entries_that_another_process_is_using(world, store):
    (key, *_) = (key for key in store.list_keys() if key.startswith("credentials:"))
    lease = store.lock(key, 10)
    assert world.run("cache", "clear").status == 0
    assert [name for name in store.list_keys() if name.startswith("credentials:")] == [key]
    lease.release()
    world.run("cache", "clear")
    assert key not in store.list_keys()


@pytest.mark.usefixtures("user")
def test_clear_with_a_profile_is_limited_to_its_pool_or_identity(world, store, home):
    def credentials_left(profile):
        (home / ".aws" / "config").write_text(f"[profile game]\n{profile}\n")
        assert world.run("cache", "clear", "--profile", "game").status == 0
        return kinds_in(store).count("credentials")

    (guest, *_) = json.loads(world.run("cache", "list", "--json").out)["entries"]
    other = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
    assert credentials_left(f"cognito_identity_pool_id = {other}") == 2
    assert credentials_left(f"cognito_identity_id = {guest['identity_id']}") == 1
    assert credentials_left(f"cognito_identity_pool_id = {world.pool}") == 0


@pytest.mark.parametrize("profile", ["game", "missing"])
def test_a_profile_without_a_pool_is_rejected(world, home, profile):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\nregion = us-east-1\n")
    result = world.run("cache", "clear", "--profile", profile)
    assert result.status == 2
    assert profile in result.err


@pytest.mark.usefixtures("user")
def test_unreadable_files_are_listed_and_removed_with_an_option(world, store, caplog):
    broken = os.path.join(store.path, "0" * 64 + ".json")
    with open(os.open(broken, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("{half an ent")
    assert broken in world.run("cache", "list").out
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    ((path, reason),) = (
        entry.values()
        for entry in json.loads(world.run("cache", "list", "--json").out)["unreadable"]
    )
    assert path == broken
    assert reason
    assert f"{broken}: {reason}" in world.run("cache", "clear").out
    assert os.path.exists(broken)
    assert broken in world.run("cache", "clear", "--unreadable").out
    assert not os.path.exists(broken)


@pytest.mark.usefixtures("user")
def test_removing_an_unreadable_identity_id_requires_confirmation(world, store):
    """The identity ID can be recovered by correcting the file's permissions."""
    ids = {key for key in store.list_keys() if key.startswith("identity-id:")}
    for name in os.listdir(store.path):
        file = os.path.join(store.path, name)
        with open(file, "rb") as opened:
            if b" ada" in opened.read():
                os.chmod(file, 0o644)
                break
    result = world.run("cache", "clear", "--unreadable")
    assert (result.status, result.out) == (2, "")
    assert "--yes" in result.err
    assert os.path.exists(file)
    assert file in world.run("cache", "clear", "--unreadable", "--yes").out
    assert not os.path.exists(file)
    assert len(ids & set(store.list_keys())) == 1


@pytest.mark.usefixtures("user")
def test_a_directory_in_place_of_an_entry_is_skipped(world, store):
    folder = os.path.join(store.path, "1" * 64 + ".json")
    os.mkdir(folder)
    result = world.run("cache", "clear", "--unreadable")
    assert (result.status, folder in result.out) == (0, True)
    assert os.path.isdir(folder)


def test_a_record_of_another_version_is_listed_and_can_be_cleared(world, store):
    store.put("credentials:abc", b'{"format": 99}', expires_at=None)
    (entry,) = json.loads(world.run("cache", "list", "--json").out)["entries"]
    assert entry["problem"]
    assert entry["problem"] in world.run("cache", "list").out
    world.run("cache", "clear")
    assert store.list_keys() == []


@pytest.mark.usefixtures("user")
def test_a_folder_that_other_users_can_enter_is_rejected(world, store):
    os.chmod(store.path, 0o711)  # noqa: S103
    result = world.run("cache", "list")
    assert result.status == 2
    assert "chmod 700" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--yes"),
        ("list", "--identity-ids"),
        ("list", "--unreadable"),
        ("clear", "--json"),
    ],
)
def test_options_of_the_other_action_are_rejected(words, capsys):
    assert program.main(["cache", *words]) == 2
    assert words[1] in capsys.readouterr().err


def test_format_user_shortens_long_subjects():
    assert cache.format_user(None) == "-"
    assert cache.format_user("ANONYMOUS") == "guest"
    assert cache.format_user("ada") == "ada"
    assert cache.format_user("accounts.google.com#123456789") == "accounts.google.com#12345678…"
    assert cache.format_user("accounts.google.com#12345678") == "accounts.google.com#12345678"
