"""`doctor` and `explain` in child processes, with the emulator as the service."""

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
class Diagnosis:
    """The exit status and output of `doctor`."""

    status: int
    text: str

    @property
    def failed(self) -> dict[str, str]:
        """The lines about each failed check: result, fix and suggested policy."""
        found: dict[str, str] = {}
        check = ""
        for line in self.text.splitlines():
            if line[:1] in {"✓", "✗", "-"}:
                check = line[2:18].strip() if line[0] == "✗" else ""
            if check and line:
                found[check] = f"{found.get(check, '')}{line}\n"
        return found

    @property
    def passed(self) -> set[str]:
        return {line[2:18].strip() for line in self.text.splitlines() if line[:1] == "✓"}

    @property
    def not_checked(self) -> set[str]:
        return {line[2:18].strip() for line in self.text.splitlines() if line[:2] == "- "}


def run_command(
    *words: str, prefix: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, "-m", "cognito_credentials", *words],
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def diagnose(
    emulator: Emulator, *words: str, prefix: tuple[str, ...] = (), **environment: str
) -> Diagnosis:
    words = ("doctor", "--endpoint-url", emulator.endpoint_url, *words)
    done = run_command(*words, prefix=prefix, **environment)
    assert done.stderr == ""
    return Diagnosis(done.returncode, done.stdout)


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
    """Return an identity pool that is configured correctly for guests."""
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    return pool


def pool_for(account: Account, users: UserPool, client_id: str = "") -> str:
    """Create an identity pool that is configured correctly for signed-in users."""
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


# --- no problems -----------------------------------------------------------------------------


def test_a_guest_identity_is_created_once_and_stored(emulator: Emulator, guests: str) -> None:
    first = diagnose(emulator, "--identity-pool-id", guests)
    assert (first.status, first.failed) == (0, {})
    assert {
        "identity pool",
        "guest access",
        "identity ID",
        "role",
        "credentials",
        "clock",
        "DNS",
    } <= first.passed
    assert "new guest identity" in first.text
    seen = len(emulator.calls)
    second = diagnose(emulator, "--identity-pool-id", guests)
    assert (second.status, second.passed) == (0, first.passed)
    assert "new guest identity" not in second.text
    # `doctor` calls GetId without an identity pool to check that the service responds.
    assert [(call.operation, call.status) for call in emulator.calls[seen:]] == [
        ("GetId", 400),
        ("GetCredentialsForIdentity", 200),
    ]


def test_every_setting_of_a_user_is_reported_with_its_source(
    emulator: Emulator, account: Account, users: UserPool, tokens: dict[str, str], home: Path
) -> None:
    pool = pool_for(account, users)
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        f"[profile game]\ncognito_identity_pool_id = {pool}\n"
        f"cognito_logins =\n  {users.provider} = env:TOKEN\nendpoint_url = {emulator.endpoint_url}\n"
    )
    done = run_command("doctor", "--profile", "game", "--json", TOKEN=tokens["IdToken"])
    results = {result["check"]: result for result in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert not [result for result in results.values() if result["result"] == "failed"]
    assert results["identity_pool_id"]["text"] == f"{pool}  (profile game in {config}, line 2)"
    assert results["logins"]["text"] == f"{users.provider}  (profile game in {config}, line 3)"
    assert results["endpoint"]["text"] == (
        f"{emulator.endpoint_url}  (profile game in {config}, line 5)"
    )
    assert users.client_id in results["token type"]["text"]
    assert users.client_id in results["token audience"]["text"]
    assert results["token expiry"]["result"] == "passed"
    assert results["TLS"]["result"] == "not checked"


def test_the_basic_flow_includes_checks_of_sts(emulator: Emulator, account: Account) -> None:
    pool = account.pool()
    role = account.role(pool, amr="unauthenticated")
    diagnosis = diagnose(emulator, "--identity-pool-id", pool, "--role-arn", role)
    assert (diagnosis.status, diagnosis.failed) == (0, {})
    assert {"STS connection", "basic flow", "role"} <= diagnosis.passed


# --- problems of the identity pool -----------------------------------------------------------


def test_a_missing_identity_pool_fails(emulator: Emulator, guests: str) -> None:
    pool = guests.replace("us-east-1", "eu-west-1")
    diagnosis = diagnose(emulator, "--identity-pool-id", pool)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["identity pool"])
    assert f"IdentityPool '{pool}' not found." in diagnosis.failed["identity pool"]
    assert "Fix: " in diagnosis.failed["identity pool"]
    assert {"guest access", "identity ID", "role", "credentials"} <= diagnosis.not_checked


