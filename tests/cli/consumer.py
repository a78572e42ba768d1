"""Read an object twice, with whatever credentials the library named finds; a line comes between.

Run by test_process_consumers.py: this program writes what it has read, and goes on when it reads
a line, so that time can pass.
"""

from __future__ import annotations

import asyncio
import sys

LIBRARY, BUCKET, KEY = sys.argv[1:]


def tell(body: bytes) -> None:
    sys.stdout.write(body.decode() + "\n")
    sys.stdout.flush()


def use_boto3() -> None:
    import boto3

    s3 = boto3.client("s3")
    tell(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    sys.stdin.readline()
    tell(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())


async def use_aiobotocore() -> None:
    from aiobotocore.session import get_session

    async with get_session().create_client("s3") as s3:
        answer = await s3.get_object(Bucket=BUCKET, Key=KEY)
        tell(await answer["Body"].read())
        sys.stdin.readline()
        answer = await s3.get_object(Bucket=BUCKET, Key=KEY)
        tell(await answer["Body"].read())


if LIBRARY == "boto3":
    use_boto3()
else:
    asyncio.run(use_aiobotocore())
