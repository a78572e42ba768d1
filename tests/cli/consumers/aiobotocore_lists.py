"""List a bucket until the first credentials have expired.

The program prints the kind of the provider, the region and the access key IDs that it has used.

Arguments: bucket, seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time

from aiobotocore.session import AioSession


async def main() -> None:
    session = AioSession()
    deadline = time.time() + float(sys.argv[2])
    keys: list[str] = []
    async with session.create_client("s3") as s3:
        credentials = await session.get_credentials()
        while time.time() < deadline:
            key = (await credentials.get_frozen_credentials()).access_key
            await s3.list_objects_v2(Bucket=sys.argv[1])
            if key not in keys:
                keys.append(key)
            await asyncio.sleep(0.3)
    print(credentials.method, session.get_config_variable("region"), *keys)


asyncio.run(main())