def test_an_identity_pool_without_guest_access_fails(emulator: Emulator, account: Account) -> None:
    pool = account.pool(AllowUnauthenticatedIdentities=False)
    diagnosis = diagnose(emulator, "--identity-pool-id", pool)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["guest access"])
    assert "Fix: " in diagnosis.failed["guest access"]
    assert "identity pool" in diagnosis.passed
    assert "identity ID" in diagnosis.not_checked


def test_a_role_without_trust_fails_and_the_printed_policy_fixes_it(
    emulator: Emulator, account: Account
) -> None:
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="authenticated"))
    diagnosis = diagnose(emulator, "--identity-pool-id", pool)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["role"])
    assert {"identity pool", "guest access", "identity ID"} <= diagnosis.passed
    output = diagnosis.failed["role"]
    assert "InvalidIdentityPoolConfigurationException" in output
    start = output.index("\n                   {")
    policy, _ = json.JSONDecoder().raw_decode(output[start:].lstrip())
    account.set_roles(pool, unauthenticated=account.role(pool, trust=policy["Statement"][0]))
    assert diagnose(emulator, "--identity-pool-id", pool).status == 0


def test_a_role_that_sts_rejects_fails_with_a_trust_policy(
    emulator: Emulator, account: Account, guests: str
) -> None:
    pool = account.pool()
    role = account.role(guests, amr="unauthenticated")
    done = run_command(
        "doctor", "--endpoint-url", emulator.endpoint_url, "--identity-pool-id", pool,
        "--role-arn", role, "--json",
    )  # fmt: skip
    (result,) = [result for result in json.loads(done.stdout) if result["result"] == "failed"]
    assert (done.returncode, result["check"], result["reason"]) == (1, "role", "access-denied")
    assert role in result["fix"]
    (statement,) = result["policy"]["Statement"]
    assert statement["Action"] == [TRUST_ACTION]
    assert pool in statement["Condition"]["StringEquals"].values()


def test_an_identity_pool_without_the_basic_flow_fails(
    emulator: Emulator, account: Account
) -> None:
    pool = account.pool(AllowClassicFlow=False)
    role = account.role(pool, amr="unauthenticated")
    diagnosis = diagnose(emulator, "--identity-pool-id", pool, "--role-arn", role)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["basic flow"])
    assert "AllowClassicFlow" in diagnosis.failed["basic flow"]
    assert "role" in diagnosis.not_checked


def test_a_deleted_identity_fails(emulator: Emulator, guests: str) -> None:
    identity = f"{guests[:-4]}0000"
    diagnosis = diagnose(emulator, "--identity-id", identity)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["identity ID"])
    assert f"Identity '{identity}' not found." in diagnosis.text
    assert "guest access" in diagnosis.not_checked


# --- login tokens ----------------------------------------------------------------------------


def test_a_missing_token_fails(emulator: Emulator, account: Account, users: UserPool) -> None:
    seen = len(emulator.calls)
    diagnosis = diagnose(
        emulator, "--identity-pool-id", pool_for(account, users), "--login",
        f"{users.provider}=env:NOT_THERE",
    )  # fmt: skip
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["login token"])
    assert "NOT_THERE" in diagnosis.text
    assert "Fix: " in diagnosis.failed["login token"]
    assert "GetCredentialsForIdentity" not in {call.operation for call in emulator.calls[seen:]}


@pytest.mark.parametrize("name", ["an-opaque-token", "AccessToken"])
def test_a_token_of_another_type_than_an_id_token_fails(
    emulator: Emulator,
    guests: str,
    users: UserPool,
    tokens: dict[str, str],
    never_printed: Callable[[str], str],
    name: str,
) -> None:
    token = tokens.get(name, name)
    never_printed(token)
    words = ("--identity-pool-id", guests, "--login", f"{users.provider}=env:TOKEN")
    diagnosis = diagnose(emulator, *words, TOKEN=token)
    assert token not in diagnosis.text
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["token type"])
    assert "Fix: " in diagnosis.failed["token type"]
    assert {"token issuer", "token expiry", "identity pool", "credentials"} <= diagnosis.not_checked


