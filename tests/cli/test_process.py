"""`process` as an AWS tool runs it: many at once, and what it says when it cannot."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import pytest
from harness import GET_CREDENTIALS, GET_ID

CROWD = 50
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
NO_ADDRESS = "http://127.0.0.1:1"


@pytest.fixture
def game(command, guests) -> None:
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )


def write_config(home, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)


def test_the_document(command, game, guests, never_printed):
    printed = command("process", "--profile", "game")
    document = json.loads(printed)
    never_printed(document["SecretAccessKey"])
    never_printed(document["SessionToken"])
    assert printed.count("\n") == 1
    assert set(document) == {
        *("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"),
    }
    assert document["Version"] == 1
    expiration = datetime.datetime.strptime(document["Expiration"], "%Y-%m-%dT%H:%M:%S%z")
    left = expiration - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=50) < left <= datetime.timedelta(hours=1)
    assert json.loads(command("process", "--profile", "game")) == document
    assert guests.calls == [GET_ID, GET_CREDENTIALS]


def test_the_account_where_it_is_known(command, game, guests):
    document = json.loads(command("process", "--profile", "game", "--account-id", "111122223333"))
    assert document["AccountId"] == "111122223333"


def test_fifty_at_once_ask_once(command, game, guests):
    crowd = [command.start("process", "--profile", "game") for _ in range(CROWD)]
    printed = [process.communicate(timeout=60) for process in crowd]
    assert {process.returncode for process in crowd} == {0}
    assert {err for _, err in printed} == {""}
    assert len({out for out, _ in printed}) == 1
    assert guests.calls == [GET_ID, GET_CREDENTIALS]


def test_what_is_left_goes_on_without_a_network(command, short_lived, moved_clock):
    pool = ("process", "--identity-pool-id", short_lived.pool)
    command.environment |= moved_clock.environment
    command.environment["AWS_ENDPOINT_URL"] = short_lived.emulator.endpoint_url
    printed = command(*pool)
    # Of the four minutes that they live one is left, which is less than is wanted.
    moved_clock.advance(180)
    command.environment |= {"AWS_MAX_ATTEMPTS": "1", "HTTP_PROXY": NO_ADDRESS}
    done = command.run(*pool)
    assert (done.returncode, done.stdout) == (0, printed)
    assert "those at hand are good for" in done.stderr
    # As the AWS SDK for C++ runs it, which would read the warning as part of the document.
    assert command.run(*pool, stderr=subprocess.STDOUT).stdout == printed
    assert short_lived.calls == [GET_ID, GET_CREDENTIALS]
    moved_clock.advance(300)
    status, what, _ = command.error(*pool)
    assert status == 5
    assert "127.0.0.1:1" in what
    assert what in command.run(*pool, stderr=subprocess.STDOUT).stdout


def test_a_failure_is_told_with_all_that_was_said_before_it_in_one_stream_too(command, guests):
    failing = "accounts.google.com=cmd:sh -c 'echo not signed in >&2; exit 3'"
    words = ("process", "--identity-pool-id", guests.pool, "--login", failing)
    told = command.run(*words, stderr=subprocess.STDOUT).stdout.splitlines()
    assert told[0] == "not signed in"
    assert told[1].endswith("the command 'sh' ended with status 3")


# --- what can be wrong ----------------------------------------------------------------------------


def test_a_broken_config_file(command, home):
    write_config(home, "[profile game]\nregion = us-east-1\n[profile game]\n")
    status, what, step = command.error("process", "--profile", "game")
    assert status == 2
    assert f"{home}/.aws/config" in what
    assert "line 3:" in what
    assert "AWS_CONFIG_FILE" in step


def test_an_unknown_profile(command, game, home):
    status, what, step = command.error("process", "--profile", "gmae")
    assert status == 2
    assert what.startswith("profile 'gmae' (option --profile) ")
    assert "game" in step


def test_no_network(command):
    status, what, step = command.error(
        "process", "--identity-pool-id", POOL, "--endpoint-url", NO_ADDRESS
    )
    assert status == 5
    assert what == "127.0.0.1:1 refused the connection. Tried 3 times in 0 s."
    assert step


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder that none can write")
def test_a_home_that_cannot_be_written_costs_the_store_and_one_line(command, guests):
    words = ("process", "--identity-pool-id", guests.pool)
    for verb in (words, ("export", *words[1:])):
        done = command.run(*verb, "--endpoint-url", guests.emulator.endpoint_url, HOME="/sys")
        assert done.returncode == 0
        assert "SessionToken" in json.loads(done.stdout)
        (line,) = done.stderr.splitlines()
        assert line.startswith("The store failed with PermissionError (")
        assert ": /sys/.aws): going on without it. " in line
        assert "a guest whose identity is not stored gets a new one each time" in line
        assert line.endswith("Let this user write there, or set HOME to a folder of its own.")


def test_a_store_that_another_user_can_read(command, game, home):
    folder = home / ".aws" / "cognito-credentials"
    folder.mkdir()
    folder.chmod(0o755)
    status, what, step = command.error("process", "--profile", "game")
    assert status == 2
    assert what == f"the folder '{folder}' can be entered by other users"
    assert step == f"Close it with: chmod 700 {folder}"


def test_without_filelock(command, game, tmp_path):
    (tmp_path / "filelock.py").write_text("raise ModuleNotFoundError(name='filelock')\n")
    path = command.environment.get("PYTHONPATH", "")
    status, what, step = command.error(
        "process", "--profile", "game", PYTHONPATH=f"{tmp_path}:{path}"
    )
    assert (status, what) == (2, "filelock is not installed")
    assert step == 'Install it with: pip install "cognito-credentials[file]"'


def test_a_refusal(command, guests):
    other_pool = guests.pool[:-12] + "000000000000"
    status, what, _ = command.error(
        *("process", "--identity-pool-id", other_pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    assert status == 4
    assert what == (
        f"GetId failed with ResourceNotFoundException: IdentityPool '{other_pool}' not found."
    )


@pytest.mark.parametrize("through", ["itself", "another program"])
def test_a_profile_that_uses_itself_is_stopped(command, home, guests, tmp_path, through):
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
    # What the command said, and then what became of it.
    inner_message, inner_step, message, _ = done.stderr.splitlines()
    assert inner_message.startswith("cognito-credentials: loop: ")
    assert inner_step.startswith("Next: ")
    assert "status 2" in message
    assert guests.calls == []
    assert through == "itself" or runs.read_text() == "once "
    status, message, _ = command.error(
        "process", "--profile", "loop", _COGNITO_CREDENTIALS_CHAIN="profile loop"
    )
    assert status == 2
    assert message.startswith("loop: ")


def test_debug_tells_each_value_and_its_source_and_no_secret(
    command, game, guests, home, never_printed
):
    done = command.run(
        "process", "--profile", "game", "--debug", AWS_MAX_ATTEMPTS="2", AWS_COGNITO_USER="ada"
    )
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert (
        f"identity_pool_id = {guests.pool} (profile game in {home}/.aws/config, line" in done.stderr
    )
    assert (
        f"endpoint_url = {guests.emulator.endpoint_url} (profile game in {home}/.aws/config, line"
        in done.stderr
    )
    assert "user = ada (environment AWS_COGNITO_USER)" in done.stderr
    assert "max_attempts = 2 (environment AWS_MAX_ATTEMPTS)" in done.stderr
    for name in ("SecretAccessKey", "SessionToken"):
        assert never_printed(document[name]) not in done.stderr
    said = command.run("process", "--profile", "nope", "--debug").stderr
    assert said.startswith("failed with ConfigurationError (configuration)\n")
    assert "Traceback" not in said
