"""Libraries that use a session of boto3 or aiobotocore."""

from __future__ import annotations

from consumer_definitions import consumer


@consumer("boto3", hook="`session(provider)`")
def boto3(account):
    from cognito_credentials.integrations.boto3 import session

    s3 = session(account.provider).client("s3", endpoint_url=account.endpoint_url)
    yield lambda: s3.get_object(Bucket=account.bucket, Key=account.key)["Body"].read()


@consumer("aiobotocore", hook="`session(provider)`")
async def aiobotocore(account):
    from cognito_credentials.integrations.aiobotocore import session

    async with session(account.async_provider).create_client(
        "s3", endpoint_url=account.endpoint_url
    ) as s3:
        yield lambda: s3.get_object(Bucket=account.bucket, Key=account.key)


@consumer("aioboto3", hook="`session(provider)`", environment="aioboto3")
async def aioboto3(account):
    from cognito_credentials.integrations.aioboto3 import session

    async with session(account.async_provider).client(
        "s3", endpoint_url=account.endpoint_url
    ) as s3:
        yield lambda: s3.get_object(Bucket=account.bucket, Key=account.key)


@consumer("s3fs", hook="`S3FileSystem(session=session(provider))`", environment="consumers")
def s3fs(account):
    files = open_s3fs(account, account.provider)
    yield lambda: files.cat_file(f"{account.bucket}/{account.key}")


@consumer(
    "s3fs",
    title="s3fs, with an async provider",
    hook="`S3FileSystem(session=session(provider))`",
    environment="consumers",
)
def s3fs_async(account):
    files = open_s3fs(account, account.async_provider)
    yield lambda: files.cat_file(f"{account.bucket}/{account.key}")


@consumer(
    "pandas",
    hook='`storage_options={"session": session(provider)}`, as with s3fs',
    environment="consumers",
)
def pandas(account):
    import pandas

    from cognito_credentials.integrations.s3fs import session

    options = {"session": session(account.provider), "endpoint_url": account.endpoint_url}

    def use():
        url = f"s3://{account.bucket}/{account.key}"
        assert list(pandas.read_csv(url, storage_options=options)) == ["contents"]

    yield use


@consumer(
    "pyarrow",
    hook="`PyFileSystem(FSSpecHandler(...))` with the file system of s3fs",
    environment="consumers",
)
def pyarrow(account):
    from pyarrow import fs
    from s3fs import S3FileSystem

    from cognito_credentials.integrations.s3fs import session

    files = S3FileSystem(session=session(account.provider), endpoint_url=account.endpoint_url)
    system = fs.PyFileSystem(fs.FSSpecHandler(files))

    def use():
        files.invalidate_cache()
        with system.open_input_file(f"{account.bucket}/{account.key}") as file:
            assert file.read() == b"contents"

    yield use


def open_s3fs(account, provider):
    from s3fs import S3FileSystem

    from cognito_credentials.integrations.s3fs import session

    return S3FileSystem(
        session=session(provider), endpoint_url=account.endpoint_url, use_listings_cache=False
    )
