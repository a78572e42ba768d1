"""`DeveloperIdentity` in a back end: the emulator verifies signatures and policies over sockets."""

from __future__ import annotations

import asyncio
import secrets
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials as BotocoreCredentials
from emulated_account import Account, allow, document, error_of

from cognito_credentials import (
    AccessDeniedException,
    BasicFlow,
    ConfigurationError,
    CredentialBroker,
    Credentials,
    DeveloperIdentity,
    InvalidParameterException,
    ServiceError,
    aio,
    from_cognito_identity_pool,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

NAME = "login.example.com"
OPERATION = "cognito-identity:GetOpenIdTokenForDeveloperIdentity"


@pytest.fixture
def pool(account: Account) -> str:
    """An identity pool with a developer provider, whose users read objects of their department."""
    pool = account.pool(DeveloperProviderName=NAME, AllowUnauthenticatedIdentities=False)
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    statement = allow("s3:GetObject", "arn:aws:s3:::*/${aws:PrincipalTag/department}/*")
    account.set_roles(pool, authenticated=account.role(pool, statement, actions=actions))
    return pool


@pytest.fixture
def make_keys(
    account: Account, never_printed: Callable[[str], str]
) -> Callable[..., BotocoreCredentials]:
    def make_keys(*statements: dict[str, Any]) -> BotocoreCredentials:
        """Create an IAM user with these permissions, and return its access key."""
        iam, name = account.client("iam"), f"back-end-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(
                UserName=name, PolicyName="inline", PolicyDocument=document(*statements)
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return BotocoreCredentials(key["AccessKeyId"], never_printed(key["SecretAccessKey"]))

    return make_keys


@pytest.fixture
def keys(pool: str, make_keys: Callable[..., BotocoreCredentials]) -> BotocoreCredentials:
    resource = f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{pool}"
    return make_keys(allow(OPERATION, resource))


def fetch(
    emulator: Emulator,
    pool: str,
    logins: DeveloperIdentity,
    basic_flow: BasicFlow | None = None,
    **config: Any,
) -> Credentials:
    config = {"endpoint_url": emulator.endpoint_url, **config}
    with from_cognito_identity_pool(
        pool, logins=logins, basic_flow=basic_flow, client_config=config
    ) as provider:
        return provider.cached().get()


def fetch_async(
    emulator: Emulator,
    pool: str,
    logins: DeveloperIdentity,
    basic_flow: BasicFlow | None = None,
    **config: Any,
) -> Credentials:
    config = {"endpoint_url": emulator.endpoint_url, **config}

    async def run() -> Credentials:
        async with aio.from_cognito_identity_pool(
            pool, logins=logins, basic_flow=basic_flow, client_config=config
        ) as provider:
            return await provider.cached().get()

    return asyncio.run(run())


both_sides = pytest.mark.parametrize("fetch", [fetch, fetch_async], ids=["sync", "async"])


@both_sides
def test_a_user_of_the_back_end_gets_credentials(
    fetch: Any, emulator: Emulator, account: Account, pool: str, keys: BotocoreCredentials
):
    logins = DeveloperIdentity(pool, NAME, "alice", credentials=keys)
    credentials = fetch(emulator, pool, logins)
    found = account.client("cognito-identity").lookup_developer_identity(
        IdentityPoolId=pool, DeveloperUserIdentifier="alice"
    )
    assert found["IdentityId"] == credentials.identity_id
    other = DeveloperIdentity(pool, NAME, "bob", credentials=keys)
    assert fetch(emulator, pool, other).identity_id != credentials.identity_id


@both_sides
def test_only_the_request_for_the_token_is_signed(
    fetch: Any, emulator: Emulator, account: Account, pool: str, keys: BotocoreCredentials
):
    before = len(emulator.calls)
    fetch(emulator, pool, DeveloperIdentity(pool, NAME, "alice", credentials=keys))
    assert {call.operation: call.access_key_id for call in emulator.calls[before:]} == {
        "GetOpenIdTokenForDeveloperIdentity": keys.access_key,
        "GetCredentialsForIdentity": None,
    }


@both_sides
def test_the_basic_flow_assumes_a_role_of_choice(
    fetch: Any, emulator: Emulator, account: Account, pool: str, keys: BotocoreCredentials
):
    logins = DeveloperIdentity(pool, NAME, "alice", credentials=keys)
    role = account.role(pool, actions=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])
    given = fetch(
        emulator,
        pool,
        logins,
        BasicFlow(role_arn=role),
        sts_endpoint_url=emulator.endpoint_url,
    )
    assert given.identity_id == fetch(emulator, pool, logins).identity_id
    session = {
        "aws_access_key_id": given.access_key_id,
        "aws_secret_access_key": given.secret_access_key,
        "aws_session_token": given.session_token,
    }
    arn = account.client("sts", session).get_caller_identity()["Arn"]
    assert arn.split("/")[1] == role.rpartition("/")[2]


