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
