"""Services that reject credentials which have not expired by this machine's clock.

The emulator's clock is ahead of the clock of the providers, so it rejects credentials with
ExpiredToken until they are replaced.
"""

from __future__ import annotations

import asyncio
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiobotocore.config import AioConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from cognito_credentials import CredentialBroker, CredentialsCache, aio, from_cognito_identity_pool
from cognito_credentials.integrations import aiobotocore as aiobotocore_integration
from cognito_credentials.integrations.boto3 import install, session
from cognito_credentials.stores import FileStore

FETCH = "GetCredentialsForIdentity"
CALLERS = 32
OPTIONS = {"signature_version": "s3v4", "s3": {"addressing_style": "path"}}


@pytest.fixture
def client_config(guest_bucket):
    """Settings without the emulator's clock."""
    return {"endpoint_url": guest_bucket.endpoint_url}


@pytest.fixture
def provider(guest_bucket, client_config):
    with from_cognito_identity_pool(
        guest_bucket.identity_pool_id, client_config=client_config
    ) as provider:
        yield provider


@pytest.fixture
def create_client(guest_bucket):
    clients = []

    def create(boto3_session, service="s3", **options):
        config = Config(max_pool_connections=CALLERS, **{**OPTIONS, **options})
        clients.append(
            boto3_session.client(service, endpoint_url=guest_bucket.endpoint_url, config=config)
        )
        return clients[-1]

    yield create
    for client in clients:
        client.close()


def s3_calls(guest_bucket):
    """Return the signer and the error code of each S3 request since the test began."""
    calls = guest_bucket.emulator.calls[guest_bucket.call_count_at_start :]
    return [(call.access_key_id, call.error_code) for call in calls if call.service == "s3"]


def put(client, guest_bucket, key="key", body=b"content"):
    client.put_object(Bucket=guest_bucket.bucket, Key=key, Body=body)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_rejected_request_is_sent_again_with_new_credentials(
    guest_bucket, provider, create_client, mode
):
    client = create_client(session(provider), retries={"mode": mode})
    put(client, guest_bucket)
    first = provider.cached().peek().access_key_id
    guest_bucket.expire()
    put(client, guest_bucket)
    second = provider.cached().peek().access_key_id
    assert first != second
    assert s3_calls(guest_bucket) == [(first, None), (first, "ExpiredToken"), (second, None)]
    assert guest_bucket.operations() == ["GetId", FETCH, FETCH]


