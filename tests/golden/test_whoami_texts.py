"""The output of `whoami`."""

from __future__ import annotations

from cli_world import shared_world, world
from golden import assert_golden
from transcripts import Transcript

__all__ = ["shared_world", "world"]


def test_output_of_whoami(world, home):
    user = world.sign_in()
    names = {user.provider_name: "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"}
    transcript = Transcript(world, {str(home): "HOME", str(world.folder): "FOLDER"} | names)
    transcript.replacements[user.token_file.name] = "token"
    transcript.run("whoami")
    transcript.run("whoami")
    transcript.run("whoami", user.login)
    assert_golden("whoami", transcript.text())
