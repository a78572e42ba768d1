from __future__ import annotations

import socket

import pytest
from serving import call_endpoint

from cognito_credentials.cli.endpoint.listener import open_listener
from cognito_credentials.cli.endpoint.served_credentials import ServedIdentity
from cognito_credentials.cli.endpoint.server import MAX_CONNECTIONS, Endpoint

TOKEN = "a-token-of-this-test-0123456789"


class FakeServedCredentials:
    is_closed = False

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


def make_endpoint(**options) -> Endpoint:
    return Endpoint(ServedIdentity(FakeServedCredentials()), TOKEN, open_listener(**options))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost"])
def test_the_endpoint_listens_on_loopback_until_it_is_closed(host: str):
    served = FakeServedCredentials()
    with Endpoint(ServedIdentity(served), TOKEN, open_listener(host)) as endpoint:
        assert endpoint.url.startswith("http://127.")
        assert endpoint.url.endswith("/credentials")
        assert call_endpoint(endpoint.url, "another").status == 401
    assert served.is_closed
    with pytest.raises(ConnectionRefusedError):
        call_endpoint(endpoint.url, TOKEN)


def test_the_endpoint_listens_on_the_ipv6_loopback():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with make_endpoint(host="::1") as endpoint:
        assert endpoint.url.startswith("http://[::1]:")
        assert call_endpoint(endpoint.url, "another").status == 401
        # The AWS Common Runtime sends this Host header.
        assert call_endpoint(endpoint.url, "another", Host="::1").status == 401


def test_connections_beyond_the_limit_are_closed():
    with make_endpoint() as endpoint:
        host, port = endpoint.url.removeprefix("http://").partition("/")[0].split(":")
        connections = [
            socket.create_connection((host, int(port)), timeout=30)
            for _ in range(MAX_CONNECTIONS + 1)
        ]
        assert connections[-1].recv(1) == b""
        connections[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connections[0].recv(12) == b"HTTP/1.1 403"
        for connection in connections:
            connection.close()