@pytest.mark.parametrize(
    "retries",
    [{"mode": "standard", "total_max_attempts": 1}, {"mode": "legacy", "max_attempts": 0}],
)
def test_without_retries_only_one_request_fails(guest_bucket, provider, create_client, retries):
    client = create_client(session(provider), retries=retries)
    put(client, guest_bucket)
    guest_bucket.expire()
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(client, guest_bucket)
    put(client, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 2


def test_sts_may_reject_the_token(guest_bucket, provider, create_client):
    client = create_client(session(provider), "sts")
    client.get_caller_identity()
    guest_bucket.expire()
    client.get_caller_identity()
    assert guest_bucket.operations().count(FETCH) == 2


def test_a_stream_is_sent_again_from_its_beginning(guest_bucket, provider, create_client):
    client = create_client(session(provider))
    put(client, guest_bucket)
    guest_bucket.expire()
    put(client, guest_bucket, "stream", io.BytesIO(b"all of it"))
    assert guest_bucket.content("stream") == b"all of it"


class OneWayStream(io.BytesIO):
    """Stream of known length that cannot be rewound after it has been sent."""

    def seek(self, offset, whence=0):
        if self.tell() and whence == 0 and offset < self.tell() and self.is_sent:
            raise io.UnsupportedOperation("seek")
        return super().seek(offset, whence)

    is_sent = False


def test_a_stream_that_cannot_be_rewound_fails_once(guest_bucket, provider, create_client):
    client = create_client(session(provider))
    put(client, guest_bucket)
    guest_bucket.expire()
    body = OneWayStream(b"all of it")

    def mark_as_sent(**_):
        body.is_sent = True

    client.meta.events.register("before-send.s3", mark_as_sent)
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(client, guest_bucket, "stream", body)
    put(client, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 2


def test_threads_that_are_rejected_together_cause_one_fetch(guest_bucket, provider, create_client):
    client = create_client(session(provider))
    put(client, guest_bucket)
    guest_bucket.expire()
    together, waiting = threading.Barrier(CALLERS), threading.local()

    def wait_for_all_signatures(**_):
        if not getattr(waiting, "is_done", False):
            waiting.is_done = True
            together.wait(60)

    client.meta.events.register("before-send.s3", wait_for_all_signatures)
    with ThreadPoolExecutor(CALLERS) as threads:
        list(threads.map(lambda n: put(client, guest_bucket, f"key {n}"), range(CALLERS)))
    assert guest_bucket.operations().count(FETCH) == 2
    outcomes = [code for _, code in s3_calls(guest_bucket)][1:]
    assert sorted(outcomes, key=str) == ["ExpiredToken"] * CALLERS + [None] * CALLERS


def test_a_service_that_rejects_every_token_causes_one_fetch(guest_bucket, provider, create_client):
    client = create_client(session(provider))
    put(client, guest_bucket)
    guest_bucket.emulator.fail("PutObject", "InvalidToken", times=11)
    for _ in range(10):
        with pytest.raises(ClientError, match="InvalidToken"):
            put(client, guest_bucket)
    put(client, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 2
    # Only the first request was sent again.
    assert len(s3_calls(guest_bucket)) == 1 + 11 + 1


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "RequestTimeTooSkewed"])
def test_other_errors_cause_no_fetch(guest_bucket, provider, create_client, code):
    client = create_client(session(provider))
    guest_bucket.emulator.fail("PutObject", code, status=403)
    with pytest.raises(ClientError, match=code):
        put(client, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 1
    assert len(s3_calls(guest_bucket)) == 1


def test_the_previous_credentials_are_used_if_the_fetch_fails(
    guest_bucket, provider, create_client
):
    client = create_client(session(provider))
    put(client, guest_bucket)
    first = provider.cached().peek()
    guest_bucket.emulator.fail("PutObject", "ExpiredToken")
    guest_bucket.emulator.fail(FETCH, "NotAuthorizedException", "no")
    put(client, guest_bucket)
    assert provider.cached().peek() is first
    assert s3_calls(guest_bucket)[1:] == [
        (first.access_key_id, "ExpiredToken"),
        (first.access_key_id, None),
    ]


def test_keys_that_were_passed_to_a_client_are_not_replaced(guest_bucket, provider):
    boto3_session = session(provider)
    frozen = boto3_session.get_credentials().get_frozen_credentials()
    provider.cached().invalidate()
    boto3_session.get_credentials().get_frozen_credentials()
    client = boto3_session.client(
        "s3",
        endpoint_url=guest_bucket.endpoint_url,
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
        config=Config(**OPTIONS),
    )
    guest_bucket.expire()
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(client, guest_bucket)
    client.close()
    assert len(s3_calls(guest_bucket)) == 1
    assert guest_bucket.operations().count(FETCH) == 2


def test_install_registers_the_handlers_as_well(guest_bucket, provider, create_client):
    import boto3

    boto3_session = boto3.Session(region_name="us-east-1")
    install(boto3_session, provider)
    client = create_client(boto3_session)
    put(client, guest_bucket)
    guest_bucket.expire()
    put(client, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 2


def test_only_the_user_whose_token_was_rejected_gets_new_credentials(
    guest_bucket, client_config, create_client
):
    with CredentialBroker(
        guest_bucket.identity_pool_id, client_config=client_config, prefetch_within=0
    ) as broker:
        alice, bob = (create_client(broker.session(name)) for name in ("alice", "bob"))
        put(alice, guest_bucket)
        put(bob, guest_bucket)
        guest_bucket.emulator.fail("PutObject", "ExpiredToken")
        put(alice, guest_bucket)
        put(bob, guest_bucket)
    assert guest_bucket.operations().count(FETCH) == 3


def test_a_new_process_does_not_use_rejected_credentials_in_the_store(
    guest_bucket, client_config, create_client, tmp_path
):
    def create_provider():
        return from_cognito_identity_pool(
            guest_bucket.identity_pool_id, client_config=client_config
        )

    with create_provider() as provider, create_provider() as other:
        cache, other_cache = (
            CredentialsCache(each, store=FileStore(tmp_path / "store"))
            for each in (provider, other)
        )
        client = create_client(session(cache))
        put(client, guest_bucket)
        guest_bucket.emulator.fail("PutObject", "ExpiredToken")
        guest_bucket.emulator.fail(FETCH, "NotAuthorizedException", "no")
        put(client, guest_bucket)
        put(create_client(session(other_cache)), guest_bucket)
    first, *_, last = (signer for signer, _ in s3_calls(guest_bucket))
    assert first != last
    assert guest_bucket.operations().count(FETCH) == 3


async def test_tasks_that_are_rejected_together_cause_one_fetch(guest_bucket, client_config):
    async with aio.from_cognito_identity_pool(
        guest_bucket.identity_pool_id, client_config=client_config
    ) as provider:
        aio_session = aiobotocore_integration.session(provider)
        async with aio_session.create_client(
            "s3",
            endpoint_url=guest_bucket.endpoint_url,
            config=AioConfig(max_pool_connections=CALLERS, **OPTIONS),
        ) as client:
            await client.put_object(Bucket=guest_bucket.bucket, Key="aio", Body=b"")
            guest_bucket.expire()
            all_are_signed, signed = asyncio.Event(), []

            async def wait_for_all_signatures(**_):
                signed.append(1)
                if len(signed) == CALLERS:
                    all_are_signed.set()
                await all_are_signed.wait()

            client.meta.events.register("before-send.s3", wait_for_all_signatures)
            await asyncio.gather(
                *(
                    client.put_object(Bucket=guest_bucket.bucket, Key=f"aio/{n}", Body=b"")
                    for n in range(CALLERS)
                )
            )
    assert guest_bucket.operations().count(FETCH) == 2
    outcomes = [code for _, code in s3_calls(guest_bucket)][1:]
    assert sorted(outcomes, key=str) == ["ExpiredToken"] * CALLERS + [None] * CALLERS


async def test_a_user_of_an_async_broker_gets_new_credentials(guest_bucket, client_config):
    async with aio.AsyncCredentialBroker(
        guest_bucket.identity_pool_id, client_config=client_config, prefetch_within=0
    ) as broker:
        aio_session = broker.session("alice")
        async with aio_session.create_client(
            "s3", endpoint_url=guest_bucket.endpoint_url, config=AioConfig(**OPTIONS)
        ) as client:
            await client.put_object(Bucket=guest_bucket.bucket, Key="aio", Body=b"")
            guest_bucket.expire()
            await client.put_object(
                Bucket=guest_bucket.bucket, Key="aio", Body=io.BytesIO(b"all of it")
            )
    assert guest_bucket.content("aio") == b"all of it"
    assert guest_bucket.operations().count(FETCH) == 2
