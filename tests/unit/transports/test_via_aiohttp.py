from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, read_request, responding

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import RequestTimeoutError
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports.via_aiohttp import AiohttpTransport


def request(url: str) -> HttpRequest:
    return HttpRequest("POST", url, {}, b"{}")


def test_one_transport_serves_consecutive_loops(serve):
    server = serve(responding(OK))
    transport = AiohttpTransport()

    async def use() -> None:
        for _ in range(2):
            assert (await transport.send(request(server.url()))).body == b"{}"
        await transport.aclose()

    asyncio.run(use())
    asyncio.run(use())
    assert server.accepted == 2
    assert not transport._sessions


async def test_one_transport_serves_two_loops_at_once(serve):
    server = serve(responding(OK))
    transport = AiohttpTransport()
    await transport.send(request(server.url()))

    async def elsewhere() -> None:
        await transport.send(request(server.url()))
        await transport.aclose()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await transport.send(request(server.url()))
    await transport.aclose()
    assert server.accepted == 2


def test_aclose_closes_the_sessions_of_closed_loops(serve):
    server = serve(responding(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
    transport = AiohttpTransport()
    runner = asyncio.Runner()
    runner.run(transport.send(request(server.url())))
    (session,) = transport._sessions.values()
    runner.close()
    asyncio.run(transport.aclose())
    assert session.is_closed


def stalling(connection, number: int) -> None:
    """Send the beginning of a response, and keep the connection open."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_response_that_stalls_leaves_no_open_socket(serve, authority: Authority, scheme: str):
    server = serve(stalling, authority.context() if scheme == "https" else None)
    transport = AiohttpTransport(request_timeout=0.1, tls=TlsSettings(ca_bundle=authority.ca))

    async def use() -> None:
        with pytest.raises(RequestTimeoutError):
            await transport.send(request(server.url(scheme)))

    asyncio.run(use())  # This ends immediately.
    server.wait_for_close()
    gc.collect()  # An unclosed socket would cause a warning here, which would fail the test.


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connections_are_closed_when_their_loop_ends(serve, authority: Authority, scheme: str):
    def handle(connection, number: int) -> None:
        responding(OK)(connection, number)

    server = serve(handle, authority.context() if scheme == "https" else None)
    transport = AiohttpTransport(tls=TlsSettings(ca_bundle=authority.ca))
    for _ in range(3):
        asyncio.run(transport.send(request(server.url(scheme))))
        server.wait_for_close()
    gc.collect()
    assert server.accepted == 3
    assert len(transport._sessions) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_aclose_does_not_wait_for_the_server(serve, authority: Authority, scheme: str):
    release = threading.Event()

    def handle(connection, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        release.wait(10)  # The server reads nothing, so a TLS connection is not closed gracefully.

    server = serve(handle, authority.context() if scheme == "https" else None)
    transport = AiohttpTransport(tls=TlsSettings(ca_bundle=authority.ca))
    await transport.send(request(server.url(scheme)))
    await asyncio.wait_for(transport.aclose(), 5)
    release.set()
    gc.collect()


async def test_a_transport_that_is_not_closed_warns(serve):
    transport = AiohttpTransport()
    server = serve(responding(OK))
    await transport.send(request(server.url()))
    with pytest.warns(ResourceWarning, match="aclose"):
        del transport
    await asyncio.to_thread(server.wait_for_close)  # The deletion closes the connection.


async def test_tasks_receive_their_own_responses(serve):
    def echo(connection, number: int) -> None:
        while asked := read_request(connection):
            body = asked.partition(b"\r\n\r\n")[2]
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    server = serve(echo)
    transport = AiohttpTransport()
    bodies = [f"request {number}".encode() for number in range(50)]
    responses = await asyncio.gather(
        *(transport.send(HttpRequest("POST", server.url(), {}, body)) for body in bodies)
    )
    await transport.aclose()
    assert [response.body for response in responses] == bodies


async def test_connect_timeout_does_not_limit_the_wait_while_all_connections_are_in_use(serve):
    server = serve(stalling)
    transport = AiohttpTransport(connect_timeout=1.0, request_timeout=1.5)
    results = await asyncio.gather(
        *(transport.send(request(server.url())) for _ in range(120)), return_exceptions=True
    )
    await transport.aclose()
    assert all(isinstance(result, RequestTimeoutError) for result in results)
    assert all("1.5 s" in str(result) for result in results)


async def test_a_canceled_request_closes_its_connection(serve):
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def handle(connection, number: int) -> None:
        read_request(connection)
        loop.call_soon_threadsafe(asked.set)
        read_request(connection)

    server = serve(handle)
    transport = AiohttpTransport()
    task = asyncio.create_task(transport.send(request(server.url())))
    await asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    await asyncio.to_thread(server.wait_for_close)  # The connection is not reused.
    await transport.aclose()


async def test_no_tls_context_is_created_for_http(serve, authority: Authority):
    tls = TlsSettings(ca_bundle="/nowhere")
    transport = AiohttpTransport(tls=tls)
    await transport.send(request(serve(responding(OK)).url()))
    await transport.aclose()


def test_a_missing_aiohttp_raises_with_the_install_command():
    program = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "from cognito_credentials.config import ClientConfig, resolve\n"
        "from cognito_credentials.errors import ConfigurationError\n"
        "from cognito_credentials.transports import default_async_transport\n"
        "try: default_async_transport(resolve(ClientConfig(), region_of_id='us-east-1'))\n"
        "except ConfigurationError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert 'pip install "cognito-credentials[aio]"' in done.stdout
