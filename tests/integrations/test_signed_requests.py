"""Signed requests from httpx, httpx2, requests and aiohttp to the emulator."""

from __future__ import annotations

import asyncio
import http.server
import io
import threading
import urllib.parse
from contextlib import contextmanager

import aiohttp
import httpx
import httpx2
import pytest
import requests

from cognito_credentials import (
    CredentialBroker,
    ProviderConfig,
    aio,
    from_cognito_identity_pool,
)
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import aiohttp as aiohttp_integration
from cognito_credentials.integrations import httpx as httpx_integration
from cognito_credentials.integrations import httpx2 as httpx2_integration
from cognito_credentials.integrations import requests as requests_integration

FIRST_FETCH = ["GetId", "GetCredentialsForIdentity"]
REFRESH = ["GetCredentialsForIdentity"]


class Httpx:
    library = httpx
    integration = httpx_integration

    @contextmanager
    def client(self, provider, endpoint_url, **arguments):
        auth = self.integration.auth(provider, **arguments)
        with self.library.Client(auth=auth, trust_env=False, follow_redirects=True) as client:

            def send(method, url, body=b"", headers=None):
                response = client.request(method, url, content=body, headers=headers)
                return response.status_code, response.content

            yield send


class Requests:
    @contextmanager
    def client(self, provider, endpoint_url, **arguments):
        with requests.Session() as client:
            client.trust_env = False
            client.auth = requests_integration.auth(provider, **arguments)

            def send(method, url, body=b"", headers=None):
                response = client.request(method, url, data=body, headers=headers)
                return response.status_code, response.content

            yield send


class AsyncHttpx(Httpx):
    is_async = True

    @contextmanager
    def client(self, provider, endpoint_url, **arguments):
        with asyncio.Runner() as runner:
            auth = self.integration.auth(provider, **arguments)
            client = self.library.AsyncClient(auth=auth, trust_env=False, follow_redirects=True)

            def send(method, url, body=b"", headers=None):
                response = runner.run(client.request(method, url, content=body, headers=headers))
                return response.status_code, response.content

            try:
                yield send
            finally:
                runner.run(client.aclose())
                runner.run(provider.aclose())


class Httpx2(Httpx):
    library = httpx2
    integration = httpx2_integration


class AsyncHttpx2(AsyncHttpx):
    library = httpx2
    integration = httpx2_integration


class Aiohttp:
    is_async = True

    @contextmanager
    def client(self, provider, endpoint_url, **arguments):
        signer = aiohttp_integration.middleware(provider, endpoint_url=endpoint_url, **arguments)

        async def create():
            return aiohttp.ClientSession(middlewares=[signer])

        with asyncio.Runner() as runner:
            session = runner.run(create())

            async def request(method, url, body, headers):
                async with session.request(method, url, data=body, headers=headers) as response:
                    return response.status, await response.read()

            def send(method, url, body=b"", headers=None):
                return runner.run(request(method, url, body, headers))

            try:
                yield send
            finally:
                runner.run(session.close())
                runner.run(provider.aclose())


@pytest.fixture(params=[Httpx, AsyncHttpx, Httpx2, AsyncHttpx2, Requests, Aiohttp])
def library(request):
    return request.param()


def create_provider(library, guest_bucket):
    module = aio if hasattr(library, "is_async") else None
    create = module.from_cognito_identity_pool if module else from_cognito_identity_pool
    return create(guest_bucket.identity_pool_id, client_config=guest_bucket.client_config)


@pytest.fixture
def provider(library, guest_bucket):
    provider = create_provider(library, guest_bucket)
    yield provider
    if not hasattr(library, "is_async"):
        provider.close()


@pytest.fixture
def send(library, guest_bucket, provider):
    with library.client(provider, guest_bucket.endpoint_url, service="s3") as send:
        yield send


def list_statuses(guest_bucket):
    calls = guest_bucket.emulator.calls[guest_bucket.call_count_at_start :]
    return [call.status for call in calls if call.service == "s3"]


def test_requests_continue_after_the_credentials_expire(guest_bucket, send):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}/signed"
    assert send("PUT", url, b"before")[0] == 200
    guest_bucket.expire()
    assert send("PUT", url, b"after")[0] == 200
    assert send("GET", url) == (200, b"after")
    assert guest_bucket.operations() == FIRST_FETCH + REFRESH
    assert guest_bucket.count_errors() == 0


@pytest.mark.parametrize("key", ["a b+c", "ü/ö", "a%2Bb~c", "p:q@r,s;(t)!*'$&="])
def test_any_path_and_query_can_be_signed(guest_bucket, send, key):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}"
    assert send("PUT", f"{url}/{key}", b"content")[0] == 200
    status, body = send("GET", f"{url}?prefix=a+b/%C3%BC*&list-type=2&empty=&delimiter=/:")
    assert (status, b"<ListBucketResult" in body) == (200, True)
    assert guest_bucket.count_errors() == 0


