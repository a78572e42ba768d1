"""The AWS SDK for Python."""

from __future__ import annotations

from consumer_definitions import consumer


@consumer(
    "aws-sdk-sts",
    title="AWS SDK for Python",
    hook="`aws_credentials_identity_resolver=identity_resolver(provider)`",
    request="GetCallerIdentity",
    environment="consumers",
)
async def aws_sdk(account):
    from cognito_credentials.integrations.smithy import identity_resolver

    use, close = await open_sts(account, identity_resolver(account.async_provider))
    yield use
    await close()


@consumer(
    "aws-sdk-sts",
    title="AWS SDK for Python, with a sync provider",
    hook="as above",
    request="GetCallerIdentity",
    environment="consumers",
)
async def aws_sdk_sync_provider(account):
    from cognito_credentials.integrations.smithy import identity_resolver

    use, close = await open_sts(account, identity_resolver(account.provider))
    yield use
    await close()


async def open_sts(account, resolver):
    from aws_sdk_sts.client import AsyncSTSClient
    from aws_sdk_sts.config import AsyncSTSConfig
    from aws_sdk_sts.models import GetCallerIdentityInput

    config = await AsyncSTSConfig.resolve(
        region=account.region,
        endpoint_uri=account.endpoint_url,
        aws_credentials_identity_resolver=resolver,
    )
    sts = AsyncSTSClient(config=config)

    async def use():
        await sts.get_caller_identity(GetCallerIdentityInput())

    return use, sts.__aexit__
