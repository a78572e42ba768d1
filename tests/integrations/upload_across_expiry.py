"""Upload in three parts, with the library named, in whatever versions this interpreter has.

Run by test_other_versions.py, which owns the emulator: before the second part this program writes
a line, and goes on when it reads one, so that both move their clocks. Prints what came of it.
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

LIBRARY, ENDPOINT_URL, POOL, BUCKET = sys.argv[1:]
PARTS = [b"a" * 5 * 1024 * 1024, b"b" * 5 * 1024 * 1024, b"the rest"]
NAME = {"Bucket": BUCKET, "Key": f"{LIBRARY}/{sys.prefix}"}
S3 = {"service_name": "s3", "endpoint_url": ENDPOINT_URL}


class Clock(SystemClock):
    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    monotonic = now


CLOCK = Clock()
CONFIG = {"endpoint_url": ENDPOINT_URL, "clock": CLOCK}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def expire() -> None:
    say("expire")
    sys.stdin.readline()
    CLOCK.ahead += 3601


def use_boto3() -> None:
    from cognito_credentials.integrations.boto3 import session

    with cognito_credentials.from_cognito_identity_pool(POOL, client_config=CONFIG) as provider:
        s3 = session(provider).client(**S3)
        upload = {**NAME, "UploadId": s3.create_multipart_upload(**NAME)["UploadId"]}
        done = []
        for number, part in enumerate(PARTS, 1):
            if number == 2:
                expire()
            answer = s3.upload_part(PartNumber=number, Body=part, **upload)
            done.append({"PartNumber": number, "ETag": answer["ETag"]})
        s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)


async def use_aiobotocore() -> None:
    from cognito_credentials.integrations.aiobotocore import session

    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(
            cognito_credentials.aio.from_cognito_identity_pool(POOL, client_config=CONFIG)
        )
        s3 = await stack.enter_async_context(session(provider).create_client(**S3))
        upload = {**NAME, "UploadId": (await s3.create_multipart_upload(**NAME))["UploadId"]}
        done = []
        for number, part in enumerate(PARTS, 1):
            if number == 2:
                expire()
            answer = await s3.upload_part(PartNumber=number, Body=part, **upload)
            done.append({"PartNumber": number, "ETag": answer["ETag"]})
        await s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)


async def use_aioboto3() -> None:
    """Upload as its users do: the parts are its own business."""
    from boto3.s3.transfer import TransferConfig

    from cognito_credentials.integrations.aioboto3 import install, session

    begun = []

    def expire_before_the_second_part(**_: object) -> None:
        begun.append(1)
        if len(begun) == 2:
            expire()

    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(
            cognito_credentials.aio.from_cognito_identity_pool(POOL, client_config=CONFIG)
        )
        made = session(provider)
        assert made.region_name == POOL.partition(":")[0]
        s3 = await stack.enter_async_context(made.client(**S3))
        s3.meta.events.register("before-call.s3.UploadPart", expire_before_the_second_part)
        await s3.upload_fileobj(
            io.BytesIO(b"".join(PARTS)),
            BUCKET,
            NAME["Key"],
            Config=TransferConfig(max_concurrency=1, max_io_queue=1),
        )
        # A session of one's own, and a resource of it.
        own = import_module("aioboto3").Session(region_name=made.region_name)
        install(own, provider)
        resource = await stack.enter_async_context(own.resource(**S3))
        found = await resource.Object(BUCKET, NAME["Key"])
        assert await found.content_length == sum(map(len, PARTS))


if LIBRARY == "boto3":
    use_boto3()
elif LIBRARY == "aiobotocore":
    asyncio.run(use_aiobotocore())
else:
    asyncio.run(use_aioboto3())
say(NAME["Key"])
