"""The transports that support proxies, tested with a real proxy on loopback."""

from __future__ import annotations

import socket

import pytest
from tls_authority import Authority
from transport_servers import OK, Proxy, once, read_request, responding

from cognito_credentials.errors import MalformedResponseError, TransportError
from cognito_credentials.transports._tls import TlsSettings


def test_https_requests_use_a_tunnel(make_proxied, serve, authority: Authority):
    server = serve(responding(OK), authority.context())
    proxy = Proxy()
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca), proxies={"https": f"127.0.0.1:{serve(proxy).port}"}
    )
    for _ in range(2):
        assert sender.send(server.url("https"), b"secret body").body == b"{}"
    assert server.accepted == 1
    (request,) = proxy.requests
    assert request.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert b"secret" not in request


def test_http_requests_are_forwarded_by_the_proxy(make_proxied, serve):
    proxy = Proxy()
    sender = make_proxied(proxies={"http": serve(proxy).url()})
    sender.send("http://elsewhere.example/x")
    assert proxy.requests[0].startswith(b"POST http://elsewhere.example/x HTTP/1.1\r\n")


def test_credentials_in_the_proxy_url_are_sent_to_the_proxy_only(
    make_proxied, serve, authority: Authority
):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        received.append(read_request(connection))
        connection.sendall(OK)

    server = serve(handle, authority.context())
    proxy = Proxy(login="me:hunter@2")
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"https": f"http://me:hunter%402@127.0.0.1:{serve(proxy).port}"},
    )
    assert sender.send(server.url("https")).status == 200
    assert b"proxy-authorization" not in received[0].lower()


@pytest.mark.parametrize("login", ["me:hunter2", "hunter2"])
def test_rejected_proxy_credentials_do_not_appear_in_the_error(
    make_proxied, serve, authority: Authority, login: str
):
    server = serve(responding(OK), authority.context())
    proxy = serve(Proxy(login="someone:else"))
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"https": f"http://{login}@127.0.0.1:{proxy.port}"},
    )
    with pytest.raises(TransportError, match=f"127.0.0.1:{proxy.port}.* 407") as caught:
        sender.send(server.url("https"))
    assert "hunter2" not in str(caught.value)
    assert not caught.value.is_retryable
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_proxy_credentials_for_http_are_sent_with_the_request(make_proxied, serve):
    proxy = Proxy(login="me:hünter2")
    sender = make_proxied(proxies={"http": f"http://me:h%C3%BCnter2@127.0.0.1:{serve(proxy).port}"})
    assert sender.send("http://elsewhere.example").status == 200


def test_a_proxy_error_with_a_5xx_status_is_retryable(make_proxied, serve):
    proxy = serve(once(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))
    sender = make_proxied(proxies={"https": proxy.url()})
    with pytest.raises(TransportError, match="502") as caught:
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")
    assert caught.value.is_retryable


def test_a_proxy_that_refuses_connections_is_named(make_proxied):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sender = make_proxied(proxies={"https": f"http://127.0.0.1:{port}"})
    with pytest.raises(TransportError, match=f"through the proxy 127.0.0.1:{port}"):
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")


def test_a_proxy_that_closes_the_connection_is_named(make_proxied, serve):
    proxy = serve(once(b""))
    sender = make_proxied(proxies={"https": proxy.url()})
    with pytest.raises(TransportError, match="through the proxy"):
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")


def test_a_host_in_no_proxy_is_reached_directly(make_proxied, serve):
    server = serve(responding(OK))
    proxy = Proxy()
    sender = make_proxied(proxies={"http": serve(proxy).url(), "no": "127.0.0.0/8"})
    assert sender.send(server.url()).status == 200
    assert proxy.requests == []


def test_an_untrusted_certificate_behind_a_proxy_is_reported(
    make_proxied, serve, authority: Authority
):
    server = serve(responding(OK), authority.context())
    proxy = serve(Proxy())
    sender = make_proxied(tls=TlsSettings(), proxies={"https": proxy.url()})
    with pytest.raises(TransportError, match="certificate") as caught:
        sender.send(server.url("https"))
    assert not caught.value.is_retryable


def test_https_requests_use_a_tunnel_through_an_https_proxy(
    make_proxied, serve, authority: Authority
):
    server = serve(responding(OK), authority.context())
    proxy = Proxy(login="me:hunter2")
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"https": f"https://me:hunter2@127.0.0.1:{serve(proxy, authority.context()).port}"},
    )
    for _ in range(2):
        assert sender.send(server.url("https")).body == b"{}"
    assert len(proxy.requests) == server.accepted
    assert all(request.startswith(b"CONNECT ") for request in proxy.requests)


def test_http_requests_are_forwarded_by_an_https_proxy(make_proxied, serve, authority: Authority):
    proxy = Proxy()
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"http": serve(proxy, authority.context()).url("https")},
    )
    for _ in range(2):
        assert sender.send("http://elsewhere.example/x").body == b"{}"
    assert proxy.requests[0].startswith(b"POST http://elsewhere.example/x HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "response",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: x",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: x\r\n" * 20_000,
    ],
)
def test_a_response_to_connect_that_is_not_http_raises(make_proxied, serve, response: bytes):
    proxy = serve(once(response))
    sender = make_proxied(proxies={"https": proxy.url()})
    with pytest.raises((TransportError, MalformedResponseError)):
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")


def test_the_tunnel_to_an_ipv6_address_has_brackets(make_proxied, serve):
    proxy = Proxy(login="x:y")
    sender = make_proxied(proxies={"https": serve(proxy).url()})
    with pytest.raises(TransportError, match="407"):
        sender.send("https://[::1]:8443")
    assert proxy.requests[0].startswith(b"CONNECT [::1]:8443 ")
