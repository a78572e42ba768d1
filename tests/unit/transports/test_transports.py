"""Behavior that all transports share, tested with real servers on loopback."""

from __future__ import annotations

import gzip
import logging
import os
import socket
import ssl
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from tls_authority import Authority
from transport_servers import KINDS, OK, closed_port, once, read_request, responding

from cognito_credentials._core.http import MAX_BODY_BYTES
from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)
from cognito_credentials.transports._tls import TlsSettings


def test_the_request_arrives_unchanged(make, serve):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        received.append(read_request(connection))
        connection.sendall(OK)

    server = serve(handle)
    make().send(f"{server.url()}/a/b", b'{"x":1}', **{"X-Amz-Target": "T.GetId", "User-Agent": "u"})
    head, _, body = received[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert head.startswith(b"POST /a/b HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}".encode() in lines
    assert b"x-amz-target: t.getid" in lines
    assert b"user-agent: u" in lines
    assert b"content-length: 7" in lines
    assert body == b'{"x":1}'


def test_response_header_names_are_lower_case(make, serve):
    server = serve(
        responding(
            b"HTTP/1.1 200 OK\r\nX-AMZN-RequestId: 1\r\nContent-Length: 2\r\nDate: x\r\n\r\n[]"
        )
    )
    response = make().send(server.url())
    assert (response.status, response.body) == (200, b"[]")
    assert response.headers["x-amzn-requestid"] == "1"
    assert response.headers["date"] == "x"


def test_repeated_headers_are_joined(make, serve):
    server = serve(
        responding(b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\ndate: y\r\n\r\n[]")
    )
    assert make().send(server.url()).headers["date"] == "x, y"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500, 503])
def test_every_status_is_returned_without_redirect_or_retry(make, serve, status: int):
    server = serve(
        responding(
            b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}"
            % status
        )
    )
    assert make().send(server.url()).status == status
    assert server.accepted == 1


def test_connections_are_reused(make, serve):
    server = serve(responding(OK))
    sender = make()
    for _ in range(5):
        assert sender.send(server.url()).body == b"{}"
    assert server.accepted == 1


