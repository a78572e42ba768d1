"""List a bucket until the first credentials have expired.

The program prints the kind of the provider, the region and the access key IDs that it has used.

Arguments: bucket, seconds.
"""

from __future__ import annotations

import sys
import threading
import time

import boto3

session = boto3.Session()
s3 = session.client("s3")
deadline = time.time() + float(sys.argv[2])
keys: list[str] = []
while time.time() < deadline:
    key = session.get_credentials().get_frozen_credentials().access_key
    s3.list_objects_v2(Bucket=sys.argv[1])
    if key not in keys:
        keys.append(key)
    threading.Event().wait(0.3)
print(session.get_credentials().method, session.region_name, *keys)
