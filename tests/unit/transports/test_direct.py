from __future__ import annotations

import gc
import socket
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, answering, once, read_request

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import direct
from cognito_credentials.transports._tls import Tls


def closing_unanswered_after_one(*, reset: bool):
    """Answer one request, and meet the next one on that connection with the end of it."""

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if number == 1:
            read_request(connection)
            if reset:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            read_request(connection)

    return handle


@pytest.mark.parametrize("reset", [False, True])
def test_a_used_connection_that_ends_unanswered_is_tried_anew(make_direct, serve, reset: bool):
    server = serve(closing_unanswered_after_one(reset=reset))
    sender = make_direct()
    assert sender.send(server.url()).status == 200
    assert sender.send(server.url()).status == 200
    assert server.accepted == 2


def test_a_used_connection_that_ends_within_its_answer_is_not(make_direct, serve):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    server = serve(handle)
    sender = make_direct()
    sender.send(server.url())
    with pytest.raises(TransportError, match="cut off"):
        sender.send(server.url())
    assert server.accepted == 1


def test_a_new_connection_that_ends_unanswered_is_not_tried_again(make_direct, serve):
    server = serve(once(b""))
    with pytest.raises(TransportError, match="closed the connection unanswered"):
        make_direct().send(server.url())
    assert server.accepted == 1


def test_bytes_on_an_idle_connection_end_it(make_direct, serve):
    said = threading.Semaphore(0)
    go = threading.Semaphore(0)

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        go.acquire()
        connection.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        said.release()
        read_request(connection)

    server = serve(handle)
    sender = make_direct()
    sender.send(server.url())
    go.release(2)
    said.acquire()
    assert sender.send(server.url()).status == 200
    assert server.accepted == 2


def test_an_old_idle_connection_is_not_used(make_direct, serve, monkeypatch):
    server = serve(answering(OK))
    sender = make_direct()
    monkeypatch.setattr(direct, "MAX_IDLE_SECONDS", 0.0)
    for _ in range(2):
        sender.send(server.url())
    assert server.accepted == 2


def test_no_more_than_some_connections_are_kept(make_direct, serve, monkeypatch):
    monkeypatch.setattr(direct, "MAX_IDLE_CONNECTIONS", 1)
    together = threading.Barrier(3)

    def handle(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            together.wait(10)
            connection.sendall(OK)

    server = serve(handle)
    sender = make_direct()
    threads = [threading.Thread(target=sender.send, args=(server.url(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait_for_an_end()
    server.wait_for_an_end()
    assert server.accepted == 3


def test_forgetting_it_unclosed_ends_what_is_idle(serve):
    server = serve(answering(OK))
    direct.DirectTransport().send(HttpRequest("POST", server.url(), {}, b""))
    gc.collect()
    server.wait_for_an_end()


def test_closing_ends_what_is_idle(make_direct, serve):
    server = serve(answering(OK))
    sender = make_direct()
    sender.send(server.url())
    sender.close()
    server.wait_for_an_end()
    assert sender.send(server.url()).status == 200  # closed for keeping, not for sending
    server.wait_for_an_end()


def test_closing_ends_a_connection_in_use_after_its_answer(make_direct, serve):
    sender = make_direct()

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        sender.close()
        connection.sendall(OK)
        read_request(connection)

    server = serve(handle)
    assert sender.send(server.url()).status == 200
    server.wait_for_an_end()


def test_a_connection_serves_its_own_origin_only(make_direct, serve):
    one = serve(answering(OK))
    two = serve(answering(OK.replace(b"{}", b"[]")))
    sender = make_direct()
    for _ in range(2):
        assert sender.send(one.url()).body == b"{}"
        assert sender.send(two.url()).body == b"[]"
    assert (one.accepted, two.accepted) == (1, 1)


def test_a_tls_context_is_made_once_and_only_for_https(make_direct, serve, authority: Authority):
    class CountingTls(Tls):
        made = 0

        def _made(self):
            self.made += 1
            return super()._made()

    tls = CountingTls(ca_bundle=authority.ca)
    sender = make_direct(tls=tls)
    sender.send(serve(answering(OK)).url())
    assert tls.made == 0
    server = serve(
        once(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")), authority.context()
    )
    for _ in range(2):
        sender.send(server.url("https"))
    assert tls.made == 1
