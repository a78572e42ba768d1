"""`Emulator(config_file=...)`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import error_of
from saml_provider import metadata

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.emulator import Emulator
from cognito_credentials.errors import ConfigurationError, NotAuthorizedException
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
    """Return the logins of one user at each provider, by provider name."""
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
        ('name = "game"\n[', 'name = "G"\n[', 30, "S3 bucket"),
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


MAPPINGS = f"""
[[identity_pools]]
id = "{POOL_ID}"
name = "game"
signed_in = []
social_providers = {{ "accounts.google.com" = "google-app" }}
oidc_providers = ["https://login.example.com"]
saml_providers = ["corp"]

[identity_pools.roles]
admins = [{{ Action = "s3:ListAllMyBuckets", Resource = "*" }}]
readers = []

[identity_pools.role_mappings."accounts.google.com"]
ambiguous_role = "Deny"
rules = [
  {{ claim = "email", match = "StartsWith", value = "ann@", role = "admins" }},
  {{ claim = "email", value = "ben@example.com", role = "readers" }},
]

[identity_pools.role_mappings]
users = {{}}
corp = {{ rules = [{{ claim = "team", match = "NotEqual", value = "red", role = "readers" }}] }}

[identity_pools.principal_tags]
users = {{ mail = "email" }}
"https://login.example.com" = {{ team = "hd" }}

[[identity_pools.users]]
name = "ann"
password = "{PASSWORD}"
attributes = {{ email = "ann@example.com", "custom:team" = "red" }}
groups = ["admins"]

[[oidc_providers]]
url = "https://login.example.com"
client_ids = ["my-app"]

[[saml_providers]]
name = "corp"
metadata = {{ file = "corp.xml" }}

[[tables]]
name = "scores"
key = "user"
sort_key = "game"
items = [{{ user = "ann", game = "chess", score = 7, best = 7.5, tags = ["a", {{ b = true }}] }}]
"""


@pytest.fixture
def mappings_path(tmp_path: Path) -> Path:
    path = tmp_path / "emulator.toml"
    path.write_text(MAPPINGS)
    (tmp_path / "corp.xml").write_text(metadata())
    return path


def find_role(emulator: Emulator, logins: dict[str, str]) -> str:
    """Return the name of the role that a user gets."""
    provider = from_cognito_identity_pool(
        POOL_ID, logins=logins, client_config={"endpoint_url": emulator.endpoint_url}
    )
    session = cognito_boto3.session(provider)
    arn = session.client("sts", endpoint_url=emulator.endpoint_url).get_caller_identity()["Arn"]
    return str(arn.split("/")[1])


def sign_in_ann(emulator: Emulator) -> dict[str, str]:
    users = emulator.client("cognito-idp")
    (pool,) = users.list_user_pools(MaxResults=9)["UserPools"]
    (client,) = users.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    response = users.initiate_auth(
        ClientId=client["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    name = f"cognito-idp.us-east-1.amazonaws.com/{pool['Id']}"
    return {name: response["AuthenticationResult"]["IdToken"]}


def test_role_mappings_choose_declared_roles(mappings_path: Path):
    with Emulator(account_id=ACCOUNT_ID, config_file=mappings_path) as emulator:
        google = "accounts.google.com"

        def mint(email: str) -> dict[str, str]:
            return {google: emulator.mint_token(google, email, claims={"email": email})}

        assert find_role(emulator, mint("ann@example.com")) == "game-admins"
        assert find_role(emulator, mint("ben@example.com")) == "game-readers"
        with pytest.raises(NotAuthorizedException):
            find_role(emulator, mint("eve@example.com"))
        assert find_role(emulator, sign_in_ann(emulator)) == "game-admins"
        oidc = {"login.example.com": emulator.mint_token("login.example.com", "ann")}
        assert find_role(emulator, oidc) == "game-signed-in"
        roles = emulator.client("cognito-identity").get_identity_pool_roles(IdentityPoolId=POOL_ID)
        assert f"arn:aws:iam::{ACCOUNT_ID}:saml-provider/corp" in roles["RoleMappings"]


def test_principal_tags_and_tables_are_declared(mappings_path: Path, tmp_path: Path):
    options = {"account_id": ACCOUNT_ID, "state_file": tmp_path / "state.db"}
    with Emulator(config_file=mappings_path, **options) as emulator:
        (pool,) = emulator.identity_service.list_pools()
        oidc = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/login.example.com"
        (users,) = set(pool.principal_tags) - {oidc}
        assert pool.principal_tags[oidc].claims == {"team": "hd"}
        assert users.startswith("cognito-idp.us-east-1.amazonaws.com/us-east-1_")
        assert pool.principal_tags[users].claims == {"mail": "email"}
        key = {"user": {"S": "ann"}, "game": {"S": "chess"}}
        item = emulator.client("dynamodb").get_item(TableName="scores", Key=key)["Item"]
        assert (item["score"], item["best"]) == ({"N": "7"}, {"N": "7.5"})
        assert item["tags"] == {"L": [{"S": "a"}, {"M": {"b": {"BOOL": True}}}]}
    mappings_path.write_text(MAPPINGS.replace('"https://login.example.com" = { team = "hd" }', ""))
    with Emulator(config_file=mappings_path, **options) as emulator:
        (pool,) = emulator.identity_service.list_pools()
        assert set(pool.principal_tags) == {users}
        emulator.reset()
        assert find_role(emulator, sign_in_ann(emulator)) == "game-admins"
