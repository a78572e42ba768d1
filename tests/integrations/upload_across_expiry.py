"""Upload an object in three parts with one library, in the version that this interpreter has.

test_other_versions.py runs this program against its emulator. Before the second part, the program
prints a line and waits for a line of input. In the meantime, the test advances the emulator's
clock; then the program advances its own clock. At the end, the program prints the key of the
uploaded object.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from contextlib import AsyncExitStack
from importlib import import_module

import cognito_credentials
import cognito_credentials.aio
from cognito_credentials.clock import SystemClock

LIBRARY, ENDPOINT_URL, IDENTITY_POOL_ID, BUCKET = sys.argv[1:]
PARTS = [b"a" * 5 * 1024 * 1024, b"b" * 5 * 1024 * 1024, b"the rest"]
NAME = {"Bucket": BUCKET, "Key": f"{LIBRARY}/{sys.prefix}"}
S3 = {"service_name": "s3", "endpoint_url": ENDPOINT_URL}


class Clock(SystemClock):
    offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    monotonic = now


CLOCK = Clock()
CONFIG = {"endpoint_url": ENDPOINT_URL, "clock": CLOCK}


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def expire() -> None:
    print_line("expire")
    sys.stdin.readline()
    CLOCK.offset += 3601


def use_boto3() -> None:
    from cognito_credentials.integrations.boto3 import session

    with cognito_credentials.from_cognito_identity_pool(
        IDENTITY_POOL_ID, client_config=CONFIG
    ) as provider:
        s3 = session(provider).client(**S3)
        upload = {**NAME, "UploadId": s3.create_multipart_upload(**NAME)["UploadId"]}
        done = []
        for number, part in enumerate(PARTS, 1):
            if number == 2:
                expire()
            response = s3.upload_part(PartNumber=number, Body=part, **upload)
            done.append({"PartNumber": number, "ETag": response["ETag"]})
        s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)


async def use_aiobotocore() -> None:
    from cognito_credentials.integrations.aiobotocore import session

    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(
            cognito_credentials.aio.from_cognito_identity_pool(
                IDENTITY_POOL_ID, client_config=CONFIG
            )
        )
        s3 = await stack.enter_async_context(session(provider).create_client(**S3))
        upload = {**NAME, "UploadId": (await s3.create_multipart_upload(**NAME))["UploadId"]}
        done = []
        for number, part in enumerate(PARTS, 1):
            if number == 2:
                expire()
            response = await s3.upload_part(PartNumber=number, Body=part, **upload)
            done.append({"PartNumber": number, "ETag": response["ETag"]})
        await s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)


async def use_aioboto3() -> None:
    """Upload with `upload_fileobj`, which splits the object into parts."""
    from boto3.s3.transfer import TransferConfig

    from cognito_credentials.integrations.aioboto3 import install, session

    started_parts = []

    def expire_before_the_second_part(**_: object) -> None:
        started_parts.append(1)
        if len(started_parts) == 2:
            expire()

    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(
            cognito_credentials.aio.from_cognito_identity_pool(
                IDENTITY_POOL_ID, client_config=CONFIG
            )
        )
        created_session = session(provider)
        assert created_session.region_name == IDENTITY_POOL_ID.partition(":")[0]
        s3 = await stack.enter_async_context(created_session.client(**S3))
        s3.meta.events.register("before-call.s3.UploadPart", expire_before_the_second_part)
        await s3.upload_fileobj(
            io.BytesIO(b"".join(PARTS)),
            BUCKET,
            NAME["Key"],
            Config=TransferConfig(max_concurrency=1, max_io_queue=1),
        )
        # Use an existing session, and one of its resources.
        own_session = import_module("aioboto3").Session(region_name=created_session.region_name)
        install(own_session, provider)
        resource = await stack.enter_async_context(own_session.resource(**S3))
        uploaded = await resource.Object(BUCKET, NAME["Key"])
        assert await uploaded.content_length == sum(map(len, PARTS))


if LIBRARY == "boto3":
    use_boto3()
elif LIBRARY == "aiobotocore":
    asyncio.run(use_aiobotocore())
else:
    asyncio.run(use_aioboto3())
print_line(NAME["Key"])
