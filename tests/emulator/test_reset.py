"""`Emulator.reset` must work even while requests are being processed."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, allow, error_of

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT_ID = "666677778888"


@pytest.fixture
def own() -> Iterator[Emulator]:
    with Emulator(account_id=ACCOUNT_ID) as emulator:
        yield emulator


def test_reset_deletes_all_state(own: Emulator):
    account = Account(own)
    s3 = account.client("s3")
    s3.create_bucket(Bucket="before-the-reset")
    s3.put_object(Bucket="before-the-reset", Key="x", Body=b"x" * 6_000_000)
    account.client("sqs").create_queue(QueueName="jobs")
    pools = account.client("cognito-identity", region_name="eu-west-1")
    pools.create_identity_pool(IdentityPoolName="x", AllowUnauthenticatedIdentities=True)
    _, keys = account.guest(allow("*", "*"))
    own.add_oidc_issuer("https://login.example.com", {"keys": []})
    own.fail("ListBuckets", "SlowDown", times=5)
    own.advance(hours=2)
    offset = own.clock.now() - time.time()
    port = own.port

    own.reset()

    assert (own.port, own.calls) == (port, ())
    assert own.clock.now() - time.time() < offset / 2
    assert s3.list_buckets()["Buckets"] == []
    assert own.client("iam").list_roles()["Roles"] == []
    assert "QueueUrls" not in account.client("sqs").list_queues()
    for region in ("us-east-1", "eu-west-1"):
        pools = account.client("cognito-identity", region_name=region)
        assert pools.list_identity_pools(MaxResults=1)["IdentityPools"] == []
    assert error_of(own.client("s3", **keys).list_buckets)[0] == "InvalidToken"


def test_the_same_names_can_be_used_after_a_reset(own: Emulator):
    s3 = own.client("s3")
    for content in (b"first", b"second"):
        s3.create_bucket(Bucket="used-again")
        s3.put_object(Bucket="used-again", Key="x", Body=content)
        assert s3.get_object(Bucket="used-again", Key="x")["Body"].read() == content
        own.client("iam").create_user(UserName="ada")
        own.reset()


def test_reset_leaves_other_accounts_alone(account: Account, own: Emulator):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"kept")
    own.client("s3").create_bucket(Bucket="deleted")
    own.reset()
    assert account.client("s3").get_object(Bucket=bucket, Key="x")["Body"].read() == b"kept"


def test_reset_takes_milliseconds(own: Emulator):
    durations: list[float] = []
    for _ in range(5):
        for service, method in (("ec2", "describe_vpcs"), ("iam", "list_roles")):
            getattr(own.client(service), method)()
        started_at = time.perf_counter()
        own.reset()
        durations.append(time.perf_counter() - started_at)
    assert statistics.median(durations) < 0.02


def test_requests_during_a_reset_get_the_old_or_the_new_account(own: Emulator):
    """A request that used both the old and the new state would fail differently, or leave state behind."""
    pools = own.client("cognito-identity")
    missing = "ResourceNotFoundException"
    stop = threading.Event()

    def use_pool() -> set[str]:
        outcomes = set[str]()
        while not stop.is_set():
            pool = pools.create_identity_pool(
                IdentityPoolName="x", AllowUnauthenticatedIdentities=True
            )["IdentityPoolId"]
            try:
                pools.get_id(IdentityPoolId=pool)
                outcomes.add("found")
            except pools.exceptions.ResourceNotFoundException:
                outcomes.add(missing)
        return outcomes

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(use_pool) for _ in range(4)]
        for _ in range(50):
            own.reset()
        stop.set()
        outcomes = set[str]().union(*(each.result() for each in running))
    assert outcomes <= {"found", missing}


def test_an_emulator_that_is_not_running_cannot_be_reset(emulator: Emulator):
    for other in (Emulator(), Emulator(account_id=ACCOUNT_ID)):
        with pytest.raises(RuntimeError, match=r"start\(\)"):
            other.reset()
    assert emulator.client("s3").list_buckets()


def test_the_emulator_advances_by_hours_minutes_and_seconds(own: Emulator):
    before = own.clock.now()
    own.advance(hours=1, minutes=2, seconds=3)
    assert own.clock.now() - before == pytest.approx(3723, abs=30)
    own.advance(hours=-1, minutes=-2, seconds=-3)
    assert own.clock.now() - before == pytest.approx(0, abs=30)
    for hours in (float("nan"), float("inf"), 1e308):
        with pytest.raises(ValueError, match="hours must be"):
            own.advance(hours=hours)
