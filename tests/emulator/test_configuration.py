"""`Emulator(config_file=...)`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import error_of

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.emulator import Emulator
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import boto3 as cognito_boto3

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT_ID = "666677770003"
POOL_ID = "us-east-1:11111111-2222-3333-4444-555555555555"
USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Players01"
PASSWORD = "Correct-horse-7"
CONFIGURATION = f"""
[[identity_pools]]
id = "{POOL_ID}"
name = "game"
user_pool_id = "us-east-1_Players01"
client_id = "gameclient"
guests = [{{ Action = "s3:GetObject", Resource = "arn:aws:s3:::game/public/*" }}]
oidc_providers = ["https://login.example.com"]
developer_provider = "login.game"
basic_flow = true
tags = {{ stage = "test" }}

[identity_pools.social_providers]
"accounts.google.com" = "google-app"

[[identity_pools.signed_in]]
Action = ["s3:GetObject", "s3:PutObject"]
Resource = "arn:aws:s3:::game/*"

[[identity_pools.users]]
name = "ann"
password = "{PASSWORD}"
attributes = {{ email = "ann@example.com" }}

[[oidc_providers]]
url = "https://login.example.com"
client_ids = ["my-app"]

[[buckets]]
name = "game"
[buckets.objects]
"public/levels.json" = "[]"
"private/notes" = {{ file = "notes.txt" }}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "emulator.toml"
    path.write_text(CONFIGURATION)
    (tmp_path / "notes.txt").write_text("my notes")
    return path


def sign_in(emulator: Emulator) -> dict[str, str]:
    response = emulator.client("cognito-idp").initiate_auth(
        ClientId="gameclient",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    return {USER_POOL: response["AuthenticationResult"]["IdToken"]}


def list_logins(emulator: Emulator) -> dict[str, dict[str, str]]:
    """Return a login of each provider."""
    minted = {
        name: {name: emulator.mint_token(name, "ann")}
        for name in ("login.example.com", "accounts.google.com")
    }
    return {USER_POOL: sign_in(emulator), **minted}


def get_id(emulator: Emulator, logins: dict[str, str]) -> str:
    pools = emulator.client("cognito-identity")
    identity_id: str = pools.get_id(IdentityPoolId=POOL_ID, Logins=logins)["IdentityId"]
    return identity_id


def open_s3(emulator: Emulator, logins: dict[str, Any] | None = None) -> Any:
    settings = {"endpoint_url": emulator.endpoint_url, "clock": emulator.clock}
    provider = from_cognito_identity_pool(POOL_ID, logins=logins, client_config=settings)
    return cognito_boto3.session(provider).client("s3", endpoint_url=emulator.endpoint_url)


def check_access(emulator: Emulator) -> None:
    guest = open_s3(emulator)
    assert guest.get_object(Bucket="game", Key="public/levels.json")["Body"].read() == b"[]"
    assert error_of(guest.get_object, Bucket="game", Key="private/notes")[0] == "AccessDenied"
    for logins in list_logins(emulator).values():
        user = open_s3(emulator, logins)
        assert user.get_object(Bucket="game", Key="private/notes")["Body"].read() == b"my notes"


def test_everything_declared_can_be_used(path: Path):
    with Emulator(account_id=ACCOUNT_ID, config_file=path) as emulator:
        check_access(emulator)
        described = emulator.client("cognito-identity").describe_identity_pool(
            IdentityPoolId=POOL_ID
        )
        assert described["IdentityPoolName"] == "game"
        assert described["AllowClassicFlow"]
        assert described["DeveloperProviderName"] == "login.game"
        assert described["IdentityPoolTags"] == {"stage": "test"}
        user = emulator.client("cognito-idp").admin_get_user(
            UserPoolId="us-east-1_Players01", Username="ann"
        )
        assert {"Name": "email", "Value": "ann@example.com"} in user["UserAttributes"]


def test_identities_in_the_state_survive_restarts(path: Path, tmp_path: Path):
    state = tmp_path / "state.db"
    with Emulator(account_id=ACCOUNT_ID, config_file=path, state_file=state) as first:
        before = {name: get_id(first, logins) for name, logins in list_logins(first).items()}
    path.write_text(CONFIGURATION.replace('stage = "test"', 'stage = "next"'))
    with Emulator(account_id=ACCOUNT_ID, config_file=path, state_file=state) as second:
        after = {name: get_id(second, logins) for name, logins in list_logins(second).items()}
        check_access(second)
        (pool,) = second.identity_service.list_pools()
    assert after == before
    assert pool.tags == {"stage": "next"}


def test_a_reset_creates_the_declared_resources_again(path: Path, tmp_path: Path):
    state = tmp_path / "state.db"
    with Emulator(account_id=ACCOUNT_ID, config_file=path, state_file=state) as emulator:
        get_id(emulator, sign_in(emulator))
        emulator.create_bucket("other")
        emulator.reset()
        check_access(emulator)
        buckets = emulator.client("s3").list_buckets()["Buckets"]
        assert [bucket["Name"] for bucket in buckets] == ["game"]


def test_concurrent_resets_do_not_affect_each_other(path: Path):
    with (
        Emulator(account_id=ACCOUNT_ID, config_file=path) as emulator,
        ThreadPoolExecutor(4) as executor,
    ):
        for reset in [executor.submit(emulator.reset) for _ in range(8)]:
            reset.result()
        check_access(emulator)


def test_user_pools_have_the_same_random_ids_at_each_start(path: Path):
    text = CONFIGURATION.replace("user_pool_id =", "# ").replace("client_id =", "# ")
    path.write_text(text)
    seen: list[Any] = []
    for _ in range(2):
        with Emulator(account_id=ACCOUNT_ID, config_file=path) as emulator:
            users = emulator.client("cognito-idp")
            (pool,) = users.list_user_pools(MaxResults=9)["UserPools"]
            listed = users.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
            user = users.admin_get_user(UserPoolId=pool["Id"], Username="ann")
            subject = [each for each in user["UserAttributes"] if each["Name"] == "sub"]
            seen.append((pool["Id"], [each["ClientId"] for each in listed], subject))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("arn:aws:s3:::game/*", "game", 16, "MalformedPolicyDocument"),
        (f'password = "{PASSWORD}"', 'password = "x"', 20, "InvalidPasswordException"),
        ('name = "game"\n[', 'name = "G"\n[', 29, "InvalidBucketName"),
        ('developer_provider = "login.game"', 'developer_provider = "a b"', 2, "eveloper"),
        ('user_pool_id = "us-east-1', 'user_pool_id = "eu-west-1', 5, "user_pool_id"),
    ],
)
def test_the_error_of_a_service_names_the_line(
    path: Path, old: str, new: str, line: int, text: str
):
    assert old in CONFIGURATION
    path.write_text(CONFIGURATION.replace(old, new))
    emulator = Emulator(account_id=ACCOUNT_ID, config_file=path)
    with pytest.raises(ConfigurationError, match=text) as caught:
        emulator.start()
    assert f"{path}, line {line}: " in str(caught.value)
    with Emulator(account_id=ACCOUNT_ID):
        pass  # The failed start released the account.


def test_ids_of_user_pools_must_differ(path: Path):
    second = CONFIGURATION.partition("[[oidc_providers]]")[0].replace("1:1", "1:2")
    path.write_text(CONFIGURATION + second)
    with pytest.raises(ConfigurationError, match="us-east-1_Players01"):
        Emulator(account_id=ACCOUNT_ID, config_file=path).start()
