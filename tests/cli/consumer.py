"""Read an object twice, with the credentials that a library gets from its environment.

test_process_consumers.py runs this program. After the first read, the test advances the clocks and
sends a line to the program, which then reads the object again. Arguments: library, bucket, key.
"""

from __future__ import annotations

import asyncio
import sys

LIBRARY, BUCKET, KEY = sys.argv[1:]


def write(body: bytes) -> None:
    sys.stdout.write(body.decode() + "\n")
    sys.stdout.flush()


def use_boto3() -> None:
    import boto3

    s3 = boto3.client("s3")
    write(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    sys.stdin.readline()
    write(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())


async def use_aiobotocore() -> None:
    from aiobotocore.session import get_session

    async with get_session().create_client("s3") as s3:
        response = await s3.get_object(Bucket=BUCKET, Key=KEY)
        write(await response["Body"].read())
        sys.stdin.readline()
        response = await s3.get_object(Bucket=BUCKET, Key=KEY)
        write(await response["Body"].read())


if LIBRARY == "boto3":
    use_boto3()
else:
    asyncio.run(use_aiobotocore())
