"""Sessions in the keychain of GNOME, through the Secret Service."""

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
    """An empty keychain; returns a function that runs a Python program with access to it."""
    with secret_service(tmp_path_factory.mktemp("secrets")) as environment:
        command.environment.update(environment)

        def run(program: str) -> str:
            words = [sys.executable, "-c", program]
            return subprocess.run(
                words, env=environment, capture_output=True, text=True, check=True, timeout=60
            ).stdout.strip()

        yield run


@pytest.fixture
def signed_in(command, keychain, profile, user_pool, never_printed):
    never_printed(PASSWORD)
    user = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(user)
    words = ("login", "--profile", "game", "--username", user)
    status, out, err = command(*words, answers=f"{PASSWORD}\n")
    assert (status, err) == (0, "")
    assert "stored in the keychain" in out
    return user


def test_the_session_is_stored_only_in_the_keychain(
    command, signed_in, keychain, home, never_printed
):
    token = never_printed(keychain(TOKENS))
    assert command("process", "--profile", "game")[0] == 0
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    assert "session" not in json.loads(store.get(key))
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert token.encode() not in stored
    status, out, _ = command("logout", "--profile", "game")
    # moto does not implement RevokeToken.
    assert (status, out.startswith(f"Removed the session of {signed_in} at ")) == (1, True)
    assert keychain(TOKENS) == ""


def test_a_locked_keychain_is_reported(command, signed_in, keychain):
    keychain(LOCK)
    for subcommand in ("process", "logout"):
        status, out, err = command(subcommand, "--profile", "game")
        assert (status, out) == (2, "")
        assert "KeyringLocked" in err
        assert "--store file" in err
    status, out, err = command("login", "--profile", "game", "--username", signed_in)
    assert (status, out) == (2, "")
    assert "KeyringLocked" in err
    words = ("login", "--profile", "game", "--store", "file", "--username", signed_in)
    assert command(*words, answers=f"{PASSWORD}\n")[0] == 0
    assert command("process", "--profile", "game")[0] == 0
