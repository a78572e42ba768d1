"""Host name lookups and connection attempts."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from transport_servers import OK, closed_port, responding

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import RequestTimeoutError, TransportError
from cognito_credentials.transports import _addresses
from cognito_credentials.transports._addresses import encode_host, look_up
from cognito_credentials.transports.via_aiohttp import AiohttpTransport

HOST = "service.test"
STREAM = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that sets the loopback ports to which the host name resolves."""
    original = socket.getaddrinfo

    def resolve(*ports: int, by: Callable[[], object] | None = None) -> None:
        def getaddrinfo(host: str | bytes, *args: object, **options: object) -> object:
            if host != HOST.encode():
                return original(host, *args, **options)
            return by() if by else [(*STREAM, ("127.0.0.1", port)) for port in ports]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return resolve


@pytest.fixture
def dead() -> Iterator[Callable[[], int]]:
    """Yield a function that returns a port on which connection attempts get no response."""
    opened: list[socket.socket] = []

    def listen() -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        opened.append(listener)
        for _ in range(3):
            client = socket.socket()
            opened.append(client)
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        return listener.getsockname()[1]

    yield listen
    for each in opened:
        each.close()


@pytest.fixture
def stalled(resolve) -> Iterator[None]:
    """Make the host name lookup block until the test ends."""
    release = threading.Event()

    def stall() -> None:
        release.wait(5)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    resolve(by=stall)
    yield
    release.set()
    # The next test looks up the same name, so the lookup must have ended.
    while _addresses._lookups:
        threading.Event().wait(0.001)


def test_connect_timeout_limits_the_attempts_at_all_addresses(make, resolve, dead):
    resolve(dead(), dead(), dead(), dead())
    sender = make(connect_timeout=0.3)
    began = time.monotonic()
    with pytest.raises(RequestTimeoutError, match=rf"{HOST}.* within 0\.3 s"):
        sender.send(f"http://{HOST}:1")
    assert time.monotonic() - began < 0.9


def test_an_address_that_accepts_is_reached_after_addresses_that_do_not(make, serve, resolve, dead):
    resolve(dead(), dead(), closed_port(), serve(responding(OK)).port)
    assert make(connect_timeout=0.6).send(f"http://{HOST}:1").body == b"{}"


def test_the_next_address_is_tried_at_once_after_a_rejected_connection(
    make, serve, resolve, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_addresses, "ATTEMPT_DELAY_SECONDS", 30.0)
    resolve(closed_port(), closed_port(), serve(responding(OK)).port)
    assert make(connect_timeout=30.0).send(f"http://{HOST}:1").body == b"{}"


def test_addresses_that_all_reject_the_connection_raise(make, resolve):
    resolve(closed_port(), closed_port())
    with pytest.raises(TransportError, match=f"{HOST}.* refused the connection") as caught:
        make().send(f"http://{HOST}:1")
    assert not isinstance(caught.value, RequestTimeoutError)


def test_an_unsupported_address_family_is_skipped(make, serve, resolve):
    port = serve(responding(OK)).port
    unsupported = (12345, *STREAM[1:], ("127.0.0.1", port))
    resolve(by=lambda: [unsupported, (*STREAM, ("127.0.0.1", port))])
    assert make().send(f"http://{HOST}:1").body == b"{}"


def test_a_name_without_addresses_raises(make, resolve):
    resolve()
    with pytest.raises(TransportError, match=HOST):
        make().send(f"http://{HOST}:1")


def test_address_families_alternate(resolve):
    found = [(family, 1, 6, "", ("x", number)) for number, family in enumerate([10, 10, 10, 2, 2])]
    resolve(by=lambda: found)
    addresses = look_up(HOST, 1).wait(5)
    assert [target[1] for *_, target in addresses] == [0, 3, 1, 4, 2]


def test_the_number_of_addresses_is_limited(resolve):
    resolve(*range(1, 1000))
    assert len(look_up(HOST, 1).wait(5)) == _addresses.MAX_ADDRESSES


async def test_a_canceled_request_leaves_no_open_socket(resolve, dead):
    resolve(dead(), dead(), dead())
    transport = AiohttpTransport(connect_timeout=0.3)
    task = asyncio.create_task(transport.send(HttpRequest("POST", f"http://{HOST}:1", {}, b"")))
    await asyncio.sleep(0.2)  # At this point, two connection attempts are in progress.
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await transport.aclose()
    gc.collect()  # An unclosed socket would cause a warning here, which would fail the test.


# --- the resolver ---------------------------------------------------------------------------


def test_connect_timeout_limits_the_host_name_lookup(make, stalled):
    with pytest.raises(RequestTimeoutError, match=rf"{HOST}.* within 0\.1 s") as caught:
        make(connect_timeout=0.1).send(f"http://{HOST}:1")
    assert "connect_timeout" in caught.value.hint


