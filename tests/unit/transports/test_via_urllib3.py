from __future__ import annotations

import os
import socket

import pytest
from transport_servers import KINDS, OK, answering, read_request


@pytest.fixture
def sender():
    made = KINDS["urllib3"]()
    yield made
    made.close()


def test_after_a_fork_the_child_leaves_its_parents_connection_alone(sender, serve):
    def count(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            connection.sendall(OK.replace(b"{}", b"%d " % number))

    server = serve(count)
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
    with os.fdopen(reader, "rb") as answers:
        assert answers.read() == b"2 "
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sender.send(server.url()).body == b"1 "


def test_closing_ends_what_is_idle(sender, serve):
    server = serve(answering(OK))
    sender.send(server.url())
    sender.close()
    server.wait_for_an_end()