@both_sides
@pytest.mark.parametrize("host", ["127.0.0.1", "LocalHost"])
def test_the_signature_covers_the_host_as_it_is_sent(
    fetch: Any, emulator: Emulator, pool: str, keys: BotocoreCredentials, host: str
):
    url = emulator.endpoint_url.replace("127.0.0.1", host)
    logins = DeveloperIdentity(pool, NAME, "alice", credentials=keys)
    assert fetch(emulator, pool, logins, endpoint_url=url).identity_id


@both_sides
def test_principal_tags_restrict_the_permissions(
    fetch: Any, emulator: Emulator, account: Account, pool: str, keys: BotocoreCredentials
):
    bucket = account.bucket()
    for department in ("sales", "finance"):
        account.client("s3").put_object(Bucket=bucket, Key=f"{department}/a", Body=b"x")
    tags = {"department": "sales"}
    logins = DeveloperIdentity(pool, NAME, "alice", credentials=keys, principal_tags=tags)
    given = fetch(emulator, pool, logins)
    s3 = account.client(
        "s3",
        {
            "aws_access_key_id": given.access_key_id,
            "aws_secret_access_key": given.secret_access_key,
            "aws_session_token": given.session_token,
        },
    )
    assert s3.get_object(Bucket=bucket, Key="sales/a")["Body"].read() == b"x"
    assert error_of(s3.get_object, Bucket=bucket, Key="finance/a")[0] == "AccessDenied"


@both_sides
def test_temporary_credentials_sign_with_their_session_token(
    fetch: Any, emulator: Emulator, account: Account, pool: str
):
    back_end = account.pool()
    statement = allow(OPERATION, "*")
    role = account.role(back_end, statement, amr="unauthenticated")
    account.set_roles(back_end, unauthenticated=role)
    config = {"endpoint_url": emulator.endpoint_url}
    with from_cognito_identity_pool(back_end, client_config=config) as provider:
        logins = DeveloperIdentity(pool, NAME, "alice", credentials=provider.cached())
        assert fetch(emulator, pool, logins).identity_id


@both_sides
def test_the_default_credentials_are_those_that_boto3_finds(
    fetch: Any,
    emulator: Emulator,
    pool: str,
    keys: BotocoreCredentials,
    monkeypatch: pytest.MonkeyPatch,
):
    logins = DeveloperIdentity(pool, NAME, "alice")
    with pytest.raises(ConfigurationError, match="credentials is None"):
        fetch(emulator, pool, logins)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    assert fetch(emulator, pool, logins).identity_id


@both_sides
def test_wrong_credentials_are_rejected_with_a_next_step(
    fetch: Any,
    emulator: Emulator,
    pool: str,
    keys: BotocoreCredentials,
    make_keys: Callable[..., BotocoreCredentials],
):
    def expect(kind: type[ServiceError], credentials: object, name: str = NAME) -> ServiceError:
        with pytest.raises(kind) as caught:
            fetch(emulator, pool, DeveloperIdentity(pool, name, "alice", credentials=credentials))
        assert caught.value.hint
        return caught.value

    wrong = SimpleNamespace(access_key_id=keys.access_key, secret_access_key="wrong-secret-key")
    assert expect(ServiceError, wrong).code == "InvalidSignatureException"
    unknown = SimpleNamespace(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="wrong")
    assert expect(ServiceError, unknown).code == "UnrecognizedClientException"
    assert pool in expect(AccessDeniedException, make_keys()).hint
    expect(InvalidParameterException, keys, "other.example.com")


@both_sides
def test_an_expired_token_is_replaced(
    fetch: Any,
    emulator: Emulator,
    pool: str,
    keys: BotocoreCredentials,
    advance: Callable[[float], None],
):
    logins = DeveloperIdentity(pool, NAME, "alice", credentials=keys, token_duration=7200)
    identity_id = fetch(emulator, pool, logins).identity_id
    # Only the emulator's clock advances, so the library considers the cached token valid.
    advance(7300)
    assert fetch(emulator, pool, logins).identity_id == identity_id


@both_sides
def test_a_merged_user_gets_the_identity_of_the_other_user(
    fetch: Any, emulator: Emulator, account: Account, pool: str, keys: BotocoreCredentials
):
    bob = fetch(emulator, pool, DeveloperIdentity(pool, NAME, "bob", credentials=keys))
    alice = DeveloperIdentity(pool, NAME, "alice", credentials=keys)
    assert fetch(emulator, pool, alice).identity_id != bob.identity_id
    account.client("cognito-identity").merge_developer_identities(
        SourceUserIdentifier="alice",
        DestinationUserIdentifier="bob",
        DeveloperProviderName=NAME,
        IdentityPoolId=pool,
    )
    # The cached token was issued for the former identity.
    assert fetch(emulator, pool, alice).identity_id == bob.identity_id


def test_a_broker_serves_many_users(emulator: Emulator, pool: str, keys: BotocoreCredentials):
    config = {"endpoint_url": emulator.endpoint_url}
    with CredentialBroker(pool, client_config=config) as broker:
        for _ in range(2):
            ids = {
                broker.get(name, DeveloperIdentity(pool, NAME, name, credentials=keys)).identity_id
                for name in ("alice", "bob", "carol")
            }
            assert len(ids) == 3
        assert broker.metrics.fetches == 3
