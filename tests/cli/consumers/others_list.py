"""List a bucket until the first credentials have expired, with a consumer that `make consumers` installs.

Arguments: name of the program or library, bucket, seconds.

The program exits if a request is rejected.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

CONSUMER, BUCKET, SECONDS = sys.argv[1:]
ENDPOINT = os.environ["S3_ENDPOINT"]
REGION = "us-east-1"
PROGRAM = Path(sys.executable).with_name(CONSUMER)


@contextmanager
def awscrt():
    from awscrt import auth, http

    provider = auth.AwsCredentialsProvider.new_default_chain()
    url = f"{ENDPOINT}/{BUCKET}?list-type=2"

    def send_request():
        headers = http.HttpHeaders([("Host", ENDPOINT.removeprefix("http://"))])
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=provider,
            region=REGION,
            service="s3",
            signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        )
        request = http.HttpRequest("GET", f"/{BUCKET}?list-type=2", headers)
        auth.aws_sign_request(request, config).result(10)
        urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers))).close()

    yield send_request


@contextmanager
def obstore():
    from obstore.store import S3Store

    store = S3Store(BUCKET, endpoint=ENDPOINT, region=REGION, client_options={"allow_http": True})
    yield store.list_with_delimiter


@contextmanager
def pyarrow():
    from pyarrow import fs

    s3 = fs.S3FileSystem(endpoint_override=ENDPOINT, region=REGION)
    yield lambda: s3.get_file_info(fs.FileSelector(BUCKET))


@contextmanager
def rclone():
    remote = f":s3,provider=Other,env_auth=true,region={REGION},endpoint='{ENDPOINT}':{BUCKET}"
    words = ["serve", "http", remote, "--addr", "127.0.0.1:0", "--dir-cache-time", "0"]
    with subprocess.Popen([PROGRAM, *words], stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(process.stderr.readline, "")
            url = next(filter(None, (re.search(r"http://[\d.:]+/", line) for line in lines)))[0]
            yield lambda: urllib.request.urlopen(url).close()
        finally:
            process.terminate()


@contextmanager
def s5cmd():
    """Send all requests in one process, whose exit status reports rejected requests."""
    words = [PROGRAM, "--endpoint-url", ENDPOINT, "--retry-count", "0", "run"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:

        def send_request():
            process.stdin.write(f"ls s3://{BUCKET}\n".encode())
            process.stdin.flush()

        yield send_request
        process.stdin.close()
        if process.wait():
            sys.exit(process.returncode)


deadline = time.time() + float(SECONDS)
with globals()[CONSUMER]() as send_request:
    while time.time() < deadline:
        send_request()
        threading.Event().wait(0.3)
