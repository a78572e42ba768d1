from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from serving import call_endpoint

from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials._endpoint.served_credentials import ServedIdentity
from cognito_credentials._endpoint.server import Endpoint
from cognito_credentials._limited_server import MAX_CONNECTIONS

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


def test_silent_connections_do_not_keep_clients_out():
    with make_endpoint() as endpoint, ExitStack() as stack:
        host, port = endpoint.url.removeprefix("http://").partition("/")[0].split(":")
        for _ in range(3 * MAX_CONNECTIONS):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
        with ThreadPoolExecutor(37) as pool:
            responses = pool.map(lambda _: call_endpoint(f"{endpoint.url}/none", TOKEN), range(37))
            assert {response.status for response in responses} == {404}