def test_a_login_provider_name_that_is_not_the_issuer_fails(
    emulator: Emulator, guests: str, users: UserPool, tokens: dict[str, str]
) -> None:
    words = ("--identity-pool-id", guests, "--login", f"{users.provider}x=env:TOKEN")
    diagnosis = diagnose(emulator, *words, TOKEN=tokens["IdToken"])
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["token issuer"])
    assert f"'{users.provider}'" in diagnosis.failed["token issuer"]
    assert "token type" in diagnosis.passed


def test_an_app_client_that_is_not_in_the_identity_pool_fails(
    emulator: Emulator, account: Account, users: UserPool, tokens: dict[str, str]
) -> None:
    pool = pool_for(account, users, client_id="another")
    words = ("--identity-pool-id", pool, "--login", f"{users.provider}=env:TOKEN")
    diagnosis = diagnose(emulator, *words, TOKEN=tokens["IdToken"])
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["token audience"])
    assert f"'{users.client_id}'" in diagnosis.failed["token audience"]
    assert {"identity pool", "token type", "token issuer", "token expiry"} <= diagnosis.passed
    assert "token accepted" in diagnosis.not_checked


@pytest.fixture(scope="module")
def own_emulator() -> Any:
    with Emulator(account_id="444455558888") as running:
        yield running


def test_stored_credentials_that_a_restarted_emulator_rejects_fail(tmp_path: Path) -> None:
    pool = "us-east-1:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    declared = f'[[identity_pools]]\nid = "{pool}"\nname = "game"\nguests = []\n'
    config, state = tmp_path / "emulator.toml", tmp_path / "emulator.db"
    config.write_text(declared, encoding="utf-8")
    settings = {"account_id": "444455557777", "config_file": config, "state_file": state}
    options = ("--identity-pool-id", pool)
    with Emulator(**settings) as emulator:
        port, url = emulator.port, emulator.endpoint_url
        assert run_command("process", "--endpoint-url", url, *options).returncode == 0
        assert "stored keys" in diagnose(emulator, *options).passed
    with Emulator(port=port, **settings) as emulator:
        done = diagnose(emulator, *options)
    assert (done.status, done.failed.keys()) == (1, {"stored keys"})
    assert "whoami" in done.failed["stored keys"]


def test_an_expired_token_fails(
    own_emulator: Emulator, never_printed: Callable[[str], str]
) -> None:
    emulator = own_emulator
    emulator.clock.advance(-7200)
    account = Account(emulator)
    users = account.user_pool()
    users.sign_up("ada")
    token = never_printed(users.sign_in("ada")["IdToken"])
    pool = pool_for(account, users)
    emulator.clock.advance(7200)
    words = ("--identity-pool-id", pool, "--login", f"{users.provider}=env:TOKEN")
    diagnosis = diagnose(emulator, *words, TOKEN=token)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["token expiry"])
    assert "Fix: " in diagnosis.failed["token expiry"]


# --- the network and this machine ------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "difference"), [(600, "behind"), (-600, "ahead of")])
def test_a_wrong_clock_fails(own_emulator: Emulator, seconds: float, difference: str) -> None:
    emulator = own_emulator
    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    emulator.clock.advance(seconds)
    diagnosis = diagnose(emulator, "--identity-pool-id", pool)
    emulator.clock.advance(-seconds)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["clock"])
    assert f" s {difference} " in diagnosis.failed["clock"]
    assert "Fix: " in diagnosis.failed["clock"]
    assert "credentials" in diagnosis.passed


def test_a_refused_connection_fails(emulator: Emulator, guests: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    diagnosis = diagnose(emulator, "--identity-pool-id", guests, "--endpoint-url", url)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["connection"])
    assert f"127.0.0.1:{port}" in diagnosis.failed["connection"]
    assert "Fix: " in diagnosis.failed["connection"]
    assert {"TLS", "response", "clock", "identity pool", "credentials"} <= diagnosis.not_checked


def test_tls_to_a_port_without_tls_fails(emulator: Emulator, guests: str) -> None:
    url = emulator.endpoint_url.replace("http:", "https:")
    diagnosis = diagnose(emulator, "--identity-pool-id", guests, "--endpoint-url", url)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["TLS"])
    assert "Fix: " in diagnosis.failed["TLS"]
    assert "connection" in diagnosis.passed


