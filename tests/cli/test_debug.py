"""The output of `--debug`, which shows settings, calls and store access, but no secrets."""

from __future__ import annotations

import json
import re

import pytest
from cli_world import shared_world, world

__all__ = ["shared_world", "world"]


@pytest.fixture
def game(command, guests) -> str:
    """Configure profile `game`, and return the service's URL."""
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    return guests.emulator.endpoint_url


@pytest.fixture
def debug(command, never_printed):
    """Return a function that runs a command with --debug and returns its debug output as lines."""

    def run(*words, **environment):
        done = command.run(*words, "--debug", **environment)
        assert done.returncode == 0
        if done.stdout.startswith("{"):
            for name in ("SecretAccessKey", "SessionToken"):
                assert never_printed(json.loads(done.stdout)[name]) not in done.stderr
        return done.stderr.splitlines()

    return run


def position(lines, pattern):
    """Return the index of the only line that matches a pattern."""
    (index,) = (index for index, line in enumerate(lines) if re.search(pattern, line))
    return index


def store_lines(lines, store):
    """Return the debug messages about the credentials in the store."""
    pattern = rf"<FileStore {store}>, credentials:\S+: (.*)"
    return [match[1] for match in (re.search(pattern, line) for line in lines) if match]


def test_calls_and_store_are_logged_in_their_order(debug, game, home):
    store = home / ".aws" / "cognito-credentials"
    lines = debug("process", "--profile", "game")
    assert len(store_lines(lines, store)) == 2  # One line is for the miss, one for the new record.
    calls = [
        position(lines, rf"{operation}, attempt 1: POST {game}: HTTP 200")
        for operation in ("GetId", "GetCredentialsForIdentity")
    ]
    assert position(lines, r"(?i)lock.* credentials:") < calls[0] < calls[1]
    assert len([line for line in lines if re.search(r"/[a-z0-9+,.-]+\.json", line)]) == 2

    lines = debug("process", "--profile", "game")
    (hit,) = store_lines(lines, store)
    assert re.search(r"\b3[56]\d\d s\b", hit)
    assert not any("HTTP" in line for line in lines)


def test_stored_credentials_that_cannot_be_used_are_logged(debug, game, home, moved_clock):
    store = home / ".aws" / "cognito-credentials"
    debug("process", "--profile", "game")
    moved_clock.advance(3000)
    lines = debug("process", "--profile", "game", **moved_clock.environment)
    assert re.search(r"\b[56]\d\d s\b.*\b960 s\b", store_lines(lines, store)[0])

    for file in store.glob("*.json"):
        file.write_text("{}")
    lines = debug("process", "--profile", "game")
    assert len(store_lines(lines, store)) == 2
    assert len([line for line in lines if re.search(rf"{store}/[a-z0-9+,.-]+\.json", line)]) == 4


def test_failed_attempts_are_logged(command, game):
    done = command.run(
        *("process", "--profile", "game", "--debug", "--endpoint-url", "http://127.0.0.1:1"),
        AWS_MAX_ATTEMPTS="2",
    )
    lines = done.stderr.splitlines()
    attempts = [
        position(lines, rf"GetId, attempt {number}: POST http://127\.0\.0\.1:1: transport")
        for number in (1, 2)
    ]
    # The message about the delay is between the messages about the attempts.
    assert attempts[1] - attempts[0] == 2


def test_a_login_is_logged_by_its_source(world, user_login):
    result = world.run("process", "--debug", user_login)
    assert result.status == 0
    lines = result.err.splitlines()
    provider_name, _, file = user_login.removeprefix("--login=").partition("=@")
    assert f"logins = {provider_name} from FileToken('{file}') (option --login)" in result.err
    position(lines, rf"{provider_name} \(FileToken\)$")


@pytest.fixture
def user_login(world):
    return world.sign_in().login


def test_debug_output_of_link_and_cache_names_settings_and_requests(world, user_login):
    assert world.run("whoami").status == 0
    result = world.run("link", "--debug", "--yes", user_login)
    assert result.status == 0
    assert result.err.count("identity_pool_id = ") == 1
    assert "GetCredentialsForIdentity, attempt 1: POST " in result.err
    assert (
        len(set(re.findall(r"/[a-z0-9+,.-]+\.json", result.err))) == 3
    )  # One file is for the user, one for the guest, one for credentials.
    result = world.run("cache", "clear", "--debug", "--identity-pool-id", world.pool)
    assert re.search(r"cognito-credentials>: \d of \d+ entries selected", result.err)


def test_the_pool_of_a_profile_for_cache(debug, game, guests, home):
    debug("process", "--profile", "game")
    lines = debug("cache", "clear", "--profile", "game")
    source = f"(profile game in {home}/.aws/config, line 2)"
    assert any(line.endswith(f"identity_pool_id = {guests.pool} {source}") for line in lines)


def test_debug_output_of_configure_names_the_source_of_each_setting(debug, guests, home):
    lines = debug(
        *("configure", "--profile", "game", "--dry-run", "--identity-pool-id", guests.pool),
        *("--login", "a.b=cmd:get-token --password hunter22"),
    )
    position(lines, rf"identity_pool_id = {guests.pool} \(option --identity-pool-id\)$")
    position(lines, r"logins = a\.b from CommandToken\('get-token', …\) \(option --login\)$")
    position(lines, rf"{home}/\.aws/config$")
    assert not any("hunter22" in line for line in lines)


@pytest.mark.parametrize("words", [("exec", "true"), ("export",), ("whoami",), ("doctor",)])
def test_every_subcommand_prints_debug_output(words, world):
    name, *command = words
    result = world.run(name, "--debug", *command)
    source = "(environment variable AWS_COGNITO_IDENTITY_POOL_ID)"
    assert f"identity_pool_id = {world.pool} {source}" in result.err
    assert result.err.count(world.emulator.endpoint_url) >= 1
