"""`doctor` and `explain` as processes, against the emulator: what is wrong is what gets the cross."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from emulated_account import Account, UserPool

from cognito_credentials.emulator import Emulator

TRUST_ACTION = "sts:AssumeRoleWithWebIdentity"


@dataclass
class Examined:
    """What `doctor` printed."""

    status: int
    text: str

    @property
    def crosses(self) -> dict[str, str]:
        """Each check that failed, with its text and what is below it: the fix, and a policy."""
        found: dict[str, str] = {}
        check = ""
        for line in self.text.splitlines():
            if line[:1] in {"✓", "✗", "-"}:
                check = line[2:18].strip() if line[0] == "✗" else ""
            if check and line:
                found[check] = f"{found.get(check, '')}{line}\n"
        return found

    @property
    def ticks(self) -> set[str]:
        return {line[2:18].strip() for line in self.text.splitlines() if line[:1] == "✓"}

    @property
    def dashes(self) -> set[str]:
        return {line[2:18].strip() for line in self.text.splitlines() if line[:2] == "- "}


def command(
    *words: str, before: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "cognito_credentials", *words],
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def examine(
    emulator: Emulator, *words: str, before: tuple[str, ...] = (), **environment: str
) -> Examined:
    words = ("doctor", "--endpoint-url", emulator.endpoint_url, *words)
    done = command(*words, before=before, **environment)
    assert done.stderr == ""
    return Examined(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Account:
    return Account(emulator)


@pytest.fixture(scope="module")
def users(account: Account) -> UserPool:
    pool = account.user_pool()
    pool.sign_up("ada")
    return pool


@pytest.fixture(scope="module")
def guests(account: Account) -> str:
    """A pool in which everything is right for guests."""
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    return pool


def pool_for(account: Account, users: UserPool, client_id: str = "") -> str:
    """Make a pool in which everything is right for those who sign in."""
    provider = {"ProviderName": users.provider, "ClientId": client_id or users.client_id}
    pool = account.pool(AllowUnauthenticatedIdentities=False, CognitoIdentityProviders=[provider])
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


@pytest.fixture(scope="module")
def tokens(users: UserPool, never_printed: Callable[[str], str]) -> dict[str, str]:
    found = users.sign_in("ada")
    for name in ("IdToken", "AccessToken"):
        never_printed(found[name])
    return found


# --- where nothing is wrong ------------------------------------------------------------------


def test_a_guest_is_made_once_and_stored(emulator: Emulator, guests: str) -> None:
    first = examine(emulator, "--identity-pool-id", guests)
    assert (first.status, first.crosses) == (0, {})
    assert {"pool", "guests", "identity", "role", "credentials", "clock", "DNS"} <= first.ticks
    assert "a new guest identity was made" in first.text
    seen = len(emulator.calls)
    second = examine(emulator, "--identity-pool-id", guests)
    assert (second.status, second.ticks) == (0, first.ticks)
    assert "from the store" in second.text
    # The first GetId names no pool: it is how the service is asked whether it is there.
    assert [(call.operation, call.status) for call in emulator.calls[seen:]] == [
        ("GetId", 400),
        ("GetCredentialsForIdentity", 200),
    ]


def test_a_user_and_where_each_value_came_from(
    emulator: Emulator, account: Account, users: UserPool, tokens: dict[str, str], home: Path
) -> None:
    pool = pool_for(account, users)
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        f"[profile game]\ncognito_identity_pool_id = {pool}\n"
        f"cognito_logins =\n  {users.provider} = env:TOKEN\nendpoint_url = {emulator.endpoint_url}\n"
    )
    done = command("doctor", "--profile", "game", "--json", TOKEN=tokens["IdToken"])
    rows = {row["check"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert not [row for row in rows.values() if row["result"] == "failed"]
    assert rows["identity_pool_id"]["text"] == f"{pool}  (profile game in {config}, line 2)"
    assert rows["logins"]["text"] == f"{users.provider}  (profile game in {config}, line 3)"
    assert rows["endpoint"]["text"] == (
        f"{emulator.endpoint_url}  (profile game in {config}, line 5)"
    )
    assert users.client_id in rows["login kind"]["text"]
    assert users.client_id in rows["login audience"]["text"]
    assert "minutes are left" in rows["login expiry"]["text"]
    assert rows["TLS"]["result"] == "not checked"


def test_the_basic_flow_is_checked_at_sts_too(emulator: Emulator, account: Account) -> None:
    pool = account.pool()
    role = account.role(pool, amr="unauthenticated")
    found = examine(emulator, "--identity-pool-id", pool, "--role-arn", role)
    assert (found.status, found.crosses) == (0, {})
    assert {"STS connection", "basic flow", "role"} <= found.ticks


# --- what is wrong at the service ------------------------------------------------------------


def test_a_pool_of_another_region(emulator: Emulator, guests: str) -> None:
    pool = guests.replace("us-east-1", "eu-west-1")
    found = examine(emulator, "--identity-pool-id", pool)
    assert (found.status, list(found.crosses)) == (1, ["pool"])
    assert f"IdentityPool '{pool}' not found." in found.crosses["pool"]
    assert "Fix: Check the id: the pool was deleted, or is not in eu-west-1" in found.text
    assert {"guests", "identity", "role", "credentials"} <= found.dashes
    assert "not checked, because pool failed" in found.text


def test_a_pool_without_guests(emulator: Emulator, account: Account) -> None:
    pool = account.pool(AllowUnauthenticatedIdentities=False)
    found = examine(emulator, "--identity-pool-id", pool)
    assert (found.status, list(found.crosses)) == (1, ["guests"])
    assert "switch guest access on" in found.crosses["guests"]
    assert "pool" in found.ticks
    assert "identity" in found.dashes


def test_a_role_that_does_not_trust_the_pool(emulator: Emulator, account: Account) -> None:
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="authenticated"))
    found = examine(emulator, "--identity-pool-id", pool)
    assert (found.status, list(found.crosses)) == (1, ["role"])
    assert {"pool", "guests", "identity"} <= found.ticks
    paste = found.crosses["role"]
    assert "InvalidIdentityPoolConfigurationException" in paste
    # What is printed is what mends it.
    mended = account.role(pool, trust=json.loads(paste[paste.index("{") :])["Statement"][0])
    account.set_roles(pool, unauthenticated=mended)
    assert examine(emulator, "--identity-pool-id", pool).status == 0


def test_a_role_that_sts_refuses(emulator: Emulator, account: Account, guests: str) -> None:
    pool = account.pool()
    role = account.role(guests, amr="unauthenticated")
    done = command(
        "doctor", "--endpoint-url", emulator.endpoint_url, "--identity-pool-id", pool,
        "--role-arn", role, "--json",
    )  # fmt: skip
    (row,) = [row for row in json.loads(done.stdout) if row["result"] == "failed"]
    assert (done.returncode, row["check"], row["reason"]) == (1, "role", "access-denied")
    assert f"Give {role} this trust policy" in row["fix"]
    (statement,) = row["policy"]["Statement"]
    assert statement["Action"] == [TRUST_ACTION]
    assert pool in statement["Condition"]["StringEquals"].values()


def test_a_pool_without_the_basic_flow(emulator: Emulator, account: Account) -> None:
    pool = account.pool(AllowClassicFlow=False)
    role = account.role(pool, amr="unauthenticated")
    found = examine(emulator, "--identity-pool-id", pool, "--role-arn", role)
    assert (found.status, list(found.crosses)) == (1, ["basic flow"])
    assert "AllowClassicFlow" in found.crosses["basic flow"]
    assert "role" in found.dashes


def test_an_identity_that_is_gone(emulator: Emulator, guests: str) -> None:
    identity = f"{guests[:-4]}0000"
    found = examine(emulator, "--identity-id", identity)
    assert (found.status, list(found.crosses)) == (1, ["identity"])
    assert f"Identity '{identity}' not found." in found.text
    assert "guests" in found.dashes


# --- logins ----------------------------------------------------------------------------------


def test_a_token_that_cannot_be_had(emulator: Emulator, account: Account, users: UserPool) -> None:
    seen = len(emulator.calls)
    found = examine(
        emulator, "--identity-pool-id", pool_for(account, users), "--login",
        f"{users.provider}=env:NOT_THERE",
    )  # fmt: skip
    assert (found.status, list(found.crosses)) == (1, ["login token"])
    assert "'NOT_THERE' is not set" in found.text
    assert "Fix: Set that variable to the token of login" in found.text
    assert "GetCredentialsForIdentity" not in {call.operation for call in emulator.calls[seen:]}


@pytest.mark.parametrize(
    ("given", "check", "fix"),
    [
        ("an-opaque-token", "login kind", "Pass the ID token"),
        ("AccessToken", "login kind", "Pass the ID token"),
    ],
)
def test_what_is_no_id_token(
    emulator: Emulator,
    guests: str,
    users: UserPool,
    tokens: dict[str, str],
    never_printed: Callable[[str], str],
    given: str,
    check: str,
    fix: str,
) -> None:
    token = tokens.get(given, given)
    never_printed(token)
    words = ("--identity-pool-id", guests, "--login", f"{users.provider}=env:TOKEN")
    found = examine(emulator, *words, TOKEN=token)
    assert token not in found.text
    assert (found.status, list(found.crosses)) == (1, [check])
    assert fix in found.crosses[check]
    assert {"login issuer", "login expiry", "pool", "credentials"} <= found.dashes


def test_a_key_that_is_not_the_issuer(
    emulator: Emulator, guests: str, users: UserPool, tokens: dict[str, str]
) -> None:
    words = ("--identity-pool-id", guests, "--login", f"{users.provider}x=env:TOKEN")
    found = examine(emulator, *words, TOKEN=tokens["IdToken"])
    assert (found.status, list(found.crosses)) == (1, ["login issuer"])
    assert f"Write the login as '{users.provider}'" in found.crosses["login issuer"]
    assert "login kind" in found.ticks


def test_an_app_client_that_the_pool_does_not_know(
    emulator: Emulator, account: Account, users: UserPool, tokens: dict[str, str]
) -> None:
    pool = pool_for(account, users, client_id="another")
    words = ("--identity-pool-id", pool, "--login", f"{users.provider}=env:TOKEN")
    found = examine(emulator, *words, TOKEN=tokens["IdToken"])
    assert (found.status, list(found.crosses)) == (1, ["login audience"])
    assert f"with client id (aud) '{users.client_id}'" in found.crosses["login audience"]
    assert {"pool", "login kind", "login issuer", "login expiry"} <= found.ticks
    assert "login accepted" in found.dashes


@pytest.fixture(scope="module")
def yesterdays_emulator() -> Any:
    with Emulator(account_id="444455558888") as running:
        yield running


def test_a_token_that_has_expired(
    yesterdays_emulator: Emulator, never_printed: Callable[[str], str]
) -> None:
    emulator = yesterdays_emulator
    emulator.clock.advance(-7200)
    account = Account(emulator)
    users = account.user_pool()
    users.sign_up("ada")
    token = never_printed(users.sign_in("ada")["IdToken"])
    pool = pool_for(account, users)
    emulator.clock.advance(7200)
    words = ("--identity-pool-id", pool, "--login", f"{users.provider}=env:TOKEN")
    found = examine(emulator, *words, TOKEN=token)
    assert (found.status, list(found.crosses)) == (1, ["login expiry"])
    assert "Sign in again, and let the file, variable or command" in found.crosses["login expiry"]


# --- the way there, and this machine ---------------------------------------------------------


@pytest.mark.parametrize(("seconds", "how"), [(600, "behind"), (-600, "ahead of")])
def test_a_clock_that_is_wrong(yesterdays_emulator: Emulator, seconds: float, how: str) -> None:
    emulator = yesterdays_emulator
    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    emulator.clock.advance(seconds)
    found = examine(emulator, "--identity-pool-id", pool)
    emulator.clock.advance(-seconds)
    assert (found.status, list(found.crosses)) == (1, ["clock"])
    assert f" s {how} the service's" in found.crosses["clock"]
    assert "Fix: Set the clock" in found.crosses["clock"]
    assert "credentials" in found.ticks


def test_a_port_on_which_nothing_listens(emulator: Emulator, guests: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    found = examine(emulator, "--identity-pool-id", guests, "--endpoint-url", url)
    assert (found.status, list(found.crosses)) == (1, ["connection"])
    assert "refused the connection" in found.crosses["connection"]
    assert "Fix: Nothing listens there: check endpoint_url" in found.crosses["connection"]
    assert {"TLS", "answer", "clock", "pool", "credentials"} <= found.dashes


def test_tls_to_a_port_without_it(emulator: Emulator, guests: str) -> None:
    url = emulator.endpoint_url.replace("http:", "https:")
    found = examine(emulator, "--identity-pool-id", guests, "--endpoint-url", url)
    assert (found.status, list(found.crosses)) == (1, ["TLS"])
    assert "speaks https on this port" in found.crosses["TLS"]
    assert "connection" in found.ticks


def test_a_proxy_that_does_not_answer(
    emulator: Emulator, guests: str, never_printed: Callable[[str], str]
) -> None:
    password = never_printed("proxy-password-9")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = examine(
        emulator,
        "--identity-pool-id",
        guests,
        http_proxy=f"http://user:{password}@127.0.0.1:{port}",
    )
    assert password not in found.text
    assert (found.status, list(found.crosses)) == (1, ["connection"])
    assert f"through the proxy 127.0.0.1:{port}" in found.crosses["connection"]
    assert "NO_PROXY" in found.crosses["connection"]
    assert "(environment http_proxy)" in found.text


def test_a_config_file_that_is_broken(emulator: Emulator, guests: str, home: Path) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text("[profile game]\nthis is nothing\n")
    found = examine(emulator, "--profile", "game", "--identity-pool-id", guests)
    assert (found.status, list(found.crosses)) == (1, ["configuration"])
    assert f"{config} is broken at line 2" in found.crosses["configuration"]
    assert "Fix: Correct it, or set AWS_CONFIG_FILE" in found.text
    assert {"network", "pool", "credentials"} <= found.dashes


def test_a_store_that_others_may_enter(emulator: Emulator, guests: str, home: Path) -> None:
    folder = home / ".aws" / "cognito-credentials"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    seen = len(emulator.calls)
    found = examine(emulator, "--identity-pool-id", guests)
    assert (found.status, list(found.crosses)) == (1, ["store"])
    assert f"Fix: Close it with: chmod 700 {folder}" in found.text
    assert {"identity", "credentials"} <= found.dashes
    assert "not checked, because the store failed" in found.text
    # A guest's identity that cannot be stored is not made.
    assert [call.status for call in emulator.calls[seen:]] == [400]


def test_a_store_that_cannot_be_written(emulator: Emulator, guests: str) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("where a folder that nobody may write is not known")
    found = examine(emulator, "--identity-pool-id", guests, HOME="/proc/self")
    assert (found.status, list(found.crosses)) == (1, ["store"])
    assert "cannot be written" in found.crosses["store"]
    assert "a guest is somebody new each time" in found.crosses["store"]
    assert "a new guest identity was made, and cannot be stored" in found.text
    assert "credentials" in found.ticks


def test_a_store_that_can_only_be_read(emulator: Emulator, guests: str) -> None:
    if which("prlimit") is None:
        pytest.skip("prlimit of util-linux is not here")
    assert examine(emulator, "--identity-pool-id", guests).status == 0
    # As on a disk that is full: a mode would not keep root from writing.
    found = examine(emulator, "--identity-pool-id", guests, before=("prlimit", "--fsize=0"))
    assert (found.status, list(found.crosses)) == (1, ["store"])
    assert "from the store" in found.text


def test_a_profile_without_a_process_is_no_failure(
    emulator: Emulator, guests: str, home: Path
) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(f"[profile game]\ncognito_identity_pool_id = {guests}\n")
    found = examine(emulator, "--profile", "game")
    assert (found.status, found.crosses) == (0, {})
    assert "AWS process" in found.dashes
    assert "Fix: cognito-credentials configure --profile game  unless" in found.text
    assert found.text.endswith("checks passed. See the fix of AWS process, too.\n")


def test_who_is_not_signed_in_hears_of_all_the_rest(home: Path) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        "[profile game]\ncognito_identity_pool_id = us-east-1:1699ebc0-7900-4099-b910-2df94f52a030\n"
        "cognito_issuer = https://login.example\ncognito_client_id = app\n"
        "credential_process = /none/cognito-credentials process --profile game\n"
    )
    done = command("doctor", "--profile", "game")
    found = Examined(done.returncode, done.stdout)
    assert list(found.crosses) == ["session", "AWS process", "AWS region"]
    assert "- network          not checked, because session failed" in found.text


# --- explain ---------------------------------------------------------------------------------


def test_explain_reads_an_argument_or_standard_input(never_printed: Callable[[str], str]) -> None:
    token = never_printed("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl")
    text = f"botocore.errorfactory.NotAuthorizedException: Logins don\u2019t match. {token}"
    told = command("explain", text)
    assert told.returncode == 0
    assert told.stdout.endswith("\nReason: logins-mismatch\n")
    read = subprocess.run(
        [sys.executable, "-m", "cognito_credentials", "explain", "-"],
        input=f"{token}\nwhat nobody ever said\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (read.returncode, read.stderr) == (1, "")
    assert read.stdout.startswith("This text is not known.")
    # Who has the wheel has no folder of documentation.
    assert "docs/" not in told.stdout + read.stdout
    assert token not in told.stdout + read.stdout
