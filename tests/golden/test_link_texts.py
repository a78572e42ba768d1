"""The output of `link`."""

from __future__ import annotations

import io
import json

from cli_world import shared_world, world
from golden import assert_golden
from transcripts import Transcript

__all__ = ["shared_world", "world"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_output_of_link(world, home, monkeypatch):
    user, other = world.sign_in(), world.sign_in()
    transcript = Transcript(
        world,
        {
            str(home): "HOME",
            str(world.folder): "FOLDER",
            user.provider_name: "POOL",
            user.token_file.name: "first-token",
            other.token_file.name: "second-token",
        },
    )
    transcript.run("link")
    transcript.run("link", user.login)
    guest = json.loads(world.run("whoami", "--json").out)["identity_id"]
    transcript.run("link", user.login)
    transcript.run("link", "--dry-run", user.login)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", Terminal("no\n"))
        transcript.run("link", user.login)
    transcript.run("link", "--yes", user.login)
    transcript.run("link", "--dry-run", "--identity-id", guest, user.login)
    transcript.run("link", "--dry-run", "--identity-id", guest, other.login)
    transcript.run("link", "--yes", "--identity-id", guest, other.login)
    world.run("whoami")
    transcript.run("link", "--dry-run", user.login)
    transcript.run("link", "--yes", user.login)
    missing = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
    transcript.run("link", "--dry-run", "--identity-id", missing, other.login)
    transcript.run("link", "--yes", "--identity-id", missing, other.login)
    monkeypatch.delenv("AWS_COGNITO_IDENTITY_POOL_ID")
    transcript.run("link", user.login)
    eu = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
    transcript.run("link", "--identity-id", missing, "--identity-pool-id", eu, user.login)
    world.emulator.fail(
        "GetCredentialsForIdentity", "ResourceConflictException", "Logins are already linked"
    )
    transcript.run("link", "--yes", "--identity-id", world.account.identity(world.pool), user.login)
    assert_golden("link", transcript.text())
