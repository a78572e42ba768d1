"""Sessions in the GNOME keychain."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys

import pytest
from emulated_account import PASSWORD
from secret_service import secret_service

from cognito_credentials.stores import FileStore

LOCK = """
import secretstorage
collection = secretstorage.get_default_collection(secretstorage.dbus_init())
collection.lock()
assert collection.is_locked()
"""
TOKENS = """
import base64, json, secretstorage
collection = secretstorage.get_default_collection(secretstorage.dbus_init())
for item in collection.get_all_items():
    print(json.loads(base64.b64decode(item.get_secret()))["refresh_token"])
"""


@pytest.fixture
def keychain(command, tmp_path_factory):
    """Start a keychain, and return a function that runs a Python program with access to it."""
    with secret_service(tmp_path_factory.mktemp("secrets")) as environment:
        command.environment.update(environment)

        def run(program: str) -> str:
            return subprocess.run(
                [sys.executable, "-c", program],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout.strip()

        yield run


@pytest.fixture
def signed_in_user(command, keychain, profile, user_pool, never_printed):
    never_printed(PASSWORD)
    user = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(user)
    login = ("login", "--profile", "game", "--username", user)
    status, out, err = command(*login, stdin=f"{PASSWORD}\n")
    assert (status, err) == (0, "")
    assert "keychain" in out
    return user


def test_the_session_is_stored_only_in_the_keychain(
    command, signed_in_user, keychain, home, never_printed
):
    token = never_printed(keychain(TOKENS))
    assert command("process", "--profile", "game")[0] == 0
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    assert "session" not in json.loads(store.get(key))
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert token.encode() not in files
    status, out, _ = command("logout", "--profile", "game")
    assert status == 0
    assert signed_in_user in out
    assert keychain(TOKENS) == ""


def test_a_locked_keychain_is_reported_and_a_file_can_be_used_instead(
    command, signed_in_user, keychain
):
    keychain(LOCK)
    login = ("login", "--profile", "game", "--username", signed_in_user)
    for arguments in (("process", "--profile", "game"), ("logout", "--profile", "game"), login):
        status, out, err = command(*arguments)
        assert (status, out) == (2, "")
        assert "KeyringLocked" in err
        assert "--store file" in err.partition("Next: ")[2]
    assert command(*login, "--store", "file", stdin=f"{PASSWORD}\n")[0] == 0
    assert command("process", "--profile", "game")[0] == 0
