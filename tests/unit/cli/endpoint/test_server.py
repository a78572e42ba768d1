"""Where the endpoint listens."""

from __future__ import annotations

import socket

import pytest
from serving import ask

from cognito_credentials.cli.endpoint.served_credentials import ServedIdentity
from cognito_credentials.cli.endpoint.server import MOST_CONNECTIONS, Endpoint
from cognito_credentials.errors import ConfigurationError

TOKEN = "a-token-of-this-test-0123456789"


class Nothing:
    closed = False

    def renew(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost"])
def test_it_listens_on_loopback_and_only_while_it_is_open(host: str):
    nothing = Nothing()
    with Endpoint(ServedIdentity(nothing), TOKEN, host=host) as endpoint:
        assert endpoint.url.startswith("http://127.")
        assert endpoint.url.endswith("/credentials")
        assert ask(endpoint.url, "another").status == 401
    assert nothing.closed
    with pytest.raises(ConnectionRefusedError):
        ask(endpoint.url, TOKEN)


def test_it_listens_on_the_loopback_of_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Endpoint(ServedIdentity(Nothing()), TOKEN, host="::1") as endpoint:
        assert endpoint.url.startswith("http://[::1]:")
        assert ask(endpoint.url, "another").status == 401
        # As the AWS Common Runtime sends it.
        assert ask(endpoint.url, "another", Host="::1").status == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com", "127.0.0.1.x"])
def test_it_listens_nowhere_else(host: str):
    with pytest.raises(ConfigurationError, match="this machine alone") as caught:
        Endpoint(ServedIdentity(Nothing()), TOKEN, host=host)
    assert "127.0.0.1" in caught.value.hint


def test_a_port_that_is_taken_is_named():
    with Endpoint(ServedIdentity(Nothing()), TOKEN) as first:
        port = int(first.url.split(":")[2].partition("/")[0])
        with pytest.raises(ConfigurationError, match=f"port {port} is in use") as caught:
            Endpoint(ServedIdentity(Nothing()), TOKEN, port=port)
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_named(port: int):
    with pytest.raises(ConfigurationError, match=f"port is {port}"):
        Endpoint(ServedIdentity(Nothing()), TOKEN, port=port)


def test_a_crowd_of_connections_is_let_in_only_so_far():
    with Endpoint(ServedIdentity(Nothing()), TOKEN) as endpoint:
        host, port = endpoint.url.removeprefix("http://").partition("/")[0].split(":")
        idle = [
            socket.create_connection((host, int(port)), timeout=30)
            for _ in range(MOST_CONNECTIONS + 1)
        ]
        assert idle[-1].recv(1) == b""  # closed at once, while the others are waited for
        idle[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert idle[0].recv(12) == b"HTTP/1.1 403"
        for connection in idle:
            connection.close()
