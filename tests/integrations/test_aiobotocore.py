from __future__ import annotations

import asyncio

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError

from cognito_credentials.aio import from_cognito_identity_pool
from cognito_credentials.integrations.aiobotocore import session

COLD = ["GetId", "GetCredentialsForIdentity"]
RENEWED = [*COLD, "GetCredentialsForIdentity"]


@pytest.fixture
async def provider(world):
    config = world.client_config
    async with from_cognito_identity_pool(world.pool, client_config=config) as provider:
        yield provider


@pytest.fixture
async def s3(world, provider):
    config = AioConfig(s3={"addressing_style": "path"})
    made = session(provider)
    async with made.create_client("s3", endpoint_url=world.endpoint_url, config=config) as client:
        yield client


async def test_the_server_refuses_expired_keys(world, provider):
    frozen = await (await session(provider).get_credentials()).get_frozen_credentials()
    fixed = AioSession()
    fixed.set_credentials(*frozen[:3])
    async with fixed.create_client(
        "s3", endpoint_url=world.endpoint_url, region_name="us-east-1"
    ) as client:
        await client.put_object(Bucket=world.bucket, Key="before", Body=b"")
        world.expire()
        with pytest.raises(ClientError, match="ExpiredToken"):
            await client.put_object(Bucket=world.bucket, Key="after", Body=b"")


async def test_a_multipart_upload_runs_across_an_expiry(world, s3, parts):
    name = {"Bucket": world.bucket, "Key": "tasks"}
    upload = {**name, "UploadId": (await s3.create_multipart_upload(**name))["UploadId"]}

    async def send(number):
        answer = await s3.upload_part(PartNumber=number, Body=parts[number - 1], **upload)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    done = [await send(1)]
    world.expire()
    done += await asyncio.gather(*map(send, range(2, 6)))
    await s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)

    assert world.content("tasks") == b"".join(parts)
    assert world.operations() == RENEWED
    assert world.refusals() == 0


async def test_many_tasks_start_with_one_fetch(world, s3):
    await asyncio.gather(
        *(s3.put_object(Bucket=world.bucket, Key=f"cold/{n}", Body=b"") for n in range(16))
    )
    assert world.operations() == COLD