def test_connect_timeout_limits_the_lookup_of_a_proxy(make_proxied, stalled):
    sender = make_proxied(connect_timeout=0.1, proxies={"https": f"http://{HOST}:1"})
    with pytest.raises(RequestTimeoutError, match=rf"{HOST}.* within 0\.1 s"):
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")


def test_callers_share_a_lookup_that_is_under_way(make, stalled):
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(RequestTimeoutError):
            make(connect_timeout=0.05).send(f"http://{HOST}:1")
    assert threading.active_count() <= before + 1


def test_a_lookup_that_has_finished_is_not_used_again(resolve):
    resolve(1)
    first = look_up(HOST, 1)
    assert [target for *_, target in first.wait(5)] == [("127.0.0.1", 1)]
    resolve(2)
    for _ in range(1000):  # The first lookup is removed only after its result is available.
        second = look_up(HOST, 1)
        if second is not first:
            break
    assert [target for *_, target in second.wait(5)] == [("127.0.0.1", 2)]


def test_a_host_name_that_does_not_resolve_raises(make, resolve):
    def fail() -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolve(by=fail)
    for _ in range(2):
        with pytest.raises(TransportError, match=f"{HOST}.* resolved .*not known"):
            make().send(f"http://{HOST}:1")


def test_an_invalid_host_name_raises(make, resolve):
    def fail() -> None:
        raise UnicodeError("label empty or too long")

    resolve(by=fail)
    with pytest.raises(TransportError, match=f"{HOST}.* resolved"):
        make().send(f"http://{HOST}:1")


def test_each_caller_raises_an_exception_of_its_own():
    lookup = _addresses.Lookup()
    lookup.run("a" * 64, 1)
    raised = []
    for _ in range(2):
        with pytest.raises(socket.gaierror) as caught:
            lookup.wait(0)
        raised.append(caught.value)
    assert raised[0] is not raised[1]


def test_callbacks_are_called_once(resolve):
    resolve(1)
    called: list[str] = []
    lookup = _addresses.Lookup()
    lookup.add_callback(lambda: called.append("early"))
    lookup.run(HOST, 1)
    lookup.add_callback(lambda: called.append("late"))
    assert called == ["early", "late"]


def test_a_lookup_runs_in_the_caller_if_no_thread_can_start(
    resolve, monkeypatch: pytest.MonkeyPatch
):
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    resolve(1)
    monkeypatch.setattr(threading.Thread, "start", fail)
    assert [target for *_, target in look_up(HOST, 1).wait(0)] == [("127.0.0.1", 1)]


SYNC = """
from cognito_credentials.transports.direct import DirectTransport
DirectTransport(connect_timeout=0.1).send(request)
"""
ASYNC = """
import asyncio
from cognito_credentials.transports.via_aiohttp import AiohttpTransport
async def send():
    transport = AiohttpTransport(connect_timeout=0.1)
    try:
        await transport.send(request)
    finally:
        await transport.aclose()
asyncio.run(send())
"""
PROGRAM = """
import socket, threading
from cognito_credentials.errors import RequestTimeoutError
from cognito_credentials.ports import HttpRequest
socket.getaddrinfo = lambda *args, **options: threading.Event().wait(60)
request = HttpRequest("POST", "http://service.test", {}, b"")
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_addresses_are_not_looked_up_in_a_thread(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: pytest.fail("a thread was started")
    )
    assert [target[:2] for *_, target in look_up(host, 80).wait(0)] == [(host, 80)]


@pytest.mark.parametrize("use", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_program_ends_while_a_lookup_is_under_way(use: str):
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", PROGRAM + use],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith(
        "cognito_credentials.errors.RequestTimeoutError"
    ), done.stderr


def test_errors_of_attempts_are_those_of_the_operating_system(resolve, make_direct):
    resolve(closed_port(), closed_port())
    with pytest.raises(TransportError) as caught:
        make_direct().send(f"http://{HOST}:1")
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert caught.value.__cause__.errno == errno.ECONNREFUSED


@pytest.mark.parametrize(
    ("host", "encoded"),
    [
        ("service.test", b"service.test"),
        ("127.0.0.1", b"127.0.0.1"),
        ("::1", b"::1"),
        (f"{'a' * 63}.test", b"a" * 63 + b".test"),
        (f"{'a' * 64}.test", f"{'a' * 64}.test"),
        ("a..test", "a..test"),
        ("bücher.test", "bücher.test"),
    ],
)
def test_a_host_name_stays_text_if_only_idna_can_encode_or_reject_it(
    host: str, encoded: str | bytes
):
    assert encode_host(host) == encoded
