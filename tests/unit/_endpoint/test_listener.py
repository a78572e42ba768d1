"""Listening sockets in this process; tests/cli/test_serve.py passes a socket to a child process."""

from __future__ import annotations

import pytest

from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com", "127.0.0.1.x"])
def test_other_addresses_are_rejected(host: str):
    with pytest.raises(ConfigurationError, match="host"):
        open_listener(host=host)


def test_a_port_in_use_is_rejected():
    with open_listener() as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is already in use"):
            open_listener(port=port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_out_of_range_is_rejected(port: int):
    with pytest.raises(ConfigurationError, match="port"):
        open_listener(port=port)