def test_a_rejected_token_is_replaced_once(guest_bucket, send):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}/rejected"
    assert send("PUT", url, b"content")[0] == 200
    guest_bucket.emulator.fail("GetObject", "ExpiredToken", status=400)
    assert send("GET", url) == (200, b"content")
    assert list_statuses(guest_bucket) == [200, 400, 200]
    assert guest_bucket.operations() == FIRST_FETCH + REFRESH


def test_a_denied_request_is_not_repeated(guest_bucket, send):
    assert send("GET", f"{guest_bucket.endpoint_url}/another-bucket/key")[0] in (403, 404)
    assert len(list_statuses(guest_bucket)) == 1
    assert guest_bucket.operations() == FIRST_FETCH


class RedirectingServer:
    """Server that redirects `/to?URL`, and rejects every other request without a session token."""

    def __init__(self):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                requests.append((self.path, self.headers, body))
                path, _, target = self.path.partition("?")
                status = 307 if path == "/to" else 200
                if status == 200 and "X-Amz-Security-Token" not in self.headers:
                    status = 403
                self.send_response(status)
                if target:
                    self.send_header("Location", urllib.parse.unquote(target))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def servers():
    servers = RedirectingServer(), RedirectingServer()
    yield servers
    for server in servers:
        server.close()


def redirect_to(url):
    return f"/to?{urllib.parse.quote(url, safe='')}"


@pytest.fixture
def signed_send(library, provider, servers):
    with library.client(provider, servers[0].url, service="execute-api") as send:
        yield send


def test_a_redirect_within_the_origin_is_signed_again(servers, signed_send):
    server, _ = servers
    status, _ = signed_send("POST", server.url + redirect_to(f"{server.url}/target"), b"content")
    assert status == 200
    *_, (path, _, body) = server.requests
    assert (path, body) == ("/target", b"content")
    signatures = [headers["Authorization"] for _, headers, _ in server.requests]
    assert signatures[0] != signatures[-1]
    assert len(server.requests) <= 3  # httpx and requests send the redirect unsigned first


def test_a_redirect_to_another_origin_receives_no_secret(servers, signed_send):
    server, other = servers
    status, _ = signed_send("POST", server.url + redirect_to(f"{other.url}/target"), b"content")
    assert status == 403
    ((_, headers, _),) = other.requests
    assert "X-Amz-Security-Token" not in headers
    assert "Authorization" not in headers


def test_a_redirect_after_a_rejected_token_receives_no_secret(
    library, guest_bucket, provider, servers
):
    """Some clients derive the redirect from the first request, not from the repeated request."""
    server, other = servers
    handler = server.server.RequestHandlerClass
    redirect = handler.do_POST

    def reject_once(self):
        handler.do_POST = redirect
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(403)
        self.send_header("x-amzn-ErrorType", "ExpiredTokenException")
        self.send_header("Content-Length", "0")
        self.end_headers()

    handler.do_POST = reject_once
    with library.client(provider, server.url, service="execute-api") as send:
        status, _ = send("POST", server.url + redirect_to(f"{other.url}/target"), b"content")
    assert status == 403
    ((_, headers, _),) = other.requests
    assert "X-Amz-Security-Token" not in headers
    assert "Authorization" not in headers


def test_the_signature_does_not_cover_headers_that_proxies_change(servers, signed_send):
    server, _ = servers
    headers = {"Accept": "a", "X-Amzn-Trace-Id": "b", "X-Amz-Target": "c", "Content-Type": "d"}
    signed_send("POST", f"{server.url}/x", b"{}", headers)
    ((_, received, _),) = server.requests
    signed = received["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert signed.split(";") == [
        *("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"),
        "x-amz-target",
    ]


def test_hooks_of_httpx_do_not_see_the_session_token(guest_bucket, servers):
    server, _ = servers
    seen = []
    with create_provider(Httpx(), guest_bucket) as provider:
        auth = httpx_integration.auth(provider, service="es")
        hooks = {"request": [lambda request: seen.append(dict(request.headers))]}
        with httpx.Client(auth=auth, trust_env=False, event_hooks=hooks) as client:
            assert client.get(server.url).status_code == 501
        token = provider.cached().get().session_token
        assert "authorization" in seen[0]
        assert token not in str(seen)
        assert token not in repr(auth)


def test_bodies_that_are_streams(guest_bucket):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}/stream"
    parts = [b"a" * 70_000, b"b" * 70_000]
    with create_provider(Httpx(), guest_bucket) as provider:
        auth = httpx_integration.auth(provider, service="s3")
        with httpx.Client(auth=auth, trust_env=False) as client:
            assert client.put(url, content=iter(parts)).status_code == 200
            assert client.get(url).content == b"".join(parts)
        with requests.Session() as client:
            client.trust_env = False
            client.auth = requests_integration.auth(provider, service="s3")
            file = io.BytesIO(b"skipped" + b"".join(parts))
            file.seek(7)
            assert client.put(url, data=file).status_code == 200
            assert client.get(url).content == b"".join(parts)
            with pytest.raises(ConfigurationError, match="read only once"):
                client.put(url, data=iter(parts))


