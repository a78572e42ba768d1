from __future__ import annotations

import io
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.integrations.boto3 import session

PART = 5 * 1024 * 1024
FIRST_FETCH = ["GetId", "GetCredentialsForIdentity"]
FIRST_FETCH_AND_REFRESH = [*FIRST_FETCH, "GetCredentialsForIdentity"]


@pytest.fixture
def provider(guest_bucket):
    with from_cognito_identity_pool(
        guest_bucket.identity_pool_id, client_config=guest_bucket.client_config
    ) as provider:
        yield provider


@pytest.fixture
def s3(guest_bucket, provider):
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    client = session(provider).client("s3", endpoint_url=guest_bucket.endpoint_url, config=config)
    yield client
    client.close()


def test_the_emulator_rejects_expired_keys(guest_bucket, provider):
    frozen = session(provider).get_credentials().get_frozen_credentials()
    client = boto3.client(
        "s3",
        endpoint_url=guest_bucket.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
    )
    client.put_object(Bucket=guest_bucket.bucket, Key="before", Body=b"")
    guest_bucket.expire()
    with pytest.raises(ClientError, match="ExpiredToken"):
        client.put_object(Bucket=guest_bucket.bucket, Key="after", Body=b"")
    client.close()


def test_a_transfer_continues_after_its_credentials_expire(guest_bucket, s3, parts):
    """boto3's transfers sign all parts with the same client."""
    body, started_parts = b"".join(parts), []

    def expire_before_the_third_part(**_):
        started_parts.append(1)
        if len(started_parts) == 3:
            guest_bucket.expire()

    s3.meta.events.register("before-call.s3.UploadPart", expire_before_the_third_part)
    s3.upload_fileobj(
        io.BytesIO(body),
        guest_bucket.bucket,
        "transfer",
        # Parts are sent one at a time, because the clock must not advance during a request.
        Config=TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
        ),
    )
    assert len(started_parts) == 5
    assert guest_bucket.content("transfer") == body
    assert guest_bucket.operations() == FIRST_FETCH_AND_REFRESH
    assert guest_bucket.count_errors() == 0


def test_a_multipart_upload_in_threads_continues_after_its_credentials_expire(
    guest_bucket, s3, parts
):
    name = {"Bucket": guest_bucket.bucket, "Key": "threads"}
    upload = {**name, "UploadId": s3.create_multipart_upload(**name)["UploadId"]}

    def upload_part(number):
        response = s3.upload_part(PartNumber=number, Body=parts[number - 1], **upload)
        return {"PartNumber": number, "ETag": response["ETag"]}

    done = [upload_part(1)]
    guest_bucket.expire()
    with ThreadPoolExecutor(4) as threads:
        done += threads.map(upload_part, range(2, 6))
    s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)

    assert guest_bucket.content("threads") == b"".join(parts)
    assert guest_bucket.operations() == FIRST_FETCH_AND_REFRESH
    assert guest_bucket.count_errors() == 0


def test_the_first_requests_of_many_threads_share_one_fetch(guest_bucket, s3, parts):
    s3.upload_fileobj(
        io.BytesIO(b"".join(parts)),
        guest_bucket.bucket,
        "cold",
        Config=TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4
        ),
    )
    assert guest_bucket.content("cold") == b"".join(parts)
    assert guest_bucket.operations() == FIRST_FETCH


def test_a_resource_uses_the_credentials(guest_bucket, provider):
    resource = session(provider).resource("s3", endpoint_url=guest_bucket.endpoint_url)
    resource.Object(guest_bucket.bucket, "resource").put(Body=b"by a resource")
    resource.meta.client.close()
    assert guest_bucket.content("resource") == b"by a resource"


def test_a_presigned_url_is_valid_for_min_remaining(guest_bucket, provider, s3):
    s3.put_object(Bucket=guest_bucket.bucket, Key="shared", Body=b"shared")
    guest_bucket.emulator.clock.advance(3600 - 1200)

    def create_url():
        return s3.generate_presigned_url(
            "get_object", Params={"Bucket": guest_bucket.bucket, "Key": "shared"}, ExpiresIn=604800
        )

    short_lived = create_url()
    provider.cached().get(min_remaining=1800)
    long_lived = create_url()
    guest_bucket.emulator.clock.advance(1800)
    assert get_status(short_lived) == 400
    assert get_status(long_lived) == 200


def get_status(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
