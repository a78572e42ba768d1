"""Sync and async providers, tested with the emulator over real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, UserPool, allow

import cognito_credentials
from cognito_credentials import BasicFlow, DeveloperIdentity, aio, errors, login_from_id_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials import Credentials
    from cognito_credentials.emulator import Emulator

CONCURRENT_CALLS = 200  # tests/concurrency makes a thousand calls, without sockets.


class SyncSide:
    """The sync API, with methods that are the same for both APIs."""

    def __init__(self, emulator: Emulator) -> None:
        self.settings = {"endpoint_url": emulator.endpoint_url, "clock": emulator.clock}
        self.settings["sts_endpoint_url"] = emulator.endpoint_url
        self.module: Any = cognito_credentials
        self.providers: list[Any] = []

    def pool(self, pool_id: str, **options: Any) -> Any:
        return self._register(
            self.module.from_cognito_identity_pool(pool_id, client_config=self.settings, **options)
        )

    def identity(self, identity_id: str, **options: Any) -> Any:
        return self._register(
            self.module.from_cognito_identity(identity_id, client_config=self.settings, **options)
        )

    def _register(self, provider: Any) -> Any:
        self.providers.append(provider)
        return provider

    async def fetch(self, provider: Any) -> Credentials:
        return await asyncio.to_thread(provider)

    async def fetch_concurrently(self, provider: Any, count: int) -> list[Credentials]:
        fetched: list[Credentials] = []
        start = threading.Barrier(count)

        def work() -> None:
            start.wait()
            fetched.append(provider())

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
        return fetched

    async def close(self) -> None:
        for provider in self.providers:
            provider.close()


class AsyncSide(SyncSide):
    """The async API, with the methods of `SyncSide`."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.module = aio

    async def fetch(self, provider: Any) -> Credentials:
        credentials: Credentials = await provider()
        return credentials

    async def fetch_concurrently(self, provider: Any, count: int) -> list[Credentials]:
        return await asyncio.gather(*(provider() for _ in range(count)))

    async def close(self) -> None:
        for provider in self.providers:
            await provider.aclose()


@pytest.fixture(params=[SyncSide, AsyncSide])
async def side(request: pytest.FixtureRequest, emulator: Emulator) -> Any:
    side = request.param(emulator)
    yield side
    await side.close()


@pytest.fixture
def count_calls(emulator: Emulator) -> Callable[[], Counter[str]]:
    """A function that returns how often each Cognito or STS operation was called in this test."""
    before = len(emulator.calls)
    return lambda: Counter(
        call.operation
        for call in emulator.calls[before:]
        if call.service in {"cognito-identity", "sts"}
    )


@pytest.fixture
def guests(account: Account) -> str:
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    return pool


@pytest.fixture
def players(account: Account, user_pool: UserPool) -> str:
    pool = account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ],
        DeveloperProviderName="login.game",
        AllowClassicFlow=True,
    )
    account.set_roles(
        pool,
        unauthenticated=account.role(pool, amr="unauthenticated"),
        authenticated=account.role(pool),
    )
    return pool


def get_caller_arn(account: Account, credentials: Credentials) -> str:
    keys = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    arn: str = account.client("sts", keys).get_caller_identity()["Arn"]
    return arn


async def test_concurrent_first_calls_create_one_guest(
    side: SyncSide, guests: str, count_calls: Callable[[], Counter[str]]
):
    fetched = await side.fetch_concurrently(side.pool(guests), CONCURRENT_CALLS)
    assert len(fetched) == CONCURRENT_CALLS
    assert len({credentials.identity_id for credentials in fetched}) == 1
    assert count_calls() == {"GetId": 1, "GetCredentialsForIdentity": CONCURRENT_CALLS}


async def test_a_user_has_the_same_identity_with_another_provider(
    side: SyncSide, account: Account, players: str, user_pool: UserPool, user: str
):
    def id_token() -> str:
        return user_pool.sign_in(user)["IdToken"]

    first = await side.fetch(side.pool(players, logins=login_from_id_token(id_token)))
    second = await side.fetch(side.pool(players, logins={user_pool.provider: id_token}))
    assert first.identity_id == second.identity_id
    assert "CognitoIdentityCredentials" in get_caller_arn(account, first)


