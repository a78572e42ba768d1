"""Libraries that accept the credentials object of botocore."""

from __future__ import annotations

from consumer_definitions import consumer

CREDENTIALS = "`credentials(provider)`"


@consumer("requests-aws4auth", hook=CREDENTIALS, environment="consumers")
def requests_aws4auth(account):
    import requests
    from requests_aws4auth import AWS4Auth

    from cognito_credentials.integrations.boto3 import credentials

    auth = AWS4Auth(
        region=account.region,
        service="s3",
        refreshable_credentials=credentials(account.provider),
    )
    url = f"{account.endpoint_url}/{account.bucket}/{account.key}"
    with requests.Session() as session:
        session.trust_env = False
        session.auth = auth
        yield lambda: session.get(url).raise_for_status()


def opensearch_options(account):
    host, port = account.endpoint_url.removeprefix("http://").split(":")
    return {"hosts": [{"host": host, "port": int(port)}], "max_retries": 0}


@consumer("opensearch-py", hook=CREDENTIALS, environment="consumers")
def opensearch_py(account):
    from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth

    from cognito_credentials.integrations.boto3 import credentials

    # The emulator does not emulate OpenSearch, so the client sends its request to S3 instead.
    auth = Urllib3AWSV4SignerAuth(credentials(account.provider), account.region, "s3")
    with OpenSearch(http_auth=auth, **opensearch_options(account)) as client:
        yield lambda: client.transport.perform_request("HEAD", f"/{account.bucket}/{account.key}")


@consumer("opensearch-py", title="opensearch-py, async", hook=CREDENTIALS, environment="consumers")
async def opensearch_py_async(account):
    from opensearchpy import AsyncHttpConnection, AsyncOpenSearch, AWSV4SignerAsyncAuth

    from cognito_credentials.integrations.boto3 import credentials

    auth = AWSV4SignerAsyncAuth(credentials(account.provider), account.region, "s3")
    async with AsyncOpenSearch(
        http_auth=auth, connection_class=AsyncHttpConnection, **opensearch_options(account)
    ) as client:
        yield lambda: client.transport.perform_request("HEAD", f"/{account.bucket}/{account.key}")
