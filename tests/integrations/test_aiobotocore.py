from __future__ import annotations

import asyncio

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError

from cognito_credentials.aio import from_cognito_identity_pool
from cognito_credentials.integrations.aiobotocore import session

FIRST_FETCH = ["GetId", "GetCredentialsForIdentity"]
FIRST_FETCH_AND_REFRESH = [*FIRST_FETCH, "GetCredentialsForIdentity"]


@pytest.fixture
async def provider(guest_bucket):
    config = guest_bucket.client_config
    async with from_cognito_identity_pool(
        guest_bucket.identity_pool_id, client_config=config
    ) as provider:
        yield provider


@pytest.fixture
async def s3(guest_bucket, provider):
    config = AioConfig(s3={"addressing_style": "path"})
    aio_session = session(provider)
    async with aio_session.create_client(
        "s3", endpoint_url=guest_bucket.endpoint_url, config=config
    ) as client:
        yield client


async def test_the_emulator_rejects_expired_keys(guest_bucket, provider):
    frozen = await (await session(provider).get_credentials()).get_frozen_credentials()
    fixed_session = AioSession()
    fixed_session.set_credentials(*frozen[:3])
    async with fixed_session.create_client(
        "s3", endpoint_url=guest_bucket.endpoint_url, region_name="us-east-1"
    ) as client:
        await client.put_object(Bucket=guest_bucket.bucket, Key="before", Body=b"")
        guest_bucket.expire()
        with pytest.raises(ClientError, match="ExpiredToken"):
            await client.put_object(Bucket=guest_bucket.bucket, Key="after", Body=b"")


async def test_a_multipart_upload_continues_after_its_credentials_expire(guest_bucket, s3, parts):
    name = {"Bucket": guest_bucket.bucket, "Key": "tasks"}
    upload = {**name, "UploadId": (await s3.create_multipart_upload(**name))["UploadId"]}

    async def upload_part(number):
        response = await s3.upload_part(PartNumber=number, Body=parts[number - 1], **upload)
        return {"PartNumber": number, "ETag": response["ETag"]}

    done = [await upload_part(1)]
    guest_bucket.expire()
    done += await asyncio.gather(*map(upload_part, range(2, 6)))
    await s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)

    assert guest_bucket.content("tasks") == b"".join(parts)
    assert guest_bucket.operations() == FIRST_FETCH_AND_REFRESH
    assert guest_bucket.count_errors() == 0


async def test_the_first_requests_of_many_tasks_share_one_fetch(guest_bucket, s3):
    await asyncio.gather(
        *(s3.put_object(Bucket=guest_bucket.bucket, Key=f"cold/{n}", Body=b"") for n in range(16))
    )
    assert guest_bucket.operations() == FIRST_FETCH
