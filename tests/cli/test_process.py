"""`process` as AWS tools run it, including concurrent runs and errors."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys

import boto3
import pytest
from harness import GET_CREDENTIALS, GET_ID
from serving import command_line

CONCURRENT_RUNS = 20
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
UNREACHABLE = "http://127.0.0.1:1"


@pytest.fixture
def game(command, guests) -> None:
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )


def write_config(home, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)


def test_process_prints_one_json_document(command, game, guests, never_printed):
    output = command("process", "--profile", "game")
    document = json.loads(output)
    never_printed(document["SecretAccessKey"])
    never_printed(document["SessionToken"])
    assert output.count("\n") == 1
    assert set(document) == {
        *("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"),
    }
    assert document["Version"] == 1
    expiration = datetime.datetime.strptime(document["Expiration"], "%Y-%m-%dT%H:%M:%S%z")
    time_left = expiration - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=50) < time_left <= datetime.timedelta(hours=1)
    assert json.loads(command("process", "--profile", "game")) == document
    assert guests.calls == [GET_ID, GET_CREDENTIALS]


def test_the_document_contains_the_account_if_it_is_configured(command, game, guests):
    document = json.loads(command("process", "--profile", "game", "--account-id", "111122223333"))
    assert document["AccountId"] == "111122223333"


def test_concurrent_runs_make_one_call(command, game, guests):
    processes = [command.start("process", "--profile", "game") for _ in range(CONCURRENT_RUNS)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert {process.returncode for process in processes} == {0}
    assert {err for _, err in outputs} == {""}
    assert len({out for out, _ in outputs}) == 1
    assert guests.calls == [GET_ID, GET_CREDENTIALS]


def test_stored_credentials_are_used_without_a_network(command, short_lived, moved_clock):
    pool = ("process", "--identity-pool-id", short_lived.pool)
    command.environment |= moved_clock.environment
    command.environment["AWS_ENDPOINT_URL"] = short_lived.emulator.endpoint_url
    document = command(*pool)
    # The credentials expire in one minute, and `process` normally fetches new credentials earlier.
    moved_clock.advance(180)
    command.environment |= {"AWS_MAX_ATTEMPTS": "1", "HTTP_PROXY": UNREACHABLE}
    done = command.run(*pool)
    assert (done.returncode, done.stdout) == (0, document)
    assert done.stderr.count("\n") == 1
    # The AWS SDK for C++ adds standard error to the output, which must stay valid JSON.
    assert command.run(*pool, stderr=subprocess.STDOUT).stdout == document
    assert short_lived.calls == [GET_ID, GET_CREDENTIALS]
    moved_clock.advance(300)
    status, what, _ = command.error(*pool)
    assert status == 5
    assert "127.0.0.1:1" in what
    assert what in command.run(*pool, stderr=subprocess.STDOUT).stdout


def test_a_warning_says_that_other_programs_treat_the_credentials_as_expired(
    command, game, guests, moved_clock
):
    command.environment |= moved_clock.environment
    moved_clock.advance(7200)
    done = command.run("process", "--profile", "game")
    expiration = datetime.datetime.fromisoformat(json.loads(done.stdout)["Expiration"])
    assert expiration < datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    assert "120 min" in done.stderr


def test_a_failure_is_reported_completely_if_stderr_is_redirected_to_stdout(command, guests):
    failing = "accounts.google.com=cmd:sh -c 'echo not signed in >&2; exit 3'"
    words = ("process", "--identity-pool-id", guests.pool, "--login", failing)
    output, what, *_ = command.run(*words, stderr=subprocess.STDOUT).stdout.splitlines()
    assert output == "not signed in"
    assert "status 3" in what


# --- errors -----------------------------------------------------------------------------------------


def test_a_config_file_that_cannot_be_parsed(command, home):
    write_config(home, "[profile game]\nregion = us-east-1\n[profile game]\n")
    status, what, step = command.error("process", "--profile", "game")
    assert status == 2
    assert f"{home}/.aws/config" in what
    assert "line 3" in what
    assert "AWS_CONFIG_FILE" in step


def test_process_suggests_the_profile_with_a_similar_name(command, game, home):
    status, what, step = command.error("process", "--profile", "gmae")
    assert status == 2
    assert "'gmae'" in what
    assert "game" in step


def test_process_names_the_unreachable_host(command):
    status, what, step = command.error(
        "process", "--identity-pool-id", POOL, "--endpoint-url", UNREACHABLE
    )
    assert status == 5
    assert "127.0.0.1:1" in what
    assert step


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a directory that no user can write to"
)
def test_a_home_that_cannot_be_written_causes_one_warning(command, guests):
    words = ("process", "--identity-pool-id", guests.pool)
    for subcommand in ("process", "export"):
        done = command.run(
            subcommand, *words[1:], "--endpoint-url", guests.emulator.endpoint_url, HOME="/sys"
        )
        assert done.returncode == 0
        assert "SessionToken" in json.loads(done.stdout)
        (line,) = done.stderr.splitlines()
        assert "PermissionError" in line
        assert "/sys/.aws" in line


def test_a_store_that_other_users_can_read_is_rejected(command, game, home):
    directory = home / ".aws" / "cognito-credentials"
    directory.mkdir()
    directory.chmod(0o755)
    status, what, step = command.error("process", "--profile", "game")
    assert status == 2
    assert str(directory) in what
    assert f"chmod 700 {directory}" in step


def test_process_works_without_filelock(command, game, tmp_path):
    (tmp_path / "filelock.py").write_text("raise ModuleNotFoundError(name='filelock')\n")
    path = command.environment.get("PYTHONPATH", "")
    command.environment["PYTHONPATH"] = f"{tmp_path}:{path}"
    documents = [command("process", "--profile", "game") for _ in range(2)]
    assert "AccessKeyId" in documents[0]
    assert documents[0] == documents[1], "the second process did not read the store"


def test_an_error_of_the_service(command, guests):
    other_pool = guests.pool[:-12] + "000000000000"
    status, what, _ = command.error(
        *("process", "--identity-pool-id", other_pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    assert status == 4
    assert f"ResourceNotFoundException: IdentityPool '{other_pool}' not found." in what


@pytest.mark.parametrize("through", ["itself", "another program"])
def test_a_profile_whose_login_command_uses_the_same_profile_is_rejected(
    command, home, guests, tmp_path, through
):
    ours = f"{sys.executable} -m cognito_credentials process --profile loop"
    runs = tmp_path / "runs"
    program = tmp_path / "program.py"
    program.write_text(
        "import subprocess, sys\n"
        f"open({str(runs)!r}, 'a').write('once ')\n"
        f"sys.exit(subprocess.run({ours.split()!r}).returncode)\n"
    )
    ours = ours if through == "itself" else f"{sys.executable} {program}"
    write_config(
        home,
        f"[profile loop]\ncognito_identity_pool_id = {guests.pool}\n"
        f"endpoint_url = {guests.emulator.endpoint_url}\n"
        f"cognito_logins = accounts.google.com=cmd:{ours}\n",
    )
    done = command.run("process", "--profile", "loop")
    assert (done.returncode, done.stdout) == (3, "")
    # Two errors, each with a next step: one from the login command, one from the outer command.
    loop, loop_step, _, what, *_ = done.stderr.splitlines()
    assert "profile loop" in loop
    assert loop_step.startswith("Next: ")
    assert "status 2" in what
    assert guests.calls == []
    assert through == "itself" or runs.read_text() == "once "
    status, what, _ = command.error(
        "process", "--profile", "loop", _COGNITO_CREDENTIALS_CHAIN="profile loop"
    )
    assert (status, what) == (2, loop.removeprefix("cognito-credentials: "))


def test_debug_output_names_the_source_of_each_setting_and_no_secret(
    command, game, guests, home, never_printed
):
    done = command.run(
        "process", "--profile", "game", "--debug", AWS_MAX_ATTEMPTS="2", AWS_COGNITO_USER="ada"
    )
    assert done.returncode == 0
    document = json.loads(done.stdout)
    source = f"(profile game in {home}/.aws/config, line"
    assert f"identity_pool_id = {guests.pool} {source}" in done.stderr
    assert f"endpoint_url = {guests.emulator.endpoint_url} {source}" in done.stderr
    assert "user = ada (environment variable AWS_COGNITO_USER)" in done.stderr
    assert "max_attempts = 2 (environment variable AWS_MAX_ATTEMPTS)" in done.stderr
    for name in ("SecretAccessKey", "SessionToken"):
        assert never_printed(document[name]) not in done.stderr
    output = command.run("process", "--profile", "nope", "--debug").stderr
    assert "ConfigurationError (configuration)" in output.splitlines()[0]
    assert "Traceback" not in output


@pytest.mark.parametrize("login", [(), ("--login", "login.example.com=cmd:cat")])
def test_standard_input_is_never_read(command, guests, login):
    """Standard input may contain messages for another program, for example for an MCP server."""
    reader, writer = os.pipe()
    try:
        os.write(writer, b"a message")
        process = subprocess.Popen(
            command_line("process", "--identity-pool-id", guests.pool, *login),
            env={**command.environment, "AWS_ENDPOINT_URL": guests.emulator.endpoint_url},
            stdin=reader,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = process.communicate(timeout=60)
        # The login command `cat` prints its input as the token. The input is empty, so no token is printed,
        # and `process` fails.
        assert bool(out) == (process.returncode == 0) == (not login), err
        assert os.read(reader, 100) == b"a message"
    finally:
        os.close(reader)
        os.close(writer)


def test_expiration_account_and_region_reach_boto3(command, guests, monkeypatch):
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url, "--account-id", "111122223333"),
    )
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", command.environment["HOME"])
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{command.environment['HOME']}/.aws/config")
    session = boto3.Session(profile_name="game")
    credentials = session.get_credentials()
    document = json.loads(command("process", "--profile", "game"))
    assert credentials.get_frozen_credentials().access_key == document["AccessKeyId"]
    assert credentials.account_id == document["AccountId"] == "111122223333"
    # `aws configure export-credentials` reads this private attribute.
    assert f"{credentials._expiry_time:%Y-%m-%dT%H:%M:%SZ}" == document["Expiration"]
    assert session.region_name == "us-east-1"
