from __future__ import annotations

import errno
import socket
import threading
import urllib.error
import urllib.request

import pytest

from cognito_credentials._sign_in import redirect_listener
from cognito_credentials._sign_in.redirect_listener import RedirectListener
from cognito_credentials.errors import ConfigurationError, RequestTimeoutError

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
# Reserved for documentation (RFC 5737, RFC 3849), so no machine has these addresses.
ABSENT_IPV4, ABSENT_IPV6 = "192.0.2.1", "2001:db8::1"


def listen(address: str, port: int = 0) -> socket.socket:
    """Listen on only one of the loopback addresses, like a program of another user."""
    try:
        return socket.create_server((address, port), family=FAMILIES[address])
    except OSError as error:
        if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            pytest.skip(f"this machine has no {address}")
        raise


def free_addresses(port: int) -> set[str]:
    found = set()
    for address in FAMILIES:
        try:
            listen(address, port).close()
        except OSError:
            continue
        found.add(address)
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_the_redirect_may_arrive_on_each_loopback_address(host):
    listen("::1").close()
    with RedirectListener(0) as listener:
        listener.state = "s"
        pages = []

        def browse():
            with OPENER.open(f"http://{host}:{listener.port}/callback?state=s&code=1") as response:
                pages.append(response.read().decode())

        browser = threading.Thread(target=browse)
        browser.start()
        redirect = listener.wait(20)
        redirect.respond("Title", "Text")
        browser.join()
    assert redirect.query == "state=s&code=1"
    assert "Title" in pages[0]


@pytest.mark.parametrize("address", FAMILIES)
def test_a_port_that_another_program_uses_on_one_address_is_rejected(address):
    listen("::1").close()
    with listen(address) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} of {address}"):
            RedirectListener(port)
        assert free_addresses(port) == {*FAMILIES} - {address}


def test_a_free_port_is_free_on_both_addresses():
    listen("::1").close()
    with RedirectListener(0) as listener:
        assert free_addresses(listener.port) == set()
    assert free_addresses(listener.port) == {*FAMILIES}


def test_a_port_that_is_taken_on_the_other_address_is_not_chosen(monkeypatch):
    """A port that is free on the first loopback address may be in use on the second."""
    monkeypatch.setattr(redirect_listener, "IPV6_LOOPBACK", "127.0.0.1")
    with pytest.raises(ConfigurationError, match="Address already in use"):
        RedirectListener(0)


def test_only_loopback_addresses_accept_connections():
    with RedirectListener(0) as listener:
        addresses = {server.socket.getsockname()[0] for server in listener._servers}
    assert "127.0.0.1" in addresses
    assert addresses <= {*FAMILIES}


def test_a_machine_without_ipv6_needs_only_the_other_address(monkeypatch):
    monkeypatch.setattr(redirect_listener, "IPV6_LOOPBACK", ABSENT_IPV6)
    with RedirectListener(0) as listener:
        assert "127.0.0.1" not in free_addresses(listener.port)


def test_a_machine_without_the_first_address_is_reported(monkeypatch):
    monkeypatch.setattr(redirect_listener, "IPV4_LOOPBACK", ABSENT_IPV4)
    with pytest.raises(ConfigurationError, match=ABSENT_IPV4):
        RedirectListener(0)


@pytest.mark.parametrize("port", [70000, -1])
def test_a_port_out_of_range_is_rejected(port):
    with pytest.raises(ConfigurationError, match=f"port {port}"):
        RedirectListener(port)


def test_requests_for_other_paths_are_ignored():
    with RedirectListener(0) as listener:
        for path in ("/", "/favicon.ico", "/callback/x?code=1"):
            with pytest.raises(urllib.error.HTTPError, match="404") as caught:
                OPENER.open(f"http://127.0.0.1:{listener.port}{path}")
            caught.value.close()
        with pytest.raises(RequestTimeoutError):
            listener.wait(0)
