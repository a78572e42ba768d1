"""`--debug` shows the way of the call in every verb, and no secret of it."""

from __future__ import annotations

import json
import re

import pytest
from cli_world import one_world, world

__all__ = ["one_world", "world"]

NO_TIME = re.compile(r"^ *\d+ ms  |\d+ ms$|\d+\.\d+ s$")


@pytest.fixture
def game(command, guests) -> str:
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    return guests.emulator.endpoint_url


@pytest.fixture
def debug(command, never_printed):
    """Run a verb with --debug; returns its lines without the times, once no secret is in them."""

    def run(*words, **environment):
        done = command.run(*words, "--debug", **environment)
        assert done.returncode == 0
        if done.stdout.startswith("{"):
            for name in ("SecretAccessKey", "SessionToken"):
                assert never_printed(json.loads(done.stdout)[name]) not in done.stderr
        return [NO_TIME.sub("", line) for line in done.stderr.splitlines()]

    return run


def of_key(lines, store):
    """Return what was found in the store, in the order in which it was looked at."""
    pattern = rf"<FileStore {store}>, credentials:[0-9a-f]{{8}}: (.*)"
    return [match[1] for match in (re.fullmatch(pattern, line) for line in lines) if match]


def test_the_way_from_the_service_to_the_store_and_out_of_it(debug, game, home):
    store = home / ".aws" / "cognito-credentials"
    lines = debug("process", "--profile", "game")
    assert of_key(lines, store) == ["nothing", "stored"]
    ours = next(i for i, line in enumerate(lines) if line.startswith("The lock of credentials:"))
    id_is_not_there = f"Identity id in <FileStore {store}>: none"
    asked = f"GetId, attempt 1: POST {game}: HTTP 200 in "
    got = f"GetCredentialsForIdentity, attempt 1: POST {game}: HTTP 200 in "
    assert ours < lines.index(id_is_not_there) < lines.index(asked) < lines.index(got)
    assert sum(line.endswith(".json is written") for line in lines) == 2

    lines = debug("process", "--profile", "game")
    (found,) = of_key(lines, store)
    assert re.fullmatch(r"credentials for 3[56]\d\d s more", found)
    assert not any("HTTP" in line for line in lines)


def test_what_is_stored_and_will_not_do(debug, game, home, moved_clock):
    store = home / ".aws" / "cognito-credentials"
    debug("process", "--profile", "game")
    moved_clock.advance(3000)
    lines = debug("process", "--profile", "game", **moved_clock.environment)
    near, *_ = of_key(lines, store)
    assert re.fullmatch(r"credentials near their end: [56]\d\d s of at least 960", near)

    for file in store.glob("*.json"):
        file.write_text("{}")
    lines = debug("process", "--profile", "game")
    assert of_key(lines, store) == ["nothing", "stored"]
    assert any(line.endswith("it is not an entry of a store.") for line in lines)


def test_attempts_that_fail(command, game, never_printed):
    done = command.run(
        *("process", "--profile", "game", "--debug", "--endpoint-url", "http://127.0.0.1:1"),
        AWS_MAX_ATTEMPTS="2",
    )
    lines = [NO_TIME.sub("", line) for line in done.stderr.splitlines()]
    attempts = [line for line in lines if line.startswith("GetId")]
    assert attempts == [
        "GetId, attempt 1: POST http://127.0.0.1:1: transport in ",
        "GetId again in ",
        "GetId, attempt 2: POST http://127.0.0.1:1: transport in ",
    ]
    assert lines[-2].endswith("127.0.0.1:1 refused the connection. Tried 2 times in 0 s.")


def test_a_login_says_where_its_token_is_and_not_what(debug, world, user_login):
    said = world.run("process", "--debug", user_login)
    assert said.status == 0
    lines = [NO_TIME.sub("", line) for line in said.err.splitlines()]
    key, _, file = user_login.removeprefix("--login=").partition("=@")
    assert f"logins = {key} from FileToken('{file}') (option --login)" in lines
    assert lines.index(f"Asking the login {key} (FileToken)") < lines.index(
        f"The login {key} answered in "
    )


@pytest.fixture
def user_login(world):
    return world.sign_in().login


def test_link_and_cache(world, user_login):
    assert world.run("whoami").status == 0
    said = world.run("link", "--debug", "--yes", user_login)
    assert said.status == 0
    assert said.err.count("identity_pool_id = ") == 1
    assert "GetCredentialsForIdentity, attempt 1: POST " in said.err
    assert ".json is written" in said.err  # the user's identity id
    assert ".json is deleted" in said.err  # the guest's
    said = world.run("cache", "clear", "--debug", "--identity-pool-id", world.pool)
    assert re.search(r"cognito-credentials>: \d+ entries, of which \d are meant", said.err)


def test_cache_says_which_pool_a_profile_names(debug, game, guests, home):
    debug("process", "--profile", "game")
    lines = debug("cache", "clear", "--profile", "game")
    of_the_pool = f"identity_pool_id = {guests.pool} (profile game in {home}/.aws/config, line 2)"
    assert of_the_pool in lines
    assert sum(".json is deleted" in line for line in lines) == 1


def test_configure(debug, guests, home):
    lines = debug(
        *("configure", "--profile", "game", "--dry-run", "--identity-pool-id", guests.pool),
        *("--login", "a.b=cmd:get-token --password hunter22"),
    )
    assert f"identity_pool_id = {guests.pool} (option --identity-pool-id)" in lines
    assert "logins = a.b from CommandToken('get-token', …) (option --login)" in lines
    assert f"AWS config file: {home}/.aws/config" in lines
    assert not any("hunter22" in line for line in lines)


@pytest.mark.parametrize("verb", [("exec", "true"), ("export",), ("whoami",), ("doctor",)])
def test_other_verbs(verb, world):
    name, *command = verb
    said = world.run(name, "--debug", *command)
    assert f"identity_pool_id = {world.pool} (environment AWS_COGNITO_IDENTITY_POOL_ID)" in said.err
    assert said.err.count("Endpoint of Amazon Cognito: ") == 1