async def test_a_guest_with_a_known_login_becomes_that_user(
    side: SyncSide, players: str, user_pool: UserPool, user: str
):
    logins = user_pool.logins(user)
    known = await side.fetch(side.pool(players, logins=logins))
    guest = await side.fetch(side.pool(players))
    merging = side.identity(guest.identity_id, logins=logins)
    merged = await side.fetch(merging)
    assert merged.identity_id == merging.identity_id == known.identity_id != guest.identity_id


async def test_a_merge_is_reported_and_stored_in_the_cache(
    side: SyncSide, players: str, user_pool: UserPool, user: str
):
    logins = user_pool.logins(user)
    known = await side.fetch(side.pool(players, logins=logins))
    cache: dict[str, str] = {}
    guest = await side.fetch(side.pool(players, cache=cache, user_identifier="ada"))
    changes: list[Any] = []
    provider = side.pool(
        players,
        cache=cache,
        user_identifier="ada",
        logins=logins,
        on_identity_change=changes.append,
    )
    assert (await side.fetch(provider)).identity_id == known.identity_id
    assert [(change.old, change.new) for change in changes] == [
        (guest.identity_id, known.identity_id)
    ]
    assert list(cache.values()) == [known.identity_id]


async def test_an_expired_token_is_refreshed(
    side: SyncSide,
    players: str,
    user_pool: UserPool,
    user: str,
    advance: Callable[[float], None],
    count_calls: Callable[[], Counter[str]],
):
    stale = user_pool.sign_in(user)["IdToken"]
    refresh_arguments: list[bool] = []

    def id_token(*, refresh: bool = False) -> str:
        refresh_arguments.append(refresh)
        return user_pool.sign_in(user)["IdToken"] if refresh else stale

    provider = side.pool(players, logins={user_pool.provider: id_token})
    first = await side.fetch(provider)
    advance(3601)
    second = await side.fetch(provider)
    assert refresh_arguments == [False, False, True]
    assert second.identity_id == first.identity_id
    assert count_calls()["GetId"] == 1


async def test_the_basic_flow_supports_twelve_hours_and_a_session_policy(
    side: SyncSide, account: Account, players: str, user_pool: UserPool, user: str
):
    bucket = account.bucket()
    role = account.role(
        players, allow("s3:*", f"arn:aws:s3:::{bucket}/*"), MaxSessionDuration=43_200
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*")],
    }
    flow = BasicFlow(role_arn=role, duration_seconds=43_200, policy=policy)
    provider = side.pool(players, logins=user_pool.logins(user), basic_flow=flow)
    credentials = await side.fetch(provider)
    assert credentials.remaining.total_seconds() > 43_000
    name = credentials.identity_id.replace(":", "-")
    assert get_caller_arn(account, credentials).endswith(f"/{name}")
    keys = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    s3 = account.client("s3", keys)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="a")


async def test_a_developer_back_end_determines_the_identity(
    side: SyncSide, account: Account, players: str, count_calls: Callable[[], Counter[str]]
):
    def back_end() -> dict[str, Any]:
        response: dict[str, Any] = account.client(
            "cognito-identity"
        ).get_open_id_token_for_developer_identity(
            IdentityPoolId=players, Logins={"login.game": "ada"}
        )
        return response

    credentials = await side.fetch(side.pool(players, logins=DeveloperIdentity(back_end)))
    assert credentials.identity_id == back_end()["IdentityId"]
    assert count_calls()["GetId"] == 0


async def test_throttling_is_retried_and_a_rejection_is_not(
    side: SyncSide, emulator: Emulator, guests: str, count_calls: Callable[[], Counter[str]]
):
    emulator.fail("GetId", "TooManyRequestsException", "Rate exceeded", times=2)
    await side.fetch(side.pool(guests))
    assert count_calls()["GetId"] == 3
    with pytest.raises(errors.IdentityPoolNotFound) as caught:
        await side.fetch(side.pool("us-east-1:00000000-0000-0000-0000-000000000000"))
    assert caught.value.code == "ResourceNotFoundException"
    assert count_calls()["GetId"] == 4