async def test_async_bodies_that_are_streams(guest_bucket):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}/stream"

    async def generate():
        yield b"a" * 70_000
        yield b"b" * 70_000

    content = b"a" * 70_000 + b"b" * 70_000
    async with create_provider(Aiohttp(), guest_bucket) as provider:
        auth = httpx_integration.auth(provider, service="s3")
        async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
            assert (await client.put(url, content=generate())).status_code == 200
            assert (await client.get(url)).content == content
        signer = aiohttp_integration.middleware(
            provider, service="s3", endpoint_url=guest_bucket.endpoint_url
        )
        async with aiohttp.ClientSession(middlewares=[signer]) as session:
            for body in (generate(), io.BytesIO(content)):
                async with session.put(url, data=body) as response:
                    assert response.status == 200
            async with session.get(url) as response:
                assert await response.read() == content
            with pytest.raises(ConfigurationError, match="compress"):
                await session.put(url, data=content, compress=True)


@pytest.mark.parametrize(
    ("integration", "arguments"),
    [
        (httpx_integration.auth, {}),
        (requests_integration.auth, {}),
        (aiohttp_integration.middleware, {"endpoint_url": "https://example.com"}),
    ],
)
def test_invalid_arguments_raise_typed_errors(guest_bucket, integration, arguments):
    is_async = integration is aiohttp_integration.middleware
    provider = create_provider(Aiohttp() if is_async else Httpx(), guest_bucket)
    for wrong in (
        {"service": "https://es.amazonaws.com"},
        {"service": "OpenSearch Service"},
        {"service": None},
        {"service": "es", "region": "us east"},
    ):
        with pytest.raises(ConfigurationError):
            integration(provider, **arguments, **wrong)
    with pytest.raises(ConfigurationError):
        integration("a provider", service="es", **arguments)
    if is_async:
        with pytest.raises(ConfigurationError):
            integration(provider, service="es", endpoint_url="example.com")
        asyncio.run(provider.aclose())
    else:
        provider.close()


async def test_a_provider_of_the_wrong_kind_raises_a_typed_error(guest_bucket):
    with create_provider(Httpx(), guest_bucket) as provider:
        async with httpx.AsyncClient(
            auth=httpx_integration.auth(provider, service="es"), trust_env=False
        ) as client:
            with pytest.raises(ConfigurationError):
                await client.get("https://example.com")
        with pytest.raises(ConfigurationError):
            aiohttp_integration.middleware(
                provider, service="es", endpoint_url="https://example.com"
            )
    async with create_provider(Aiohttp(), guest_bucket) as provider:
        with pytest.raises(ConfigurationError):
            requests_integration.auth(provider, service="es")
        auth = httpx_integration.auth(provider, service="es")
        with (
            httpx.Client(auth=auth, trust_env=False) as client,
            pytest.raises(ConfigurationError),
        ):
            client.get("https://example.com")


def put_and_get(provider, url):
    auth = httpx_integration.auth(provider, service="s3")
    with httpx.Client(auth=auth, trust_env=False) as client:
        assert client.put(url, content=b"content").status_code == 200
        assert client.get(url).content == b"content"


@pytest.mark.parametrize("kind", ["cache", "user", "config"])
async def test_caches_users_of_brokers_and_descriptions_are_accepted(guest_bucket, kind):
    url = f"{guest_bucket.endpoint_url}/{guest_bucket.bucket}/accepted"
    pool, client_config = guest_bucket.identity_pool_id, guest_bucket.client_config
    if kind == "config":
        description = ProviderConfig(
            pool, client_config={"endpoint_url": guest_bucket.endpoint_url}
        )
        providers = (description, description)
    elif kind == "user":
        brokers = (
            CredentialBroker(pool, client_config=client_config),
            aio.AsyncCredentialBroker(pool, client_config=client_config),
        )
        providers = tuple(broker.user("ann") for broker in brokers)
    else:
        providers = tuple(
            create_provider(library(), guest_bucket).cached() for library in (Httpx, AsyncHttpx)
        )
    sync_provider, async_provider = providers
    put_and_get(sync_provider, url)
    auth = httpx_integration.auth(async_provider, service="s3")
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        assert (await client.get(url)).content == b"content"
    if kind == "config":
        description.cached().provider.close()
        await description.async_cached().provider.aclose()
    elif kind == "user":
        brokers[0].close()
        await brokers[1].aclose()
    else:
        sync_provider.provider.close()
        await async_provider.provider.aclose()