def test_a_connection_that_the_server_closes_is_not_reused(make, serve):
    server = serve(once(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
    sender = make()
    assert [sender.send(server.url()).body for _ in range(3)] == [b"{}"] * 3
    assert server.accepted == 3


def test_an_idle_connection_that_the_server_closed_is_replaced(make, serve):
    server = serve(once(OK))
    sender = make()
    for _ in range(3):
        assert sender.send(server.url()).body == b"{}"
        server.wait_for_close()
    assert server.accepted == 3


def test_chunked_bodies_are_joined(make, serve):
    server = serve(
        responding(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'4;name=x\r\n{"a"\r\n4\r\n: 1}\r\n0\r\nTrailer: x\r\n\r\n'
        )
    )
    sender = make()
    assert sender.send(server.url()).body == b'{"a": 1}'
    assert sender.send(server.url()).body == b'{"a": 1}'
    assert server.accepted == 1


def test_a_body_may_end_with_the_connection(make, serve):
    server = serve(once(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000))
    assert len(make().send(server.url()).body) == 100_000


@pytest.mark.parametrize("statuses", [[100], [102], [103], [199], [103, 100, 102, 103]])
def test_interim_responses_are_skipped(make, serve, statuses: list[int]):
    interim = b"".join(b"HTTP/1.1 %d X\r\nLink: </x>\r\n\r\n" % status for status in statuses)
    server = serve(responding(interim + OK))
    sender = make()
    for _ in range(2):
        response = sender.send(server.url())
        assert (response.status, response.body) == (200, b"{}")
        assert "link" not in response.headers
    assert server.accepted == 1


def test_a_connection_whose_protocol_is_switched_is_not_reused(make, serve):
    server = serve(responding(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"))
    sender = make()
    for _ in range(2):
        assert sender.send(server.url()).status == 101
    assert server.accepted == 2


def test_compressed_responses_are_not_requested(make, serve):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        received.append(read_request(connection))
        connection.sendall(OK)

    make().send(serve(handle).url())
    lines = received[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(b"accept-encoding")] == [
        b"accept-encoding: identity"
    ]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_compressed_bodies_are_not_decompressed(make, serve, encoding: str):
    body = gzip.compress(bytes(64 * MAX_BODY_BYTES))
    assert len(body) < MAX_BODY_BYTES
    server = serve(
        responding(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (encoding.encode(), len(body), body)
        )
    )
    assert make().send(server.url()).body == body


def test_cookies_are_not_stored(make, serve):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        while request := read_request(connection):
            received.append(request)
            connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    server = serve(handle)
    sender = make()
    for _ in range(2):
        # Use a host name, because HTTP clients ignore cookies from IP addresses.
        sender.send(f"http://localhost:{server.port}")
    assert b"cookie" not in received[1].lower()


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"H",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"garbage\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x50",
        b"HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n",
    ],
)
def test_incomplete_and_missing_responses_raise_a_transport_error(make, serve, response: bytes):
    server = serve(once(response))
    with pytest.raises(TransportError) as caught:
        make().send(server.url())
    assert caught.value.is_retryable
    assert str(server.port) in str(caught.value)
    assert "half" not in str(caught.value)
    assert server.accepted == 1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "response",
    [
        *(CHUNKED + size + b"\r\n{}\r\n0\r\n\r\n" for size in (b"-1", b"-2", b"-FF", b"-80000000")),
        *(CHUNKED + size + b"\r\n{}\r\n0\r\n\r\n" for size in (b"", b"2_0", b"f" * 30)),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\x1b[31mX-A\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 " + b"2" * 5_000 + b" OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n",
        b"\x00" * 100,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_responses_that_violate_http_raise_a_typed_error(make, serve, caplog, response: bytes):
    server = serve(once(response))
    with pytest.raises((TransportError, MalformedResponseError)):
        make().send(server.url())
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_multipart_response_is_accepted(make, serve):
    head = (
        b"HTTP/1.1 502 X\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: 2\r\n\r\n"
    )
    assert make().send(serve(responding(head + b"{}")).url()).status == 502


@pytest.mark.parametrize("make", ["direct", "urllib3"], indirect=True)
@pytest.mark.parametrize("size", [b"-1", b"-2", b"-ff"])
def test_a_negative_chunk_size_is_rejected(make, serve, size: bytes):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(CHUNKED + size + b"\r\n{}\r\n0\r\n\r\n")
        read_request(connection)  # Keep the connection open.

    with pytest.raises(MalformedResponseError, match="negative"):
        make().send(serve(handle).url())


def test_a_request_that_cannot_be_sent_raises_a_typed_error(make, serve):
    server = serve(responding(OK))
    with pytest.raises(TransportError, match="cannot be sent") as caught:
        make().send(server.url(), **{"User-Agent": "two\nlines"})
    assert not caught.value.is_retryable


def test_an_exception_that_the_caller_handles_is_not_taken_for_the_cause(make, serve):
    server = serve(once(b"garbage\r\n\r\n"))
    sender = make()
    try:
        socket.create_connection(("127.0.0.1", closed_port()))
    except ConnectionRefusedError:
        with pytest.raises(TransportError, match="not HTTP"):
            sender.send(server.url())


def test_a_silent_server_raises_a_timeout(make, serve):
    release = threading.Event()
    server = serve(lambda connection, number: release.wait(10))
    try:
        with pytest.raises(RequestTimeoutError, match=r"0\.05 s"):
            make(request_timeout=0.05).send(server.url())
    finally:
        release.set()


def test_a_stalled_body_raises_a_timeout(make, serve):
    release = threading.Event()

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        release.wait(10)

    server = serve(handle)
    try:
        with pytest.raises(RequestTimeoutError, match="request_timeout"):
            make(request_timeout=0.1).send(server.url())
    finally:
        release.set()


def test_an_unaccepted_connection_raises_a_connect_timeout(make):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        with pytest.raises(RequestTimeoutError, match="connect_timeout"):
            make(connect_timeout=0.1).send(f"http://127.0.0.1:{port}")
        for client in waiting:
            client.close()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
        + b"x" * (MAX_BODY_BYTES + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 17
        + b"0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * (MAX_BODY_BYTES + 1),
    ],
    ids=["length", "chunks", "until the end"],
)
def test_a_body_above_the_size_limit_raises(make, serve, response: bytes):
    server = serve(once(response))
    with pytest.raises(MalformedResponseError, match="1048576"):
        make().send(server.url())


def test_a_body_of_the_maximum_size_is_read(make, serve):
    server = serve(
        once(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_BODY_BYTES
            + b"x" * MAX_BODY_BYTES
        )
    )
    assert len(make().send(server.url()).body) == MAX_BODY_BYTES


def test_a_closed_port_raises_a_transport_error(make):
    port = closed_port()
    with pytest.raises(TransportError, match=f"127.0.0.1:{port}") as caught:
        make().send(f"http://127.0.0.1:{port}")
    assert "endpoint_url" in caught.value.hint


def test_ipv6_addresses_are_supported(make):
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    received: list[bytes] = []

    def handle() -> None:
        connection, _ = listener.accept()
        with connection:
            received.append(read_request(connection))
            connection.sendall(OK)

    thread = threading.Thread(target=handle)
    thread.start()
    with listener:
        port = listener.getsockname()[1]
        assert make().send(f"http://[::1]:{port}").status == 200
        thread.join()
    assert f"host: [::1]:{port}".encode() in received[0].lower()


# --- TLS -------------------------------------------------------------------------------------


def test_tls_with_a_private_certificate_authority(make, serve, authority: Authority):
    server = serve(responding(OK), authority.context())
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    for _ in range(3):
        assert sender.send(server.url("https")).body == b"{}"
    assert server.accepted == 1


def test_an_idle_tls_connection_that_the_server_closed_is_replaced(
    make, serve, authority: Authority
):
    server = serve(once(OK), authority.context())
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    for _ in range(3):
        assert sender.send(server.url("https")).body == b"{}"
        server.wait_for_close()
    assert server.accepted == 3


def test_an_unknown_certificate_authority_is_not_retryable(make, serve, authority: Authority):
    server = serve(responding(OK), authority.context())
    with pytest.raises(TransportError, match="certificate") as caught:
        make(tls=TlsSettings()).send(server.url("https"))
    assert not caught.value.is_retryable
    assert "ca_bundle" in caught.value.hint


def test_a_certificate_for_another_host_is_rejected(make, serve, authority: Authority):
    server = serve(responding(OK), authority.context(authority.other_host))
    with pytest.raises(TransportError, match="certificate") as caught:
        make(tls=TlsSettings(ca_bundle=authority.ca)).send(server.url("https"))
    assert not caught.value.is_retryable
    assert "AWS_CA_BUNDLE" not in caught.value.hint


@pytest.mark.parametrize("name", ["expired", "not_yet_valid"])
def test_the_hint_for_a_certificate_that_is_out_of_date_is_to_check_the_clock(
    make, serve, authority: Authority, name: str
):
    server = serve(responding(OK), authority.context(getattr(authority, name)))
    with pytest.raises(TransportError, match="certificate") as caught:
        make(tls=TlsSettings(ca_bundle=authority.ca)).send(server.url("https"))
    assert not caught.value.is_retryable
    assert "date" in caught.value.hint


def test_tls_versions_before_1_2_are_rejected(make, serve, authority: Authority):
    context = authority.context()
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    server = serve(responding(OK), context)
    with pytest.raises(TransportError, match="TLS"):
        make(tls=TlsSettings(ca_bundle=authority.ca)).send(server.url("https"))


def test_the_client_certificate_is_sent_to_the_server(make, serve, authority: Authority):
    server = serve(responding(OK), authority.context(mutual=True))
    sender = make(tls=TlsSettings(ca_bundle=authority.ca, client_cert=authority.client))
    assert sender.send(server.url("https")).status == 200


def test_a_missing_client_certificate_raises(make, serve, authority: Authority):
    server = serve(responding(OK), authority.context(mutual=True))
    with pytest.raises(TransportError):
        make(tls=TlsSettings(ca_bundle=authority.ca)).send(server.url("https"))


def test_https_to_an_http_port_raises(make, serve, authority: Authority):
    def handle(connection: socket.socket, number: int) -> None:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = serve(handle)
    with pytest.raises(TransportError, match="TLS"):
        make(tls=TlsSettings(ca_bundle=authority.ca)).send(server.url("https"))


def test_a_missing_bundle_raises_a_configuration_error(make, serve):
    server = serve(responding(OK))
    tls = TlsSettings(
        ca_bundle="/nowhere/ca.pem", sources={"ca_bundle": "environment variable AWS_CA_BUNDLE"}
    )
    with pytest.raises(
        ConfigurationError, match=r"ca_bundle \(environment variable AWS_CA_BUNDLE\)"
    ):
        make(tls=tls).send(server.url("https"))
    assert make(tls=tls).send(server.url()).status == 200


# --- concurrency ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", ["direct", "urllib3"], indirect=True)
def test_threads_receive_their_own_responses(make, serve):
    def echo(connection: socket.socket, number: int) -> None:
        while request := read_request(connection):
            body = request.partition(b"\r\n\r\n")[2]
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    server = serve(echo)
    sender = make()

    def ask(number: int) -> bool:
        body = f"request {number}".encode()
        return sender.send(server.url(), body).body == body

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))
    assert server.accepted <= 8 + 2  # urllib3 closes connections if its pool is full.


def test_errors_do_not_contain_parts_of_the_response(make, serve):
    part = b'{"Credentials":{"SecretKey":"hunter2"'
    begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n"
    server = serve(once(begun % (len(part), part)))
    with pytest.raises(TransportError) as raised:
        make().send(server.url())
    error = raised.value
    while error is not None:
        assert "hunter2" not in f"{error!r} {error.args} {vars(error)}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("kind", ["direct", "urllib3"])
def test_a_forked_child_does_not_use_the_connections_of_its_parent(kind: str, serve):
    def count(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            connection.sendall(OK.replace(b"{}", b"%d " % number))

    server = serve(count)
    sender = KINDS[kind]()
    assert sender.send(server.url()).body == b"1 "
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writer, sender.send(server.url()).body)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as results:
        assert results.read() == b"2 "
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sender.send(server.url()).body == b"1 "
    sender.close()
