from __future__ import annotations

import io
import json
import os

import pytest
from cli_world import one_world, world

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import cache
from cognito_credentials.stores import FileStore

__all__ = ["one_world", "world"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def kinds_in(store):
    return sorted(key.partition(":")[0] for key in store.list_keys())


@pytest.fixture
def store(home):
    return FileStore()


@pytest.fixture
def kept(world, store):
    """A guest and a user, in the store of this machine."""
    user = world.sign_in()
    assert world.run("export").status == 0
    assert world.run("export", user.login, "--user", "ada").status == 0
    assert kinds_in(store) == ["credentials", "credentials", "identity-id", "identity-id"]
    return user


# --- list ---------------------------------------------------------------------------------------


def test_an_empty_store(world, home):
    said = world.run("cache", "list")
    assert (
        said.out == f"{home}/.aws/cognito-credentials holds no credentials and no identity ids.\n"
    )
    assert not (home / ".aws" / "cognito-credentials").exists()
    assert json.loads(world.run("cache", "list", "--json").out)["entries"] == []


def test_the_list_says_whose_what_is(world, kept, store, never_printed):
    for key in store.list_keys():
        if key.startswith("credentials:"):
            credentials = json.loads(store.get(key))["credentials"]
            never_printed(credentials["secret_access_key"])
            never_printed(credentials["session_token"])
    said = world.run("cache", "list")
    assert (said.status, said.err) == (0, "")
    head, *rows = said.out.splitlines()
    assert head.split("  ")[0] == "what"
    for kind in ("identity ID", "credentials"):
        of_this = [row for row in rows if row.startswith(kind)]
        assert len(of_this) == 2
        assert all(world.pool in row for row in of_this)
        assert sum("  guest  " in row for row in of_this) == 1
        assert sum("  ada  " in row for row in of_this) == 1
        assert all((" min" in row) == (kind == "credentials") for row in of_this)


def test_the_list_for_programs(world, kept):
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


def test_only_one_pool_is_listed(world, kept):
    other = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
    assert (
        json.loads(world.run("cache", "list", "--json", "--identity-pool-id", other).out)["entries"]
        == []
    )
    found = world.run("cache", "list", "--json", "--identity-pool-id", world.pool)
    assert len(json.loads(found.out)["entries"]) == 4


# --- clear --------------------------------------------------------------------------------------


def test_credentials_are_cleared_and_identity_ids_stay(world, kept, store):
    said = world.run("cache", "clear")
    assert said.out == "Cleared: 2 sets of credentials, 0 identity ids.\n"
    assert kinds_in(store) == ["identity-id", "identity-id"]
    seen = len(world.emulator.calls)
    assert world.run("export").status == 0
    assert world.calls_after(seen) == ["GetCredentialsForIdentity"]


def test_identity_ids_are_cleared_where_that_is_said_twice(world, kept, store):
    said = world.run("cache", "clear", "--identity-ids", "--yes")
    assert said.out == "Cleared: 2 sets of credentials, 2 identity ids.\n"
    assert store.list_keys() == []


def test_without_a_terminal_nobody_is_asked(world, kept, store, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    said = world.run("cache", "clear", "--identity-ids")
    assert said.status == 2
    assert "2 identity ids to be cleared" in said.err
    assert "--yes" in said.err
    assert len(store.list_keys()) == 4


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("Yes", 0), ("n", 4), ("", 4)])
def test_on_a_terminal_it_is_asked(world, kept, store, monkeypatch, answer, left):
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    said = world.run("cache", "clear", "--identity-ids")
    assert "a guest does not, and loses what hangs on it" in said.err
    assert said.err.endswith("Clear them? [y/N] ")
    assert len(store.list_keys()) == left
    assert said.status == (1 if left else 0)


def test_what_is_being_fetched_is_left(world, kept, store):
    (key, *_) = (key for key in store.list_keys() if key.startswith("credentials:"))
    lease = store.lock(key, 10)
    said = world.run("cache", "clear")
    assert "Cleared: 1 set of credentials" in said.out
    assert "Left: 1, which a process is fetching at this moment.\n" in said.out
    assert key in store.list_keys()
    lease.release()
    world.run("cache", "clear")
    assert key not in store.list_keys()