def test_a_proxy_that_refuses_the_connection_fails(
    emulator: Emulator, guests: str, never_printed: Callable[[str], str]
) -> None:
    password = never_printed("proxy-password-9")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    diagnosis = diagnose(
        emulator,
        "--identity-pool-id",
        guests,
        http_proxy=f"http://user:{password}@127.0.0.1:{port}",
    )
    assert password not in diagnosis.text
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["connection"])
    assert f"127.0.0.1:{port}" in diagnosis.failed["connection"]
    assert "NO_PROXY" in diagnosis.failed["connection"]
    assert "(environment variable http_proxy)" in diagnosis.text


def test_an_invalid_config_file_fails(emulator: Emulator, guests: str, home: Path) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text("[profile game]\nthis is nothing\n")
    diagnosis = diagnose(emulator, "--profile", "game", "--identity-pool-id", guests)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["configuration"])
    assert str(config) in diagnosis.failed["configuration"]
    assert "AWS_CONFIG_FILE" in diagnosis.failed["configuration"]
    assert {"network", "identity pool", "credentials"} <= diagnosis.not_checked


def test_a_store_that_other_users_can_enter_fails(
    emulator: Emulator, guests: str, home: Path
) -> None:
    directory = home / ".aws" / "cognito-credentials"
    directory.mkdir(parents=True)
    directory.chmod(0o755)
    seen = len(emulator.calls)
    diagnosis = diagnose(emulator, "--identity-pool-id", guests)
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["store"])
    assert f"chmod 700 {directory}" in diagnosis.failed["store"]
    assert {"identity ID", "credentials"} <= diagnosis.not_checked
    # `doctor` creates no guest identity, because the identity ID could not be stored.
    assert [call.status for call in emulator.calls[seen:]] == [400]


def test_a_store_that_cannot_be_created_fails(emulator: Emulator, guests: str) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs a directory that no user can write to")
    diagnosis = diagnose(emulator, "--identity-pool-id", guests, HOME="/proc/self")
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["store"])
    assert "HOME" in diagnosis.failed["store"]
    assert "cannot be stored" in diagnosis.text
    assert "credentials" in diagnosis.passed


def test_a_store_that_cannot_be_written_is_read(emulator: Emulator, guests: str) -> None:
    if which("prlimit") is None:
        pytest.skip("prlimit of util-linux is not installed")
    assert diagnose(emulator, "--identity-pool-id", guests).status == 0
    # Make writes fail, as on a full disk. Permissions would not prevent root from writing.
    diagnosis = diagnose(emulator, "--identity-pool-id", guests, prefix=("prlimit", "--fsize=0"))
    assert (diagnosis.status, list(diagnosis.failed)) == (1, ["store"])
    assert "new guest identity" not in diagnosis.text


def test_a_profile_without_credential_process_is_not_a_failure(
    emulator: Emulator, guests: str, home: Path
) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(f"[profile game]\ncognito_identity_pool_id = {guests}\n")
    diagnosis = diagnose(emulator, "--profile", "game")
    assert (diagnosis.status, diagnosis.failed) == (0, {})
    assert "AWS process" in diagnosis.not_checked
    assert "run: cognito-credentials configure --profile game\n" in diagnosis.text
    assert "AWS process" in diagnosis.text.splitlines()[-1]


def test_a_missing_session_does_not_prevent_the_other_checks(home: Path) -> None:
    config = home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        "[profile game]\ncognito_identity_pool_id = us-east-1:1699ebc0-7900-4099-b910-2df94f52a030\n"
        "cognito_issuer = https://login.example\ncognito_client_id = app\n"
        "credential_process = /none/cognito-credentials process --profile game\n"
    )
    done = run_command("doctor", "--profile", "game")
    diagnosis = Diagnosis(done.returncode, done.stdout)
    assert list(diagnosis.failed) == ["session", "AWS process", "AWS region"]
    assert "network" in diagnosis.not_checked


# --- explain ---------------------------------------------------------------------------------


def test_explain_reads_an_argument_or_standard_input(never_printed: Callable[[str], str]) -> None:
    token = never_printed("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl")
    text = f"botocore.errorfactory.NotAuthorizedException: Logins don\u2019t match. {token}"
    by_argument = run_command("explain", text)
    assert by_argument.returncode == 0
    assert "\nReason: logins-mismatch\n" in by_argument.stdout
    by_input = subprocess.run(
        [sys.executable, "-m", "cognito_credentials", "explain", "-"],
        input=f"{token}\nan unknown text\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (by_input.returncode, by_input.stderr) == (1, "")
    # The output must not refer to the `docs` folder, which the wheel does not contain.
    assert "docs/" not in by_argument.stdout + by_input.stdout
    assert token not in by_argument.stdout + by_input.stdout
