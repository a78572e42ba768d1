from __future__ import annotations

import asyncio
import subprocess
import sys

from tls_authority import Authority
from transport_servers import OK, answering, read_request

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.transports._tls import Tls
from cognito_credentials.transports.via_aiohttp import AiohttpTransport


def request(url: str) -> HttpRequest:
    return HttpRequest("POST", url, {}, b"{}")


def test_one_loop_after_another(serve):
    server = serve(answering(OK))
    transport = AiohttpTransport()

    async def use() -> None:
        for _ in range(2):
            assert (await transport.send(request(server.url()))).body == b"{}"
        await transport.aclose()

    asyncio.run(use())
    asyncio.run(use())
    assert server.accepted == 2
    assert not transport._sessions


async def test_two_loops_at_once(serve):
    server = serve(answering(OK))
    transport = AiohttpTransport()
    await transport.send(request(server.url()))

    async def elsewhere() -> None:
        await transport.send(request(server.url()))
        await transport.aclose()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await transport.send(request(server.url()))
    await transport.aclose()
    assert server.accepted == 2


def test_the_session_of_a_loop_that_ended_is_closed_by_the_next(serve):
    server = serve(answering(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
    transport = AiohttpTransport()
    runner = asyncio.Runner()
    runner.run(transport.send(request(server.url())))
    (session,) = transport._sessions.values()
    runner.close()
    asyncio.run(transport.aclose())
    assert session.closed


async def test_many_tasks_get_their_own_answers(serve):
    def echo(connection, number: int) -> None:
        while asked := read_request(connection):
            body = asked.partition(b"\r\n\r\n")[2]
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    server = serve(echo)
    transport = AiohttpTransport()
    bodies = [f"request {number}".encode() for number in range(50)]
    answers = await asyncio.gather(
        *(transport.send(HttpRequest("POST", server.url(), {}, body)) for body in bodies)
    )
    await transport.aclose()
    assert [answer.body for answer in answers] == bodies


async def test_a_cancelled_request_leaves_nothing_behind(serve):
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
    await asyncio.to_thread(server.wait_for_an_end)  # its connection is not kept
    await transport.aclose()


async def test_no_tls_context_is_made_for_http(serve, authority: Authority):
    tls = Tls(ca_bundle="/nowhere")
    transport = AiohttpTransport(tls=tls)
    await transport.send(request(serve(answering(OK)).url()))
    await transport.aclose()


def test_without_aiohttp_the_error_says_what_to_install():
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
