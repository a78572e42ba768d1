"""Wording of the stores' errors and log records."""

from __future__ import annotations

import os

import keyring
import pytest
import redis.exceptions
from file_keychain import PlaintextKeyring
from golden import assert_golden, error_texts
from keyring.backends import fail
from valkey_server import SEALING_KEY

from cognito_credentials.stores import FileStore, KeyringStore, MemoryStore, RedisStore
from cognito_credentials.stores._keychains import require_system_keychain
from cognito_credentials.stores._redis_clients import translate_errors
from cognito_credentials.stores._redis_entries import EntryFormat

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "geteuid"), reason="requires POSIX permissions"),
    pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="requires root"),
]


def make_directories(home):
    """Create paths in the home directory that cause errors, and return the paths by name."""
    names = ("file", "real", "foreign", "open")
    paths = {name: home / name for name in (*names, "link")}
    paths["file"].touch()
    for name in names[1:]:
        paths[name].mkdir(0o700)
    paths["link"].symlink_to(paths["real"])
    os.chown(paths["foreign"], 65534, 65534)
    paths["open"].chmod(0o755)
    return paths


def test_file_store_texts(home):
    paths = make_directories(home)
    cases = {
        "path: empty": lambda: FileStore(""),
        "path: bytes": lambda: FileStore(b"store"),  # type: ignore[arg-type]
        "path: a missing home directory": lambda: FileStore("~nobody-at-all/store"),
        "path: a file": lambda: FileStore(paths["file"]),
        "path: below a file": lambda: FileStore(paths["file"] / "store"),
        "path: a link": lambda: FileStore(paths["link"]),
        "path: another user's": lambda: FileStore(paths["foreign"]),
        "path: accessible": lambda: FileStore(paths["open"]),
        "max_entries": lambda: FileStore(paths["real"], max_entries=0),
    }
    default = home / ".aws" / "cognito-credentials"

    def use_as_default(name):
        default.parent.mkdir(exist_ok=True)
        paths[name].rename(default)
        try:
            FileStore()
        finally:
            default.rename(paths[name])

    for name in ("file", "link", "foreign", "open"):
        cases[f"default directory: {name}"] = lambda name=name: use_as_default(name)
    assert_golden("store_file", error_texts(cases).replace(str(home), "HOME"))


def test_other_stores_texts(home):
    def fail_with(error):
        with translate_errors():
            raise error

    def find_no_keychain(backend=None):
        previous = keyring.get_keyring()
        keyring.set_keyring(backend or fail.Keyring())
        try:
            KeyringStore()
        finally:
            keyring.set_keyring(previous)

    def make_redis_store(url="redis://localhost:6379/0", **arguments):
        return lambda: RedisStore(url, **{"sealing_key": SEALING_KEY, **arguments})

    client = redis.Redis(socket_timeout=1)
    errors = redis.exceptions
    service_errors = {
        "password": errors.AuthenticationError("Authentication required."),
        "permissions": errors.NoPermissionError("User x has no permissions"),
        "database": errors.ResponseError("DB index is out of range"),
        "cluster": errors.MovedError("866 127.0.0.1:7001"),
        "outage": errors.ConnectionError("Error 111 connecting to h:1. Connection refused."),
        "timeout": errors.TimeoutError("Timeout reading from h:1"),
        "replica": errors.ReadOnlyError("You can't write against a read only replica."),
        "memory": errors.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        "unknown command": errors.ResponseError("unknown command 'EVAL'"),
        "malformed": errors.InvalidResponse("Protocol error, got 'x' as reply type byte"),
    }
    cases = {
        "memory: max_entries": lambda: MemoryStore(0),
        "keyring: no keychain": find_no_keychain,
        "keyring: a backend that does not encrypt": lambda: find_no_keychain(PlaintextKeyring()),
        "keyring: another backend": lambda: require_system_keychain(PlaintextKeyring()),
        "keyring: service": lambda: KeyringStore("", lock_path=home / "locks"),
        "redis: url": make_redis_store("http://localhost"),
        "redis: option": make_redis_store(unknown=1),
        "redis: not a client": make_redis_store(5),
        "redis: an async client": make_redis_store(redis.asyncio.Redis(socket_timeout=1)),
        "redis: options of a client": make_redis_store(client, ssl_ca_certs="x"),
        "redis: no socket_timeout": make_redis_store(redis.Redis(socket_timeout=None)),
        "redis: decode_responses": make_redis_store(
            redis.Redis(socket_timeout=1, decode_responses=True)
        ),
        "redis: prefix": make_redis_store(prefix="a{b}"),
        "redis: timeout": make_redis_store(timeout=0),
        "sealing_key: no keys": make_redis_store(sealing_key=[]),
        "sealing_key: a string": make_redis_store(sealing_key="x" * 32),
        "sealing_key: too short": make_redis_store(sealing_key=b"x" * 31),
        **{
            f"redis server: {title}": lambda error=error: fail_with(error)
            for title, error in service_errors.items()
        },
    }
    assert_golden("store_others", error_texts(cases))


def test_log_texts(home, caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    directory = home / "store"
    store = FileStore(directory)
    for key in ("a", "b", "c", "d"):
        store.put(key, b"value", expires_at=None)
    store.delete("d")
    files = sorted(directory.iterdir())
    files[0].chmod(0o644)
    files[1].write_text("{}")
    files[2].unlink()
    os.mkfifo(files[2], 0o600)
    store.list_keys()

    class Keychain:
        def get_password(self, service, username):
            return "pass!word"

    KeyringStore(backend=Keychain(), lock_path=directory).get("key")
    EntryFormat("prefix", SEALING_KEY).open_value("key", b"x" * 100)
    with EntryFormat("prefix", SEALING_KEY).ignore_wrong_types():
        raise redis.exceptions.ResponseError("WRONGTYPE Operation against a key")
    lines = [f"{record.levelname}: {record.getMessage()}" for record in caplog.records]
    assert_golden("store_log", "\n".join(lines).replace(str(home), "HOME") + "\n")
