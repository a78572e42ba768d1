"""Listening sockets in this process; tests/cli/test_serve.py passes one to a child process."""

from __future__ import annotations

import os
import socket

import pytest

from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials.cli.endpoint import passed_listener
from cognito_credentials.cli.endpoint.passed_listener import take_passed_listener
from cognito_credentials.errors import ConfigurationError


@pytest.fixture
def pass_socket(monkeypatch):
    """Return a function that passes a socket like systemd, and returns the environment variables."""
    passed = []

    def pass_one(sock: socket.socket, **variables: str) -> dict[str, str]:
        passed.append(sock)
        monkeypatch.setattr(passed_listener, "FIRST_PASSED_DESCRIPTOR", os.dup(sock.fileno()))
        return {
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": "1",
            "LISTEN_FDNAMES": "x",
        } | variables

    yield pass_one
    for sock in passed:
        sock.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_passed_socket_is_used_and_not_inherited(pass_socket, host):
    with open_listener(host) as sock:
        sock.setblocking(False)
        environment = pass_socket(sock)
        with take_passed_listener("127.0.0.1", 0, environment) as taken:
            assert taken.getsockname() == sock.getsockname()
            assert not os.get_inheritable(taken.fileno())
            assert taken.getblocking()
        assert environment == {}


def test_a_socket_for_another_process_is_ignored(pass_socket):
    """The variables may be intended for the parent process, which systemd started."""
    environment = {"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1"}
    assert take_passed_listener("127.0.0.1", 0, environment) is None
    assert take_passed_listener("127.0.0.1", 0, {}) is None


def test_the_options_may_repeat_the_address(pass_socket):
    with open_listener() as sock:
        port = sock.getsockname()[1]
        take_passed_listener("127.0.0.1", port, pass_socket(sock)).close()
        for host, other_port in (("127.0.0.1", port + 1), ("::1", port)):
            with pytest.raises(ConfigurationError, match=str(port)):
                take_passed_listener(host, other_port, pass_socket(sock))


@pytest.mark.parametrize("count", ["0", "2", "", "one"])
def test_only_one_socket_is_accepted(count):
    environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count}
    with pytest.raises(ConfigurationError, match="LISTEN_FDS"):
        take_passed_listener("127.0.0.1", 0, environment)


def connected_socket() -> socket.socket:
    first, second = socket.socketpair()
    second.close()
    return first


def unbound_socket() -> socket.socket:
    return socket.socket()


def datagram_socket() -> socket.socket:
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def public_socket() -> socket.socket:
    return socket.create_server(("0.0.0.0", 0))


@pytest.mark.parametrize("make", [connected_socket, unbound_socket, datagram_socket, public_socket])
def test_a_socket_that_cannot_serve_this_machine_only_is_rejected(pass_socket, make):
    environment = pass_socket(make())
    with pytest.raises(ConfigurationError, match="loopback"):
        take_passed_listener("127.0.0.1", 0, environment)


def test_a_descriptor_that_is_not_a_socket_is_rejected(monkeypatch, tmp_path):
    for descriptor in (os.open(tmp_path, os.O_RDONLY), 10**6):
        monkeypatch.setattr(passed_listener, "FIRST_PASSED_DESCRIPTOR", descriptor)
        environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        with pytest.raises(ConfigurationError, match="loopback"):
            take_passed_listener("127.0.0.1", 0, environment)
        if descriptor < 10**6:
            os.close(descriptor)
