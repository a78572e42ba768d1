"""Deadlines for the connections of redis-py."""

from __future__ import annotations

import asyncio
import socket

import pytest

from cognito_credentials.stores import _redis_deadlines as deadlines


@pytest.mark.parametrize("method", ["recv", "recv_into"])
def test_a_socket_reads_until_the_deadline(method):
    near, far = socket.socketpair()
    with near, far:
        limited = deadlines.DeadlineSocket(near, 5.0)
        far.sendall(b"response")
        argument = 3 if method == "recv" else bytearray(3)
        with deadlines.deadline(5.0):
            assert getattr(limited, method)(argument) in (b"res", 3)
            assert 0 < near.gettimeout() <= 5.0
        with deadlines.deadline(0.0), pytest.raises(TimeoutError):
            getattr(limited, method)(argument)


async def test_an_async_block_ends_at_the_deadline():
    with pytest.raises(TimeoutError):
        async with deadlines.async_deadline(0.01):
            await asyncio.Event().wait()


def test_the_timeouts_of_a_connection_end_at_the_deadline():
    connection = deadlines.DeadlineConnection()
    connection.socket_timeout, connection.socket_connect_timeout = 20.0, 30.0
    assert (connection.socket_timeout, connection.socket_connect_timeout) == (20.0, 30.0)
    with deadlines.deadline(10.0):
        assert max(connection.socket_timeout, connection.socket_connect_timeout) <= 10.0