def test_the_pool_of_a_profile(world, kept, store, home):
    def profile(text):
        (home / ".aws" / "config").write_text(f"[profile game]\n{text}\n")

    profile("cognito_identity_pool_id = us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    assert "0 sets" in world.run("cache", "clear", "--profile", "game").out
    (guest, *_) = json.loads(world.run("cache", "list", "--json").out)["entries"]
    profile(f"cognito_identity_id = {guest['identity_id']}")
    assert "1 set of" in world.run("cache", "clear", "--profile", "game").out
    profile(f"cognito_identity_pool_id = {world.pool}")
    assert "1 set of" in world.run("cache", "clear", "--profile", "game").out
    profile("region = us-east-1")
    said = world.run("cache", "clear", "--profile", "game")
    assert (said.status, "names no identity pool" in said.err) == (2, True)
    said = world.run("cache", "clear", "--profile", "nobody")
    assert (said.status, "not in" in said.err) == (2, True)


def test_unreadable_files_are_named_and_cleared_when_it_is_said(world, kept, store, caplog):
    broken = os.path.join(store.path, "0" * 64 + ".json")
    with open(os.open(broken, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("{half an ent")
    said = world.run("cache", "list")
    assert f"unreadable  {broken}: it is no entry of a store" in said.out
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    unreadable = json.loads(world.run("cache", "list", "--json").out)["unreadable"]
    assert unreadable == [{"path": broken, "reason": "it is no entry of a store"}]
    said = world.run("cache", "clear")
    assert f"Left: {broken}" in said.out
    assert "--unreadable clears them" in said.out
    assert os.path.exists(broken)
    assert f"Cleared: {broken}" in world.run("cache", "clear", "--unreadable").out
    assert not os.path.exists(broken)


def test_an_identity_id_that_others_could_read_is_not_cleared_unasked(world, kept, store):
    (user,) = (key for key in store.list_keys() if key.endswith(":ada"))
    file = store._file_of(user)
    os.chmod(file, 0o644)
    said = world.run("cache", "clear", "--unreadable")
    assert (said.status, said.out) == (2, "")
    assert "1 identity id to be cleared (1 in files that are not read" in said.err
    assert "Agree to it with --yes" in said.err
    assert os.path.exists(file)
    assert f"Cleared: {file}" in world.run("cache", "clear", "--unreadable", "--yes").out
    assert not os.path.exists(file)


def test_what_cannot_be_removed_is_said(world, kept, store):
    folder = os.path.join(store.path, "1" * 64 + ".json")
    os.mkdir(folder)
    assert "it is no file; it cannot be removed" in world.run("cache", "clear", "--unreadable").out


def test_a_record_of_another_version_is_told_and_can_be_cleared(world, store):
    store.put("credentials:abc", b'{"format": 99}', expires_at=None)
    assert "unreadable: it has the format of another version" in world.run("cache", "list").out
    assert "1 set of" in world.run("cache", "clear").out


def test_a_folder_that_others_can_enter_is_refused(world, kept, store):
    os.chmod(store.path, 0o711)  # noqa: S103 - it is the case
    said = world.run("cache", "list")
    assert said.status == 2
    assert "chmod 700" in said.err


@pytest.mark.parametrize(
    "words", [("list", "--yes"), ("list", "--identity-ids"), ("clear", "--json")]
)
def test_options_of_the_other_action_are_refused(words, capsys):
    assert program.main(["cache", *words]) == 2
    assert f"{words[1]} does not go with cache {words[0]}" in capsys.readouterr().err


def test_users_are_named_as_far_as_it_helps():
    assert cache.name_of(None) == "-"
    assert cache.name_of("ANONYMOUS") == "guest"
    assert cache.name_of("ada") == "ada"
    assert cache.name_of("accounts.google.com#123456789") == "accounts.google.com#12345678…"
    assert cache.name_of("accounts.google.com#12345678") == "accounts.google.com#12345678"
