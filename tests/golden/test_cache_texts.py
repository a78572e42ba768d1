"""The output of `cache`."""

from __future__ import annotations

import io
import os

import pytest
from cli_world import shared_world, world
from golden import assert_golden
from transcripts import Transcript

from cognito_credentials.stores import FileStore

__all__ = ["shared_world", "world"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def transcript(world, home):
    user = world.sign_in()
    transcript = Transcript(world, {str(home): "HOME"})
    transcript.run("cache", "list")
    for words in ((), (user.login, "--user", "ada")):
        assert world.run("export", *words).status == 0
    return transcript


def test_output_of_cache(transcript, home, monkeypatch):
    # Ensure that no two entries share a lock file.
    monkeypatch.setattr("cognito_credentials.stores._file_locks.MAX_LOCK_FILES", 1 << 32)
    store = FileStore()
    transcript.run("cache", "list")
    transcript.run("cache", "list", "--yes")
    transcript.run("cache", "clear", "--json")
    (home / ".aws" / "config").write_text("[profile game]\nregion = us-east-1\n")
    transcript.run("cache", "list", "--profile", "game")
    transcript.run("cache", "clear", "--identity-ids")
    key = next(key for key in store.list_keys() if key.startswith("credentials:"))
    lease = store.lock(key, 10)
    transcript.run("cache", "clear")
    lease.release()
    transcript.run("cache", "clear")
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", Terminal("no\n"))
        transcript.run("cache", "clear", "--identity-ids")
    for name in os.listdir(store.path):
        os.chmod(os.path.join(store.path, name), 0o644)
    os.mkdir(os.path.join(store.path, "0" * 64 + ".json"))
    store = FileStore()
    store.put("credentials:abc", b'{"format": 99}', expires_at=None)
    transcript.run("cache", "list")
    transcript.run("cache", "clear")
    transcript.run("cache", "clear", "--unreadable")
    transcript.run("cache", "clear", "--unreadable", "--yes")
    assert_golden("cache", transcript.text())
