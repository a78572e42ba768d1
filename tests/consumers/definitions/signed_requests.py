"""HTTP clients whose requests this library signs."""

from __future__ import annotations

from consumer_definitions import consumer


def object_url(account):
    return f"{account.endpoint_url}/{account.bucket}/{account.key}"


@consumer("httpx", hook="`auth=auth(provider, service=...)`")
def httpx(account):
    import httpx

    from cognito_credentials.integrations.httpx import auth

    signer = auth(account.provider, service="s3")
    with httpx.Client(auth=signer, trust_env=False) as client:
        yield lambda: client.get(object_url(account)).raise_for_status()


@consumer("httpx", title="httpx, async", hook="`auth=auth(provider, service=...)`")
async def httpx_async(account):
    import httpx

    from cognito_credentials.integrations.httpx import auth

    async def get():
        (await client.get(object_url(account))).raise_for_status()

    signer = auth(account.async_provider, service="s3")
    async with httpx.AsyncClient(auth=signer, trust_env=False) as client:
        yield get


@consumer("httpx2", hook="`auth=auth(provider, service=...)`")
def httpx2(account):
    import httpx2

    from cognito_credentials.integrations.httpx2 import auth

    signer = auth(account.provider, service="s3")
    with httpx2.Client(auth=signer, trust_env=False) as client:
        yield lambda: client.get(object_url(account)).raise_for_status()


@consumer("requests", hook="`auth=auth(provider, service=...)`")
def requests(account):
    import requests

    from cognito_credentials.integrations.requests import auth

    with requests.Session() as session:
        session.trust_env = False
        session.auth = auth(account.provider, service="s3")
        yield lambda: session.get(object_url(account)).raise_for_status()


@consumer("aiohttp", hook="`middlewares=[middleware(provider, ...)]`")
async def aiohttp(account):
    import aiohttp

    from cognito_credentials.integrations.aiohttp import middleware

    async def get():
        async with session.get(object_url(account)) as response:
            response.raise_for_status()

    signer = middleware(account.async_provider, service="s3", endpoint_url=account.endpoint_url)
    async with aiohttp.ClientSession(middlewares=[signer]) as session:
        yield get
