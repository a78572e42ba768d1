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
COLD = ["GetId", "GetCredentialsForIdentity"]
RENEWED = [*COLD, "GetCredentialsForIdentity"]


@pytest.fixture
def provider(world):
    with from_cognito_identity_pool(world.pool, client_config=world.client_config) as provider:
        yield provider


@pytest.fixture
def s3(world, provider):
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    client = session(provider).client("s3", endpoint_url=world.endpoint_url, config=config)
    yield client
    client.close()


def test_the_server_refuses_expired_keys(world, provider):
    frozen = session(provider).get_credentials().get_frozen_credentials()
    client = boto3.client(
        "s3",
        endpoint_url=world.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
    )
    client.put_object(Bucket=world.bucket, Key="before", Body=b"")
    world.expire()
    with pytest.raises(ClientError, match="ExpiredToken"):
        client.put_object(Bucket=world.bucket, Key="after", Body=b"")
    client.close()


def test_a_transfer_runs_across_an_expiry(world, s3, parts):
    """s3transfer, whose every part the same client signs."""
    body, begun = b"".join(parts), []

    def expire_before_the_third_part(**_):
        begun.append(1)
        if len(begun) == 3:
            world.expire()

    s3.meta.events.register("before-call.s3.UploadPart", expire_before_the_third_part)
    s3.upload_fileobj(
        io.BytesIO(body),
        world.bucket,
        "transfer",
        # One at a time: a part under way when the time jumps would rightly be refused.
        Config=TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
        ),
    )
    assert len(begun) == 5
    assert world.content("transfer") == body
    assert world.operations() == RENEWED
    assert world.refusals() == 0


def test_a_multipart_upload_of_many_threads_across_an_expiry(world, s3, parts):
    name = {"Bucket": world.bucket, "Key": "threads"}
    upload = {**name, "UploadId": s3.create_multipart_upload(**name)["UploadId"]}

    def send(number):
        answer = s3.upload_part(PartNumber=number, Body=parts[number - 1], **upload)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    done = [send(1)]
    world.expire()
    with ThreadPoolExecutor(4) as threads:
        done += threads.map(send, range(2, 6))
    s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)

    assert world.content("threads") == b"".join(parts)
    assert world.operations() == RENEWED
    assert world.refusals() == 0


def test_a_transfer_in_many_threads_starts_with_one_fetch(world, s3, parts):
    s3.upload_fileobj(
        io.BytesIO(b"".join(parts)),
        world.bucket,
        "cold",
        Config=TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4
        ),
    )
    assert world.content("cold") == b"".join(parts)
    assert world.operations() == COLD


def test_a_resource_uses_them_too(world, provider):
    resource = session(provider).resource("s3", endpoint_url=world.endpoint_url)
    resource.Object(world.bucket, "resource").put(Body=b"by a resource")
    resource.meta.client.close()
    assert world.content("resource") == b"by a resource"


def test_a_presigned_url_lives_as_long_as_was_asked_of_the_cache(world, provider, s3):
    s3.put_object(Bucket=world.bucket, Key="shared", Body=b"shared")
    world.emulator.clock.advance(3600 - 1200)

    def presigned():
        return s3.generate_presigned_url(
            "get_object", Params={"Bucket": world.bucket, "Key": "shared"}, ExpiresIn=604800
        )

    short = presigned()
    provider.cached().get(min_remaining=1800)
    long = presigned()
    world.emulator.clock.advance(1800)
    assert fetch(short) == 400
    assert fetch(long) == 200


def fetch(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
